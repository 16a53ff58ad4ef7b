from __future__ import annotations

from typing import Any

import pytest

from robot_system import contract
from robot_system.contract import Topic
from robot_system.core.time import Instant, from_seconds
from robot_system.core.values import (
    Battery,
    Clearance,
    Health,
    Heartbeat,
    Lifecycle,
    Metric,
    Metrics,
    Mode,
    MotionState,
    NodeStatus,
    Quality,
    Reading,
    Readings,
    SystemState,
    Twist,
)
from robot_system.nodes.telemetry import TelemetryNode, TelemetryParameters

START = from_seconds(1000.0)


class Bench:
    """A telemetry node that sees one scan_raw every 50 ms."""

    def __init__(self, **parameters: Any) -> None:
        self.out: list[tuple[Topic, Any]] = []
        self.node = TelemetryNode(
            TelemetryParameters(**parameters),
            publish=lambda topic, value: self.out.append((topic, value)),
        )
        self.steady = 0
        self.node.configure()
        self.node.activate(self.now)

    @property
    def now(self) -> Instant:
        return Instant(START + self.steady, self.steady)

    def window(self, count: int = 20, age: float = 0.01) -> dict[str, Metric]:
        for _ in range(count):
            self.steady += from_seconds(1.0 / max(count, 1))
            stamp = self.now.stamp - from_seconds(age)
            self.node.on_observed(contract.SCAN_RAW, stamp, self.now)
        if not count:
            self.steady += from_seconds(1.0)
        return self.tick()

    def tick(self) -> dict[str, Metric]:
        self.node.tick(self.now)
        topic, metrics = self.out[-1]
        assert topic is contract.METRICS
        assert isinstance(metrics, Metrics)
        assert metrics.valid
        assert metrics.stamp == self.now.stamp
        return {metric.name: metric for metric in metrics.metrics}

    def hear_that_sim_should_be(self, desired: Lifecycle) -> None:
        status = NodeStatus("sim", desired, desired, Health.HEALTHY, "")
        state = SystemState(self.now.stamp, Mode.SAFE_STOP, False, nodes=(status,), valid=True)
        self.node.on_system_state(state, self.now)

    def health(self) -> tuple[Health, str]:
        report = self.node.health(self.now)
        return report.health, report.reason


def test_rate_and_age_of_an_observed_topic() -> None:
    metrics = Bench().window(20, age=0.03)
    assert metrics["scan_raw.rate"].mean == pytest.approx(20.0)
    assert metrics["scan_raw.rate"].unit == "Hz"
    assert metrics["scan_raw.interval"].p50 == pytest.approx(0.05)
    assert metrics["scan_raw.age"].p95 == pytest.approx(0.03)
    assert [name for name in metrics if not name.startswith("scan_raw.")] == []


def test_a_window_holds_nothing_of_the_one_before() -> None:
    bench = Bench()
    bench.window(20, age=0.19)
    assert bench.window(20, age=0.01)["scan_raw.age"].maximum == pytest.approx(0.01)


def test_chosen_numbers_are_measured() -> None:
    bench = Bench()
    bench.steady += from_seconds(1.0)
    now = bench.now
    node, stamp = bench.node, now.stamp
    for speed in (0.0, 1.0):
        node.on_motion_state(
            MotionState(stamp, requested=Twist(1.0, 0.1), applied=Twist(speed, 0.2)), now
        )
    node.on_clearance(Clearance(stamp, closest_distance=0.7, valid=True), now)
    node.on_clearance(Clearance(stamp, closest_distance=0.0), now)
    node.on_battery(Battery(stamp, 24.0, -1.0, 0.8), now)
    readings = (
        Reading("temperature", 21.0, "degC", Quality.GOOD, ""),
        Reading("humidity", 9.0, "1", Quality.BAD, "out of range"),
    )
    node.on_readings(Readings(stamp, readings, valid=True), now)
    for name in ("lidar", "policy"):
        node.on_heartbeat(
            Heartbeat(
                stamp, name, "h", 1, Lifecycle.ACTIVE, Health.HEALTHY, "", 1, 5, 0.001, 0.004
            ),
            now,
        )
    bench.hear_that_sim_should_be(Lifecycle.ACTIVE)
    metrics = bench.tick()
    assert metrics["motion_state.applied_linear"].mean == 0.5
    assert metrics["motion_state.requested_linear"].minimum == 1.0
    assert metrics["clearance.closest_distance"].count == 1
    assert metrics["clearance.closest_distance"].mean == 0.7
    assert metrics["battery.charge"].mean == 0.8
    assert metrics["readings.temperature"].unit == "degC"
    assert "readings.humidity" not in metrics
    assert metrics["heartbeat.lidar.tick_max"].maximum == 0.004
    assert metrics["heartbeat.policy.tick_mean"].mean == 0.001
    for topic in TelemetryNode.reads:
        assert metrics[f"{topic.name}.rate"].mean > 0.0


@pytest.mark.parametrize("topic", TelemetryNode.observes, ids=lambda topic: topic.name)
def test_every_observed_topic_is_counted(topic: Topic) -> None:
    bench = Bench()
    bench.steady += from_seconds(1.0)
    bench.node.on_observed(topic, 0, bench.now)
    assert list(bench.tick()) == [f"{topic.name}.rate"]


def test_health_names_what_is_slow_silent_or_old() -> None:
    bench = Bench()
    bench.window(20)
    assert bench.health() == (Health.HEALTHY, "")
    bench.window(10)
    assert bench.health() == (Health.DEGRADED, "scan_raw at 10.0 Hz instead of 20")
    bench.window(0)
    assert bench.health() == (Health.DEGRADED, "scan_raw silent for 1.0 s")
    bench.window(20, age=0.5)
    assert bench.health() == (Health.DEGRADED, "scan_raw up to 0.50 s old, at most 0.2 s")
    bench.window(20)
    assert bench.health() == (Health.HEALTHY, "")


def test_nobody_misses_what_comes_of_a_node_that_is_meant_to_rest() -> None:
    bench = Bench()
    bench.window(20)
    bench.hear_that_sim_should_be(Lifecycle.INACTIVE)
    bench.window(0)
    assert "scan_raw" not in bench.health()[1]
    bench.hear_that_sim_should_be(Lifecycle.ACTIVE)
    bench.window(10)
    assert "scan_raw" not in bench.health()[1], "the window in which it begins is forgiven"
    bench.window(10)
    assert "scan_raw at 10.0 Hz instead of 20" in bench.health()[1]


def test_activation_forgets_what_was_before() -> None:
    bench = Bench()
    bench.window(20)
    bench.window(0)
    bench.node.deactivate(bench.now)
    bench.node.activate(bench.now)
    assert bench.health() == (Health.HEALTHY, "")
    assert bench.window(0) == {}


def test_two_ticks_at_once_do_no_harm() -> None:
    bench = Bench()
    bench.window(20)
    bench.node.tick(bench.now)
    assert len(bench.out) == 1


def test_names_out_of_messages_cannot_fill_the_memory() -> None:
    bench = Bench(series_limit=10)
    bench.steady += 1
    readings = tuple(Reading(f"s{i}", 1.0, "1", Quality.GOOD, "") for i in range(50))
    bench.node.on_readings(Readings(1, readings, valid=True), bench.now)
    assert len([name for name in bench.tick() if name.startswith("readings.s")]) <= 10
    assert "too many series" in bench.health()[1]
