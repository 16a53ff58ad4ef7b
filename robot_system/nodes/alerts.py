"""The alerts node: from events, diagnostics and metrics to what a person should know."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from robot_system import contract
from robot_system.component import Component, Publish
from robot_system.contract import Topic
from robot_system.core.alerting.book import AlertBook, Timing
from robot_system.core.alerting.rules import EventRule, EventRules, Key
from robot_system.core.alerting.thresholds import Threshold, parse_threshold
from robot_system.core.time import Instant
from robot_system.core.values import (
    Alerts,
    Diagnostics,
    Event,
    Health,
    HealthReport,
    Metrics,
    Severity,
)
from robot_system.errors import ParameterError
from robot_system.parameters import Parameters, parameter

NODE_IS_BACK = (contract.NODE_RETURNED.name, contract.NODE_READY.name)

# fmt: off
EVENT_RULES = (
    EventRule(contract.NODE_SILENT.name, NODE_IS_BACK),
    EventRule(contract.TRANSITION_FAILED.name, (contract.NODE_READY.name,), timeout=60.0),
    EventRule(contract.PROCESS_DIED.name, NODE_IS_BACK),
    EventRule(contract.PROCESS_RESTARTED.name, timeout=10.0),
    EventRule(contract.PROCESS_GIVEN_UP.name, (contract.NODE_READY.name,)),
    EventRule(contract.NODE_GIVEN_UP.name, (contract.NODE_CLEARED.name,)),
    EventRule(contract.STOP_PRESSED.name, (contract.STOP_RELEASED.name,)),
    EventRule(contract.BASE_GIVEN_UP.name, (contract.STOP_RELEASED.name,)),
    EventRule(contract.LOGS_LOST.name, (contract.LOGS_KEPT.name,)),
    EventRule(contract.SENSOR_FAULTY.name, (contract.SENSOR_HEALED.name,), has_subject=True),
    EventRule(contract.ROBOT_STOPPED.name, (contract.ROBOT_RELEASED.name,)),
    EventRule(contract.FAULT_INJECTED.name, (contract.FAULT_CLEARED.name,), has_subject=True),
)
# fmt: on

THRESHOLDS = (
    "battery_low warning battery.charge mean < 0.2",
    "battery_empty error battery.charge mean < 0.05",
    "too_hot warning readings.temperature mean > 70",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertsParameters(Parameters):
    """Parameters of the alerts node."""

    period: float = parameter(
        0.05, "Time between two looks at the alerts", unit="s", low=0.01, high=0.1
    )
    debounce: float = parameter(
        0.5, "How long a condition must hold to raise an alert", unit="s", low=0.0, high=60.0
    )
    clear_time: float = parameter(
        2.0, "How long a condition must be gone to clear its alert", unit="s", low=0.0, high=600.0
    )
    stale_time: float = parameter(
        10.0, "How long the alert of a condition that is told no more stays", unit="s", low=3.0,
        high=3600.0,
    )  # fmt: skip
    repeat_time: float = parameter(
        1.0,
        "Least time between two messages that only count repeats",
        unit="s",
        low=0.1,
        high=60.0,
    )
    event_timeout: float = parameter(
        30.0, "How long the alert of an event that nothing heals stays", unit="s", low=1.0,
        high=3600.0,
    )  # fmt: skip
    limit: int = parameter(100, "Greatest number of alerts at a time", low=1, high=10_000)
    thresholds: tuple[str, ...] = parameter(
        THRESHOLDS, "Limits of metrics, each: name severity metric statistic > limit"
    )

    def check(self) -> None:
        """Raise ParameterError where a threshold cannot be read."""
        for line in self.thresholds:
            try:
                parse_threshold(line)
            except ValueError as error:
                raise ParameterError("thresholds", line, str(error)) from error


class AlertsNode(Component[AlertsParameters]):
    """Takes in what happens, and tells of changes at the next tick, all alerts at once."""

    name: ClassVar[str] = "alerts"
    parameters_type: ClassVar[type[Parameters]] = AlertsParameters
    reads: ClassVar[tuple[Topic, ...]] = (
        contract.DIAGNOSTICS,
        contract.EVENTS,
        contract.METRICS,
    )
    writes: ClassVar[tuple[Topic, ...]] = (contract.ALERTS,)

    def __init__(self, parameters: AlertsParameters, publish: Publish) -> None:
        super().__init__(parameters, publish)
        self._build()

    def _build(self) -> None:
        parameters = self.parameters
        timing = Timing(
            parameters.debounce,
            parameters.clear_time,
            parameters.stale_time,
            parameters.repeat_time,
        )
        self._book = AlertBook(timing, parameters.limit)
        self._rules = EventRules(EVENT_RULES, parameters.event_timeout)
        self._thresholds = tuple(parse_threshold(line) for line in parameters.thresholds)
        self._fitting: dict[str, tuple[Threshold, ...]] = {}

    @property
    def period(self) -> float:
        """Return the seconds between two looks at the alerts."""
        return self.parameters.period

    @property
    def is_calm(self) -> bool:
        """Tell whether a person was called and has not come yet."""
        return self._book.is_raised(contract.NODE_GIVEN_UP.name)

    def configure(self) -> None:
        """Build an empty book of alerts."""
        self._build()

    def activate(self, now: Instant) -> None:
        """Start without alerts."""
        self._build()

    def deactivate(self, now: Instant) -> None:
        """Say that from now on nobody watches."""
        self.publish(contract.ALERTS, Alerts(now.stamp))

    def on_diagnostics(self, diagnostics: Diagnostics, now: Instant) -> None:
        """Take each line that is at least a warning for a condition."""
        for line in diagnostics.diagnostics:
            is_present = line.severity >= Severity.WARNING
            key = Key(line.name, line.node)
            self._book.observe(key, line.severity, line.message, is_present, now)

    def on_events(self, event: Event, now: Instant) -> None:
        """Raise or clear what the event says."""
        reaction = self._rules.reaction(event)
        for key in reaction.cleared:
            self._book.clear(key, now)
        if reaction.raised is not None:
            message = event.detail or event.name
            self._book.raise_event(reaction.raised, event.severity, message, reaction.timeout, now)

    def on_metrics(self, metrics: Metrics, now: Instant) -> None:
        """Compare metrics with their limits."""
        if not metrics.valid:
            return
        for metric in metrics.metrics:
            for threshold in self._thresholds_of(metric.name):
                key = Key(threshold.name, "telemetry", metric.name)
                is_present = threshold.is_crossed(metric)
                message = threshold.message(metric) if is_present else ""
                self._book.observe(key, threshold.severity, message, is_present, now)

    def tick(self, now: Instant) -> None:
        """Publish the alerts if any changed."""
        alerts = self._book.step(now)
        if alerts is not None:
            self.publish(contract.ALERTS, Alerts(now.stamp, alerts, valid=True))

    def health(self, now: Instant) -> HealthReport:
        """Degraded when there were more alerts than there is place for."""
        if self._book.left_out:
            return HealthReport(Health.DEGRADED, f"{self._book.left_out} alerts left out")
        return HealthReport(Health.HEALTHY)

    def _thresholds_of(self, metric: str) -> tuple[Threshold, ...]:
        known = self._fitting.get(metric)
        if known is None:
            known = tuple(one for one in self._thresholds if one.fits(metric))
            self._fitting[metric] = known
        return known
