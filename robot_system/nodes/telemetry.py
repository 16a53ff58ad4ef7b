"""The telemetry node: window statistics of every topic and of chosen numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from robot_system import contract
from robot_system.component import Component, Publish
from robot_system.contract import Topic
from robot_system.core.telemetry.fields import Fields
from robot_system.core.telemetry.traffic import Promise, Traffic
from robot_system.core.telemetry.windows import statistics_of
from robot_system.core.time import Instant, Time, to_seconds
from robot_system.core.values import (
    Battery,
    Clearance,
    Health,
    HealthReport,
    Heartbeat,
    Lifecycle,
    Metrics,
    MotionState,
    Quality,
    Readings,
    SystemState,
)
from robot_system.parameters import Parameters, parameter

MEASURED = (
    contract.MOTION_STATE,
    contract.CLEARANCE,
    contract.BATTERY,
    contract.READINGS,
    contract.HEARTBEAT,
)
"""Topics of whose values statistics are made; of all others only rate and age."""
READ = (*MEASURED, contract.SYSTEM_STATE)


@dataclass(frozen=True, slots=True, kw_only=True)
class TelemetryParameters(Parameters):
    """Parameters of the telemetry node."""

    window: float = parameter(
        1.0, "Length of the window that each metric describes", unit="s", low=0.1, high=2.0
    )
    lowest_rate_share: float = parameter(
        0.8,
        "Share of the contract's rate below which a topic counts as slow",
        low=0.0,
        high=1.0,
        live=True,
    )
    series_limit: int = parameter(
        500, "Greatest number of series of chosen numbers", low=10, high=10_000
    )


class TelemetryNode(Component[TelemetryParameters]):
    """Counts every message as it comes, and computes only at the end of each window."""

    name: ClassVar[str] = "telemetry"
    parameters_type: ClassVar[type[Parameters]] = TelemetryParameters
    reads: ClassVar[tuple[Topic, ...]] = READ
    writes: ClassVar[tuple[Topic, ...]] = (contract.METRICS,)
    observes: ClassVar[tuple[Topic, ...]] = tuple(
        topic for topic in contract.TOPICS if topic not in READ
    )

    def __init__(self, parameters: TelemetryParameters, publish: Publish) -> None:
        super().__init__(parameters, publish)
        self._start: Time = 0
        self._build()

    def _build(self) -> None:
        self._complaints: list[str] = []
        self._traffic = Traffic(
            [
                Promise(topic.name, topic.rate, topic.max_age or 0.0)
                for topic in (*self.reads, *self.observes)
            ]
        )
        self._count = self._traffic.count
        self._fields = Fields(self.parameters.series_limit)
        samples = self._fields.samples
        self._requested_linear = samples("motion_state.requested_linear", "m/s")
        self._requested_angular = samples("motion_state.requested_angular", "rad/s")
        self._applied_linear = samples("motion_state.applied_linear", "m/s")
        self._applied_angular = samples("motion_state.applied_angular", "rad/s")
        self._causes = samples("motion_state.causes", "1")
        self._at_rest: frozenset[str] = frozenset()
        self._closest = samples("clearance.closest_distance", "m")
        self._voltage = samples("battery.voltage", "V")
        self._charge = samples("battery.charge", "1")

    @property
    def period(self) -> float:
        """Return the length of a window in seconds."""
        return self.parameters.window

    def configure(self) -> None:
        """Build empty windows."""
        self._build()

    def activate(self, now: Instant) -> None:
        """Start the first window."""
        self._build()
        self._start = now.steady

    def on_observed(self, topic: Topic, stamp: Time, now: Instant) -> None:
        """Count a message."""
        self._count(topic.name, stamp, now.stamp, now.steady)

    def on_motion_state(self, state: MotionState, now: Instant) -> None:
        """Count, and note the speeds."""
        self._count("motion_state", state.stamp, now.stamp, now.steady)
        requested, applied = state.requested, state.applied
        self._requested_linear.append(requested.linear)
        self._requested_angular.append(requested.angular)
        self._applied_linear.append(applied.linear)
        self._applied_angular.append(applied.angular)
        self._causes.append(len(state.causes))

    def on_clearance(self, clearance: Clearance, now: Instant) -> None:
        """Count, and note the closest distance."""
        self._count("clearance", clearance.stamp, now.stamp, now.steady)
        if clearance.valid:
            self._closest.append(clearance.closest_distance)

    def on_battery(self, battery: Battery, now: Instant) -> None:
        """Count, and note voltage and charge."""
        self._count("battery", battery.stamp, now.stamp, now.steady)
        self._voltage.append(battery.voltage)
        self._charge.append(battery.charge)

    def on_readings(self, readings: Readings, now: Instant) -> None:
        """Count, and note every reading that is not bad."""
        self._count("readings", readings.stamp, now.stamp, now.steady)
        for reading in readings.readings:
            if reading.quality is not Quality.BAD:
                name = f"readings.{reading.name}"
                self._fields.samples(name, reading.unit).append(reading.value)

    def on_heartbeat(self, beat: Heartbeat, now: Instant) -> None:
        """Count, and note how long the ticks of a node take."""
        self._count("heartbeat", beat.stamp, now.stamp, now.steady)
        if beat.ticks:
            samples = self._fields.samples
            samples(f"heartbeat.{beat.node}.tick_mean", "s").append(beat.tick_mean)
            samples(f"heartbeat.{beat.node}.tick_max", "s").append(beat.tick_max)

    def on_system_state(self, state: SystemState, now: Instant) -> None:
        """Count, and note whose topics are not to be expected now."""
        self._count("system_state", state.stamp, now.stamp, now.steady)
        if state.valid:
            self._at_rest = frozenset(
                node.node for node in state.nodes if node.desired is not Lifecycle.ACTIVE
            )

    def tick(self, now: Instant) -> None:
        """Publish the metrics of the window that ends now."""
        window = to_seconds(now.steady - self._start)
        if window <= 0.0:
            return
        self._traffic.forget(
            topic.name for topic in contract.TOPICS if topic.producer in self._at_rest
        )
        self._complaints = self._traffic.complaints(
            window, self.parameters.lowest_rate_share, now.steady
        )
        series = self._traffic.series() + self._fields.series()
        metrics = self._traffic.rates(window) + statistics_of(series)
        self.publish(contract.METRICS, Metrics(now.stamp, window, tuple(metrics), valid=True))
        self._traffic.start_window()
        self._fields.start_window()
        self._start = now.steady

    def health(self, now: Instant) -> HealthReport:
        """Degraded while topics do not keep what the contract promises, naming them."""
        complaints = list(self._complaints)
        if self._fields.left_out:
            complaints.append(f"{self._fields.left_out} samples left out: too many series")
        if complaints:
            return HealthReport(Health.DEGRADED, "; ".join(complaints))
        return HealthReport(Health.HEALTHY)
