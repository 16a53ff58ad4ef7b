"""What launch starts and what the supervisor starts is one table, with the same parameters."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from robot_system import graph
from robot_system.errors import ConfigurationError
from robot_system.parameters import Parameters
from robot_system.processes import ProcessSpec, process_table
from robot_system.ros import environment, launching
from robot_system.ros.main import namespace_in

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / "config"
LAUNCH_FILES = sorted(path.name for path in (ROOT / "launch").glob("*.launch.py"))


@pytest.fixture(autouse=True)
def _configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "missing", lambda: {"NAME": "value"})
    monkeypatch.delenv("ROBOT_SYSTEM_DATA", raising=False)


def as_ros_reads(sources: list[str | dict[str, Any]], name: str) -> dict[str, Any]:
    """Return the parameters that the middleware gives a node: file by file, name by name."""
    found: dict[str, Any] = {}
    for source in sources:
        if isinstance(source, dict):
            found.update(source)
            continue
        for key, body in (yaml.safe_load(Path(source).read_text()) or {}).items():
            if key in ("/**", f"/**/{name}"):
                found.update(body["ros__parameters"])
    return found


def parameters_through_launch(process: ProcessSpec) -> Parameters:
    name = process.node.name
    given = as_ros_reads(launching.arguments_of(process, "")["parameters"], name)
    return process.node.load().parameters_type(**given)


@pytest.mark.parametrize("profile", graph.PROFILES)
def test_launch_starts_the_nodes_of_the_profile(profile: str) -> None:
    made = [launching.arguments_of(row, "") for row in process_table(profile, CONFIG)]
    specs = graph.nodes_of(profile)
    assert [item["executable"] for item in made] == [spec.name for spec in specs]
    assert [item["name"] for item in made] == [spec.name for spec in specs]
    faults = [] if profile == "robot" else ["--accept-faults"]
    wanted = ["--end-with", str(os.getpid()), *faults]
    assert all(item["arguments"] == wanted for item in made)


@pytest.mark.parametrize("profile", graph.PROFILES)
def test_each_node_gets_the_parameters_that_the_supervisor_gives(profile: str) -> None:
    table = process_table(profile, CONFIG)
    assert [parameters_through_launch(row) for row in table] == [row.parameters for row in table]


def test_options_and_more_files_reach_both(tmp_path: Path) -> None:
    extra = tmp_path / "extra.yaml"
    extra.write_text("/**/motion:\n  ros__parameters:\n    speed: 0.3\n")
    table = process_table(
        "sim", CONFIG, without=("telemetry",), world="generated:7", extra=(extra,)
    )
    rows = {row.node.name: row for row in table}
    assert "telemetry" not in rows
    for row in table:
        assert parameters_through_launch(row) == row.parameters
    assert dataclasses.asdict(rows["motion"].parameters)["speed"] == 0.3
    assert dataclasses.asdict(rows["sim"].parameters)["world"] == "generated:7"
    assert dataclasses.asdict(rows["orchestrator"].parameters)["without"] == ("telemetry",)


def test_a_world_file_is_found_from_another_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "small.json").write_text("{}")
    simulation = process_table("sim", CONFIG, world="small.json")[0]
    assert dataclasses.asdict(simulation.parameters)["world"] == str(tmp_path / "small.json")


def test_a_world_without_simulation_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="generated:7"):
        process_table("robot", CONFIG, world="generated:7")


def test_everything_follows_the_namespace() -> None:
    made = launching.arguments_of(process_table("sim", CONFIG)[0], "robot1")
    assert made["namespace"] == "robot1"
    assert ("/tf", "tf") in made["remappings"]
    assert ("/diagnostics", "diagnostics") in made["remappings"]


def test_what_the_user_has_not_set_is_set_for_the_nodes() -> None:
    made = launching.arguments_of(process_table("sim", CONFIG)[0], "")
    assert made["additional_env"] == {"NAME": "value"}


@pytest.mark.parametrize(
    ("arguments", "namespace"),
    [
        (["lidar"], ""),
        (["lidar", "--ros-args", "-r", "__ns:=/"], ""),
        (["lidar", "--ros-args", "-r", "__ns:=/robot1", "-r", "/tf:=tf"], "robot1"),
        (["lidar", "--ros-args", "--remap", "lidar:__ns:=/fleet/robot1"], "fleet/robot1"),
    ],
)
def test_a_node_knows_its_namespace_before_it_starts(arguments: list[str], namespace: str) -> None:
    assert namespace_in(arguments) == namespace


def lists_in(path: Path) -> list[tuple[str, list[Any]]]:
    content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    return [
        (f"{path.name}: {key}", value)
        for body in content.values()
        for key, value in body["ros__parameters"].items()
        if isinstance(value, list)
    ]


def test_the_middleware_can_read_every_list() -> None:
    found = [item for path in sorted(CONFIG.glob("*/*.yaml")) for item in lists_in(path)]
    assert found
    for name, values in found:
        assert len({type(value) for value in values}) <= 1, f"{name} mixes types: {values}"


def test_there_is_a_launch_file_for_each_use() -> None:
    assert set(LAUNCH_FILES) >= {"robot.launch.py", "sim.launch.py", "rviz.launch.py"}
