"""The bootstrap script `robot`: what it decides to do, on a made-up checkout, offline."""

from __future__ import annotations

import importlib.util
import json
import os
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "robot"
RUN = ("build", "run")
DEVELOP = ("build", "run", "develop")


@pytest.fixture
def robot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script, at home in a small checkout of its own."""
    loader = SourceFileLoader("robot_bootstrap", str(SCRIPT))
    spec = importlib.util.spec_from_loader("robot_bootstrap", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setattr("sys.dont_write_bytecode", True)
    loader.exec_module(module)
    for name, path in {
        "ROOT": tmp_path,
        "VENV": tmp_path / ".venv",
        "STATE": tmp_path / ".robot",
        "LOG": tmp_path / ".robot" / "log" / "setup.log",
        "STAMP": tmp_path / ".venv" / "robot_system.json",
    }.items():
        monkeypatch.setattr(module, name, path)
    for folder in ("requirements/3.11", "robot_system/core", "msg", ".venv/bin", "test"):
        (tmp_path / folder).mkdir(parents=True)
    for layer in DEVELOP:
        (tmp_path / "requirements" / "3.11" / f"{layer}.txt").write_text(f"{layer}==1\n")
    (tmp_path / "robot_system" / "core" / "time.py").write_text("SECOND = 1\n")
    (tmp_path / "msg" / "Event.msg").write_text("string name\n")
    (tmp_path / ".venv" / "bin" / "python").touch()
    return module


def stamp_of(robot: ModuleType, layers: tuple[str, ...] = RUN, **changes: Any) -> dict[str, Any]:
    done = {layer: robot.digest([robot.lock_of("3.11", layer)]) for layer in layers}
    done["package"] = robot.digest(robot.package_inputs())
    stamp = {"location": str(robot.ROOT), "python": "3.11", "begun": None, "done": done}
    return stamp | changes


def test_nothing_is_done_when_nothing_changed(robot: ModuleType) -> None:
    robot.write_stamp(stamp_of(robot))
    assert robot.next_step(robot.read_stamp(), RUN) is None


def test_a_new_checkout_begins_with_the_environment(robot: ModuleType) -> None:
    assert robot.next_step(robot.read_stamp(), RUN) == "venv"


def test_the_steps_follow_each_other(robot: ModuleType) -> None:
    stamp = stamp_of(robot, done={})
    steps = []
    while (step := robot.next_step(stamp, DEVELOP)) is not None:
        steps.append(step)
        inputs = robot.package_inputs() if step == "package" else [robot.lock_of("3.11", step)]
        stamp["done"][step] = robot.digest(inputs)
    assert steps == ["build", "run", "develop", "package"]


def test_tools_are_added_to_what_runs_already(robot: ModuleType) -> None:
    assert robot.next_step(stamp_of(robot), DEVELOP) == "develop"
    assert robot.next_step(stamp_of(robot, DEVELOP), RUN) is None


@pytest.mark.parametrize("arguments", [["test"], ["test", "unit"], ["bench", "loop"]])
def test_development_commands_need_the_tools(robot: ModuleType, arguments: list[str]) -> None:
    assert robot.layers_for(arguments) == DEVELOP


@pytest.mark.parametrize("arguments", [[], ["up"], ["--help"], ["status", "test"]])
def test_other_commands_do_not(robot: ModuleType, arguments: list[str]) -> None:
    assert robot.layers_for(arguments) == RUN


@pytest.mark.parametrize("file", ["robot_system/core/time.py", "msg/Event.msg", "setup.py"])
def test_a_changed_source_is_installed(robot: ModuleType, file: str) -> None:
    stamp = stamp_of(robot)
    (robot.ROOT / file).write_text("changed\n")
    assert robot.next_step(stamp, RUN) == "package"


def test_new_and_removed_sources_are_noticed(robot: ModuleType) -> None:
    stamp = stamp_of(robot)
    new = robot.ROOT / "robot_system" / "new.py"
    new.touch()
    assert robot.next_step(stamp, RUN) == "package"
    new.unlink()
    assert robot.next_step(stamp, RUN) is None
    (robot.ROOT / "msg" / "Event.msg").unlink()
    assert robot.next_step(stamp, RUN) == "package"


def test_a_source_that_was_only_touched_is_not_installed_again(robot: ModuleType) -> None:
    stamp = stamp_of(robot)
    os.utime(robot.ROOT / "msg" / "Event.msg", (1, 1))
    assert robot.next_step(stamp, RUN) is None


@pytest.mark.parametrize(
    "file", ["test/test_x.py", "robot_system/__pycache__/a.pyc", "msg/.a.swp"]
)
def test_what_is_not_installed_does_not_count(robot: ModuleType, file: str) -> None:
    stamp = stamp_of(robot)
    (robot.ROOT / file).parent.mkdir(exist_ok=True)
    (robot.ROOT / file).touch()
    assert robot.next_step(stamp, RUN) is None


@pytest.mark.parametrize("layer", DEVELOP)
def test_a_changed_lock_starts_anew(robot: ModuleType, layer: str) -> None:
    stamp = stamp_of(robot, DEVELOP)
    robot.lock_of("3.11", layer).write_text("other==2\n")
    assert robot.next_step(stamp, RUN) == "venv"


@pytest.mark.parametrize(
    ("begun", "step"), [("build", "venv"), ("run", "venv"), ("develop", "venv"), ("package",) * 2]
)
def test_a_step_that_was_cut_off_is_done_again(robot: ModuleType, begun: str, step: str) -> None:
    assert robot.next_step(stamp_of(robot, DEVELOP, begun=begun), RUN) == step


def test_a_step_is_stamped_only_once_it_is_done(
    robot: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def cut_off(*_: object) -> None:
        seen.append(robot.read_stamp()["begun"])
        raise KeyboardInterrupt

    monkeypatch.setattr(robot, "install_package", cut_off)
    robot.write_stamp(stamp_of(robot))
    with pytest.raises(KeyboardInterrupt):
        robot.take_step("package", robot.read_stamp(), None)
    assert seen == ["package"]
    assert robot.next_step(robot.read_stamp(), RUN) == "package"

    monkeypatch.setattr(robot, "install_package", lambda *_: None)
    robot.take_step("package", robot.read_stamp(), None)
    assert robot.next_step(robot.read_stamp(), RUN) is None


def test_a_moved_checkout_starts_anew(robot: ModuleType) -> None:
    assert robot.next_step(stamp_of(robot, location="/elsewhere"), RUN) == "venv"


def test_an_environment_whose_python_is_gone_starts_anew(robot: ModuleType) -> None:
    stamp = stamp_of(robot)
    (robot.VENV / "bin" / "python").unlink()
    assert robot.next_step(stamp, RUN) == "venv"


@pytest.mark.parametrize("text", ["", "{", "[]", "null", json.dumps({"location": 1})])
def test_a_broken_stamp_counts_as_none(robot: ModuleType, text: str) -> None:
    robot.STAMP.write_text(text)
    assert robot.next_step(robot.read_stamp(), RUN) == "venv"


def test_missing_tools_are_said_in_one_line(
    robot: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(robot, "has_tool", lambda *names: "make" in names)
    with pytest.raises(robot.SetupError) as error:
        robot.check_machine()
    message = str(error.value)
    assert message.endswith("sudo apt install build-essential cmake")
    assert "a C compiler, a C++ compiler, CMake" in message
    assert "\n" not in message


def test_a_compiler_may_be_named_by_the_environment(
    robot: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiler = tmp_path / "mycc"
    compiler.touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert robot.has_tool("mycc -m64", "cc")
    assert not robot.has_tool(None, "", "cc")


def test_cmake_files_name_this_machine(robot: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    (robot.VENV / "lib" / "python3.11" / "site-packages").mkdir(parents=True)
    monkeypatch.setattr(robot.subprocess, "check_output", lambda *_, **__: b"/usr/include/python")
    target = robot.VENV / "share" / "a" / "cmake" / "a.cmake"
    target.parent.mkdir(parents=True)
    built = "/opt/python/cp311-cp311"
    target.write_text(
        f'"{built}/include/python3.11;{built}/lib/python3.11/site-packages/numpy/_core/include"'
    )
    robot.repair_build_paths()
    numpy = robot.VENV / "lib" / "python3.11" / "site-packages" / "numpy" / "_core" / "include"
    assert target.read_text() == f'"/usr/include/python;{numpy}"'


def test_the_environment_is_free_of_another_ros(
    robot: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    (robot.VENV / "lib" / "python3.11" / "site-packages" / "ros_rcl.libs").mkdir(parents=True)
    monkeypatch.setenv("ROS_DISTRO", "humble")
    monkeypatch.setenv("PYTHONPATH", "/opt/ros/humble/python")
    monkeypatch.setenv("AMENT_PREFIX_PATH", "/opt/ros/humble")
    monkeypatch.setenv("LD_LIBRARY_PATH", "/opt/ros/humble/lib:/usr/local/cuda")
    variables = robot.environment()
    assert "ROS_DISTRO" not in variables
    assert "PYTHONPATH" not in variables
    assert variables["AMENT_PREFIX_PATH"] == str(robot.VENV)
    libraries = variables["LD_LIBRARY_PATH"].split(":")
    assert libraries[0] == str(robot.VENV / "lib")
    assert libraries[1].endswith("ros_rcl.libs")
    assert libraries[-1] == "/usr/local/cuda"
    assert variables["ROS_LOG_DIR"].startswith(str(robot.STATE))


@pytest.mark.parametrize("distribution", ["jazzy", "humble", None])
def test_a_sourced_jazzy_with_the_package_is_used(
    robot: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    distribution: str | None,
) -> None:
    prefix = tmp_path / "install"
    script = prefix / "lib" / "robot_system" / "robot"
    script.parent.mkdir(parents=True)
    script.touch(mode=0o755)
    marker = prefix / "share" / "ament_index" / "resource_index" / "packages" / "robot_system"
    monkeypatch.setenv("AMENT_PREFIX_PATH", f"/opt/ros/jazzy:{prefix}")
    monkeypatch.delenv("ROS_DISTRO", raising=False)
    if distribution is not None:
        monkeypatch.setenv("ROS_DISTRO", distribution)
    assert robot.sourced_command() is None
    marker.parent.mkdir(parents=True)
    marker.touch()
    assert robot.sourced_command() == (script if distribution == "jazzy" else None)


def test_ctrl_c_ends_all_programs_though_some_have_ended_already(
    robot: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(robot, "STAMP", robot.ROOT / "none")
    progress = robot.Progress()
    progress.start()
    started: list[Any] = []

    def interrupted(processes: list[Any], what: str) -> None:
        started.extend(processes)
        processes[0].wait()
        raise KeyboardInterrupt

    monkeypatch.setattr(progress, "wait", interrupted)
    with pytest.raises(KeyboardInterrupt):
        progress.run("a step", [["true"], ["sleep", "60"]])
    assert [process.wait(5.0) for process in started] == [0, -9]
