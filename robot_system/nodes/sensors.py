"""The sensors node: passes on what can be trusted, and says of the rest why not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from robot_system import contract
from robot_system.component import Component, Publish
from robot_system.contract import Topic
from robot_system.core.sensing.scan_sensor import ScanSensor
from robot_system.core.sensing.watch import SensorWatch
from robot_system.core.time import Instant
from robot_system.core.values import Health, HealthReport, Quality, Readings
from robot_system.form_file import FormFile
from robot_system.parameters import Parameters
from robot_system.sensors.channel import Channel
from robot_system.sensors.parameters import CommonParameters, SensorsParameters
from robot_system.sensors.table import SENSORS

NEEDED = "scan"
"""Without this sensor the node is unhealthy; without another one it is degraded."""


class SensorsNode(Component[CommonParameters]):
    """Passes each good or suspect message on at once, calibrated; a bad one it holds back.

    So a consumer needs no other check than that of age: what can not be trusted goes stale.
    It has a handler for each row of the table of sensors, made below.
    """

    name: ClassVar[str] = "sensors"
    parameters_type: ClassVar[type[Parameters]] = SensorsParameters
    reads: ClassVar[tuple[Topic, ...]] = tuple(row.topic for row in SENSORS)
    writes: ClassVar[tuple[Topic, ...]] = (
        *(row.output for row in SENSORS if row.output is not None),
        contract.READINGS,
        contract.EVENTS,
    )

    def __init__(self, parameters: CommonParameters, publish: Publish) -> None:
        super().__init__(parameters, publish)
        self._build()

    def _build(self) -> None:
        self._ticks = 0
        self._ticks_per_readings = max(round(1 / (contract.READINGS.rate * self.period)), 1)
        self._channels = {row.name: Channel(row, self.parameters) for row in SENSORS}

    @property
    def period(self) -> float:
        """Return the seconds between two looks for silent sensors."""
        return self.parameters.period

    def configure(self) -> None:
        """Build the checks and filters."""
        self._build()

    def activate(self, now: Instant) -> None:
        """Start from a clean state."""
        self._build()
        self._form_file = FormFile(self.parameters.scan_form_file)
        self._scans.expect(self._form_file.read())
        for channel in self._channels.values():
            channel.watch.reset(now)

    def change_parameters(self, parameters: CommonParameters) -> None:
        """Take new calibrations and filters."""
        super().change_parameters(parameters)
        for channel in self._channels.values():
            channel.tune(parameters)

    def tick(self, now: Instant) -> None:
        """Look for silent sensors, tell of changes, publish the readings."""
        for channel in self._channels.values():
            watch = channel.watch
            watch.look(now)
            if self._is_missed(watch) and watch.has_changed():
                self._tell(watch, now)
        self._form_file.keep(self._scans.form)
        self._ticks += 1
        if self._ticks >= self._ticks_per_readings:
            self._ticks = 0
            readings = tuple(channel.reading(now) for channel in self._channels.values())
            self.publish(contract.READINGS, Readings(now.stamp, readings, valid=True))

    def health(self, now: Instant) -> HealthReport:
        """Unhealthy without a scan to be trusted, degraded when another sensor is not well."""
        needed = self._channels[NEEDED].watch
        if needed.is_waiting(now):
            return HealthReport(Health.UNKNOWN, f"waiting for the first {NEEDED}")
        watches = (channel.watch for channel in self._channels.values())
        faulty = [
            watch
            for watch in watches
            if watch.standing.quality is not Quality.GOOD and self._is_missed(watch)
        ]
        if not faulty:
            return HealthReport(Health.HEALTHY)
        is_blind = needed.standing.quality is Quality.BAD
        return HealthReport(
            Health.UNHEALTHY if is_blind else Health.DEGRADED,
            "; ".join(_words(watch, now) for watch in faulty),
            blames=self._channels[NEEDED if is_blind else faulty[0].name].row.topic.name,
        )

    @property
    def _scans(self) -> ScanSensor:
        sensor = self._channels[NEEDED].sensor
        assert isinstance(sensor, ScanSensor)
        return sensor

    def _is_missed(self, watch: SensorWatch) -> bool:
        return watch.has_arrived or watch.name in self.parameters.expected

    def _tell(self, watch: SensorWatch, now: Instant) -> None:
        standing = watch.standing
        if standing.quality is Quality.GOOD:
            self.event(contract.SENSOR_HEALED, now, f"{watch.name}: good again")
        else:
            words = f"{standing.quality.name.lower()}, {standing.reason}"
            self.event(contract.SENSOR_FAULTY, now, f"{watch.name}: {words}")


def _words(watch: SensorWatch, now: Instant) -> str:
    return f"{watch.name} {watch.standing.quality.name.lower()}, {watch.describe(now)}"


def _handler(name: str) -> Callable[[SensorsNode, Any, Instant], None]:
    def take(node: SensorsNode, message: Any, now: Instant) -> None:
        channel = node._channels[name]
        verdict, message = channel.take(message, now)
        output = channel.row.output
        if output is not None and verdict.quality is not Quality.BAD:
            node.publish(output, message)

    take.__doc__ = f"Take a message of the sensor {name}, and pass it on unless it is bad."
    return take


for _row in SENSORS:
    setattr(SensorsNode, _row.topic.handler, _handler(_row.name))
