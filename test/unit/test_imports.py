"""The direction of imports: core knows nobody, nobody knows the nodes, ROS stays in its room."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

import robot_system

ROOT = Path(robot_system.__file__).parent
FILES = sorted(path for path in ROOT.rglob("*.py") if ROOT / "msg" not in path.parents)
"""All but the generated messages, which an installed package has beside them."""
ROS_ROOTS = {
    "rclpy",
    "ament_index_python",
    "builtin_interfaces",
    "diagnostic_msgs",
    "diagnostic_updater",
    "geometry_msgs",
    "launch",
    "launch_ros",
    "lifecycle_msgs",
    "nav_msgs",
    "rosbag2_py",
    "sensor_msgs",
    "std_msgs",
    "tf2_msgs",
    "visualization_msgs",
}


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported_names(tree: ast.AST, package: str) -> list[str]:
    """Return every module that is imported, anywhere in the file, with what is taken from it."""
    names: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parts = package.split(".")
                stem = ".".join(parts[: len(parts) - node.level + 1])
                base = f"{stem}.{base}".strip(".")
            names += [f"{base}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Call):
            names += called_imports(node)
    return names


def called_imports(call: ast.Call) -> list[str]:
    function = call.func
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    if name not in ("import_module", "__import__"):
        return []
    return [
        argument.value
        for argument in call.args[:1]
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    ]


def names_in(path: Path) -> list[str]:
    module = module_of(path)
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    return imported_names(ast.parse(path.read_text(encoding="utf-8")), package)


def is_inside(name: str, module: str) -> bool:
    return name == module or name.startswith(module + ".")


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_files_are_found() -> None:
    assert any(is_inside(module_of(path), "robot_system.core") for path in FILES)
    assert any(is_inside(module_of(path), "robot_system.nodes") for path in FILES)


@pytest.mark.parametrize(
    ("code", "package", "expected"),
    [
        ("import rclpy.node", "a", ["rclpy.node"]),
        ("def f():\n    from x import y, z", "a", ["x.y", "x.z"]),
        ("from . import b", "a.c", ["a.c.b"]),
        ("from ..d import e", "a.c", ["a.d.e"]),
        ("import importlib\nimportlib.import_module('rclpy')", "a", ["importlib", "rclpy"]),
        ("__import__('rclpy')", "a", ["rclpy"]),
    ],
)
def test_every_form_of_import_is_seen(code: str, package: str, expected: list[str]) -> None:
    assert imported_names(ast.parse(code), package) == expected


@pytest.mark.parametrize("path", sorted((ROOT / "core").rglob("*.py")), ids=relative)
def test_core_imports_only_the_standard_library_numpy_and_core(path: Path) -> None:
    allowed = sys.stdlib_module_names | {"numpy"}
    wrong = [
        name
        for name in names_in(path)
        if name.split(".")[0] not in allowed and not is_inside(name, "robot_system.core")
    ]
    assert not wrong


@pytest.mark.parametrize("path", sorted((ROOT / "core").rglob("*.py")), ids=relative)
def test_core_reads_no_clock_no_network_and_no_environment(path: Path) -> None:
    forbidden = (
        "time",
        "datetime",
        "os",
        "socket",
        "random",
        "subprocess",
        "threading",
        "logging",
    )
    wrong = [name for name in names_in(path) if name.split(".")[0] in forbidden]
    assert not wrong


@pytest.mark.parametrize("path", FILES, ids=relative)
def test_nothing_imports_nodes(path: Path) -> None:
    if is_inside(module_of(path), "robot_system.nodes"):
        pytest.skip("is a node")
    assert not [name for name in names_in(path) if is_inside(name, "robot_system.nodes")]


@pytest.mark.parametrize("path", sorted((ROOT / "nodes").glob("*.py")), ids=relative)
def test_nodes_do_not_import_each_other_nor_a_host(path: Path) -> None:
    own = module_of(path)
    forbidden = ("nodes", "ros", "lockstep", "supervise", "cli")
    wrong = [
        name
        for name in names_in(path)
        if any(is_inside(name, f"robot_system.{one}") for one in forbidden)
        and not is_inside(name, own)
    ]
    assert not wrong


@pytest.mark.parametrize("path", FILES, ids=relative)
def test_ros_is_imported_only_under_ros(path: Path) -> None:
    if is_inside(module_of(path), "robot_system.ros"):
        pytest.skip("is the room of ROS")
    wrong = [
        name
        for name in names_in(path)
        if name.split(".")[0] in ROS_ROOTS or is_inside(name, "robot_system.msg")
    ]
    assert not wrong
