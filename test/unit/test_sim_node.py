"""The node `sim`: its parameters, its events and its lifecycle."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from robot_system import contract
from robot_system.contract import Topic
from robot_system.core.time import Instant
from robot_system.core.values import FaultRequest, Health, Twist, VelocityCommand
from robot_system.errors import WorldError
from robot_system.nodes.sim import SimNode, SimParameters
from robot_system.parameters import fields

SECOND = 1_000_000_000


class Bench:
    """A node with somebody who listens."""

    def __init__(self, **parameters: Any) -> None:
        self.heard: list[tuple[Topic, Any]] = []
        self.node = SimNode(SimParameters(**parameters), self._listen)
        self.now = Instant(0, 0)
        self.node.configure()
        self.node.activate(self.now)

    def _listen(self, topic: Topic, value: Any) -> None:
        self.heard.append((topic, value))

    def run(self, seconds: float, twist: Twist | None = None) -> None:
        for _ in range(round(seconds / self.node.period)):
            if twist is not None:
                self.node.on_cmd_vel(VelocityCommand(self.now.stamp, twist), self.now)
            self.node.tick(self.now)
            stamp = self.now.stamp + round(self.node.period * SECOND)
            self.now = Instant(stamp, stamp)

    def fault(self, target: str, kind: str, duration: float = 0.0) -> None:
        request = FaultRequest(self.now.stamp, target, kind, 0.0, duration)
        self.node.on_fault_request(request, self.now)

    @property
    def events(self) -> list[tuple[str, str]]:
        return [(v.name, v.detail.split()[0]) for t, v in self.heard if t is contract.EVENTS]


def test_everything_published_is_declared_and_of_its_type() -> None:
    bench = Bench()
    bench.run(1.0, Twist(0.3))
    assert {topic.name for topic, _ in bench.heard} | {"events"} == {
        topic.name for topic in SimNode.writes
    }
    assert all(topic.value is type(value) for topic, value in bench.heard)


def test_fault_is_announced_and_cleared_after_its_time() -> None:
    bench = Bench()
    bench.fault("scan", "silent", 0.5)
    bench.run(1.0)
    assert bench.events == [("fault_injected", "scan"), ("fault_cleared", "scan")]
    scans = [value.stamp for topic, value in bench.heard if topic is contract.SCAN_RAW]
    assert min(scans) == SECOND // 2


def test_fault_that_does_not_exist_is_refused_and_told() -> None:
    bench = Bench()
    bench.fault("sonar", "silent")
    report = bench.node.health(bench.now)
    assert bench.events == []
    assert report.health is Health.HEALTHY
    assert "sonar" in dict(report.facts)["refused"]


def test_what_is_meant_for_the_host_of_a_node_is_not_refused() -> None:
    bench = Bench()
    bench.fault("lidar", "stuck")
    assert bench.events == []
    assert "refused" not in dict(bench.node.health(bench.now).facts)


def test_contact_is_an_event() -> None:
    bench = Bench(world="generated:corridors:1")
    bench.run(15.0, Twist(1.0))
    assert [name for name, _ in bench.events] == ["contact"]
    assert dict(bench.node.health(bench.now).facts)["contacts"] == "1"


def test_pose_stays_over_a_deactivation_but_not_over_a_configuration() -> None:
    bench = Bench()
    bench.run(0.5, Twist(0.5))
    pose = bench.node.health(bench.now).facts[1]
    bench.node.deactivate(bench.now)
    bench.heard.clear()
    bench.node.activate(Instant(9 * SECOND, 9 * SECOND))
    assert bench.heard == []
    bench.now = Instant(9 * SECOND, 9 * SECOND)
    bench.run(0.5)
    assert bench.node.health(bench.now).facts[1] == pose
    bench.node.deactivate(bench.now)
    bench.node.cleanup()
    bench.node.configure()
    assert bench.node.health(bench.now).facts[1] != pose


def test_world_that_is_not_there_fails_the_configuration() -> None:
    with pytest.raises(WorldError, match="no such file"):
        Bench(world="nowhere.json")


def test_yaml_is_complete() -> None:
    path = Path(__file__).parents[2] / "config" / "nodes" / "sim.yaml"
    values = yaml.safe_load(path.read_text())["/**"]["ros__parameters"]
    assert list(values) == [known.name for known in fields(SimParameters)]
    assert SimParameters(**values) == SimParameters()
