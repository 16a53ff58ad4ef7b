"""One sensor of the table at work: its watch, its checks and its reading."""

from __future__ import annotations

from typing import Any

from robot_system.core.sensing.sensor import Sensor
from robot_system.core.sensing.verdict import Verdict
from robot_system.core.sensing.watch import SensorWatch
from robot_system.core.time import Instant
from robot_system.core.values import Quality, Reading
from robot_system.sensors.building import build_sensor, build_watch, tune_sensor
from robot_system.sensors.parameters import CommonParameters
from robot_system.sensors.table import SensorRow


class Channel:
    """One sensor of the table at work."""

    def __init__(self, row: SensorRow, parameters: CommonParameters) -> None:
        self.row = row
        self.watch: SensorWatch = build_watch(row, parameters)
        self.sensor: Sensor[Any] = build_sensor(row, parameters)

    def take(self, message: Any, now: Instant) -> tuple[Verdict, Any]:
        """Return the verdict on a message, and what to pass on unless that is bad."""
        watch, sensor = self.watch, self.sensor
        verdict = watch.stamp(message.stamp, now)
        if watch.has_been_silent:
            sensor.start_anew()
        if verdict.quality is not Quality.BAD:
            verdict, message = sensor.step(message)
        watch.judge(verdict, now)
        return verdict, message

    def tune(self, parameters: CommonParameters) -> None:
        """Take the calibrations and filters of these parameters."""
        tune_sensor(self.row, self.sensor, parameters)

    def reading(self, now: Instant) -> Reading:
        """Return the newest value with its quality, and why that is not good."""
        row, watch, value = self.row, self.watch, self.sensor.value
        if not watch.has_arrived:
            return Reading(row.name, value, row.unit)
        quality = watch.standing.quality
        reason = "" if quality is Quality.GOOD else watch.describe(now)
        return Reading(row.name, value, row.unit, quality, reason)
