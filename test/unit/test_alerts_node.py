from __future__ import annotations

from typing import Any

import pytest

from robot_system import contract
from robot_system.contract import EventType, Topic
from robot_system.core.time import Instant, from_seconds
from robot_system.core.values import (
    Alert,
    Alerts,
    Diagnostic,
    Diagnostics,
    Event,
    Health,
    Metric,
    Metrics,
    Severity,
)
from robot_system.errors import ParameterError
from robot_system.nodes.alerts import EVENT_RULES, AlertsNode, AlertsParameters

START = from_seconds(1000.0)


class Bench:
    """An alerts node with a clock of 50 ms."""

    def __init__(self, **parameters: Any) -> None:
        self.out: list[tuple[Topic, Any]] = []
        self.node = AlertsNode(
            AlertsParameters(**parameters),
            publish=lambda topic, value: self.out.append((topic, value)),
        )
        self.steady = 0
        self.node.configure()
        self.node.activate(self.now)
        self.run(0.05)

    @property
    def now(self) -> Instant:
        return Instant(START + self.steady, self.steady)

    def run(self, seconds: float) -> list[Alerts]:
        """Let time pass, and return what was published in it."""
        before = len(self.out)
        for _ in range(round(seconds * 20)):
            self.steady += 50_000_000
            self.node.tick(self.now)
        assert all(topic is contract.ALERTS for topic, _ in self.out)
        return [value for _, value in self.out[before:]]

    def happen(self, kind: EventType, detail: str = "", node: str = "lidar") -> None:
        event = Event(self.now.stamp, kind.name, kind.severity, node, detail)
        self.node.on_events(event, self.now)

    def diagnose(self, severity: Severity, message: str = "too slow") -> None:
        line = Diagnostic("lidar: health", "lidar", severity, message)
        self.node.on_diagnostics(Diagnostics(self.now.stamp, (line,)), self.now)

    def measure(self, name: str, mean: float) -> None:
        metric = Metric(name, "1", 5, mean, mean, mean, 0.0, mean, mean, mean)
        self.node.on_metrics(Metrics(self.now.stamp, 1.0, (metric,), valid=True), self.now)

    def active(self) -> list[Alert]:
        return [alert for alert in self.out[-1][1].alerts if alert.is_active]


def test_an_empty_list_is_published_first_and_then_nothing() -> None:
    bench = Bench()
    assert [value.alerts for _, value in bench.out] == [()]
    assert bench.out[0][1].valid
    assert bench.run(5.0) == []


@pytest.mark.parametrize(
    ("cause", "cure"),
    [
        (rule.name, cure)
        for rule in EVENT_RULES
        for cure in rule.healed_by
    ],
)  # fmt: skip
def test_every_cause_is_raised_at_the_next_tick_and_cleared_by_its_cure(
    cause: str, cure: str
) -> None:
    bench = Bench()
    kinds = {kind.name: kind for kind in contract.EVENT_TYPES}
    bench.happen(kinds[cause], "scan: something")
    bench.happen(kinds[cause], "imu: something", node="motion")
    (raised,) = bench.run(0.05)
    assert [(alert.name, alert.node) for alert in raised.alerts] == [
        (cause, "lidar"),
        (cause, "motion"),
    ]
    assert raised.alerts[0].message == "scan: something"
    bench.happen(kinds[cure], "scan")
    (cleared,) = bench.run(0.05)
    assert [alert.is_active for alert in cleared.alerts] == [False, True]
    assert bench.run(0.5) == []


def test_two_sensors_of_one_node_have_two_alerts() -> None:
    bench = Bench()
    for name in ("scan", "imu"):
        bench.happen(contract.SENSOR_FAULTY, f"{name}: bad, silent", node="sensors")
    bench.run(0.05)
    bench.happen(contract.SENSOR_HEALED, "imu: good again", node="sensors")
    bench.run(0.05)
    assert [alert.message for alert in bench.active()] == ["scan: bad, silent"]


def test_an_event_that_nothing_heals_is_cleared_by_time() -> None:
    bench = Bench(event_timeout=5.0)
    bench.happen(contract.CONTACT, node="sim")
    bench.run(4.9)
    assert [alert.name for alert in bench.active()] == ["contact"]
    bench.run(0.2)
    assert bench.active() == []


@pytest.mark.parametrize(
    "kind", [kind for kind in contract.EVENT_TYPES if kind.severity is Severity.INFO]
)
def test_news_that_is_no_trouble_raises_nothing(kind: EventType) -> None:
    bench = Bench()
    bench.happen(kind)
    assert bench.run(1.0) == []


@pytest.mark.parametrize(
    "kind", [kind for kind in contract.EVENT_TYPES if kind.severity >= Severity.ERROR]
)
def test_every_error_raises_an_alert(kind: EventType) -> None:
    bench = Bench()
    bench.happen(kind)
    bench.run(0.05)
    assert [(alert.name, alert.severity) for alert in bench.active()] == [
        (kind.name, kind.severity)
    ]


def test_a_diagnostic_is_debounced_both_ways() -> None:
    bench = Bench()
    bench.diagnose(Severity.WARNING)
    assert bench.run(0.45) == []
    assert len(bench.run(0.05)) == 1
    assert [alert.message for alert in bench.active()] == ["too slow"]
    bench.diagnose(Severity.INFO, "healthy")
    assert bench.run(1.95) == []
    assert len(bench.run(0.05)) == 1
    assert bench.active() == []


def test_a_diagnostic_that_flaps_is_one_alert() -> None:
    bench = Bench()
    published = []
    for _ in range(10):
        bench.diagnose(Severity.WARNING)
        published += bench.run(1.0)
        bench.diagnose(Severity.INFO)
        published += bench.run(1.0)
    assert len(bench.active()) == 1
    assert bench.active()[0].count == 10
    assert all(alerts.alerts[0].is_active for alerts in published)
    assert len(published) <= 11


def test_a_metric_beyond_its_limit_is_a_condition() -> None:
    bench = Bench()
    bench.measure("battery.charge", 0.15)
    bench.run(1.0)
    (alert,) = bench.active()
    assert alert.name == "battery_low"
    assert "battery.charge mean 0.15 < 0.2" in alert.message
    bench.measure("battery.charge", 0.04)
    bench.run(1.0)
    assert [one.name for one in bench.active()] == ["battery_low", "battery_empty"]
    for _ in range(4):
        bench.measure("battery.charge", 0.9)
        bench.run(1.0)
    assert bench.active() == []


def test_metrics_that_are_not_valid_are_not_looked_at() -> None:
    bench = Bench()
    low = Metric("battery.charge", "1", 5, 0, 0, 0, 0, 0, 0, 0)
    bench.node.on_metrics(Metrics(bench.now.stamp, 1.0, (low,)), bench.now)
    assert bench.run(2.0) == []


def test_a_storm_is_one_alert_and_few_messages() -> None:
    bench = Bench()
    published = 0
    for _ in range(100):
        for _ in range(100):
            bench.happen(contract.NODE_SILENT)
        published += len(bench.run(0.05))
    bench.run(2.0)
    (alert,) = bench.active()
    assert alert.count == 10_000
    assert published <= 7


def test_a_storm_of_different_alerts_is_bounded_and_told_of() -> None:
    bench = Bench(limit=20)
    for index in range(1000):
        bench.happen(contract.NODE_SILENT, node=f"node{index}")
    (alerts,) = bench.run(0.05)
    assert len(alerts.alerts) == 20
    report = bench.node.health(bench.now)
    assert report.health is Health.DEGRADED
    assert report.reason == "980 alerts left out"


def test_deactivation_says_that_nobody_watches_and_activation_starts_anew() -> None:
    bench = Bench()
    bench.happen(contract.NODE_SILENT)
    bench.run(0.05)
    bench.node.deactivate(bench.now)
    assert not bench.out[-1][1].valid
    bench.node.activate(bench.now)
    assert [alerts.alerts for alerts in bench.run(1.0)] == [()]


def test_the_call_for_a_person_stays_until_one_came_and_meanwhile_the_node_is_calm() -> None:
    bench = Bench()
    assert not bench.node.is_calm
    bench.happen(contract.NODE_GIVEN_UP, "all was tried")
    bench.run(600.0)
    assert [alert.name for alert in bench.active()] == ["node_given_up"]
    assert bench.node.is_calm
    bench.happen(contract.NODE_CLEARED)
    bench.run(0.05)
    assert not bench.node.is_calm


def test_a_threshold_that_cannot_be_read_is_refused_naming_it() -> None:
    with pytest.raises(ParameterError, match="no severity") as caught:
        AlertsParameters(thresholds=("low bad battery.charge mean < 1",))
    assert caught.value.name == "thresholds"


def test_every_rule_names_events_of_the_contract() -> None:
    known = {kind.name for kind in contract.EVENT_TYPES}
    for rule in EVENT_RULES:
        assert {rule.name, *rule.healed_by} <= known
