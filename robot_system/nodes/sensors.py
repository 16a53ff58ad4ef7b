"""The sensors node: passes on what can be trusted, and says of the rest why not."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from robot_system import contract
from robot_system.component import Component, Publish
from robot_system.contract import Topic
from robot_system.core.sensing.battery import BatterySensor
from robot_system.core.sensing.calibration import Calibration
from robot_system.core.sensing.filters import Cascade, Median, MovingAverage
from robot_system.core.sensing.imu import ImuCalibration, ImuCheck, ImuLimits
from robot_system.core.sensing.numbers import Limits
from robot_system.core.sensing.scalar import ScalarSensor
from robot_system.core.sensing.scan import ScanCheck, ScanLimits, calibrated
from robot_system.core.sensing.watch import Expectation, SensorWatch
from robot_system.core.time import Instant
from robot_system.core.values import (
    Battery,
    Health,
    HealthReport,
    Imu,
    Quality,
    Reading,
    Readings,
    Scalar,
    Scan,
)
from robot_system.errors import ParameterError
from robot_system.parameters import Parameters, parameter

SENSORS: dict[str, tuple[Topic, str]] = {
    "scan": (contract.SCAN_RAW, "1"),
    "imu": (contract.IMU_RAW, "rad/s"),
    "battery": (contract.BATTERY_RAW, "V"),
    "temperature": (contract.TEMPERATURE_RAW, "degC"),
    "humidity": (contract.HUMIDITY_RAW, "1"),
    "pressure": (contract.PRESSURE_RAW, "Pa"),
}
"""Each sensor's topic, and the unit of the number that its reading shows.

For the scan that is the share of valid beams, for the IMU the turn rate, for the battery the
voltage.
"""

NO_OFFSETS = (0.0, 0.0, 0.0)
NO_LIMIT = 1e9


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorsParameters(Parameters):
    """Parameters of the sensors node."""

    period: float = parameter(
        0.05, "Time between two looks for silent sensors", unit="s", low=0.01, high=0.1
    )
    expected: tuple[str, ...] = parameter(
        tuple(SENSORS), "Sensors that this robot has: others are not missed"
    )
    lowest_rate_share: float = parameter(
        0.7, "Share of the contract's rate below which a sensor is slow", low=0.0, high=1.0
    )
    future_tolerance: float = parameter(
        0.05, "How far a stamp may lie in the future", unit="s", low=0.0, high=1.0
    )
    heal_time: float = parameter(
        0.2, "How long a sensor must be without fault to be trusted again", unit="s", low=0.0,
        high=10.0,
    )  # fmt: skip

    scan_suspect_share: float = parameter(
        0.8, "Share of valid beams below which a scan is suspect", low=0.0, high=1.0
    )
    scan_bad_share: float = parameter(
        0.5, "Share of valid beams below which a scan is not passed on", low=0.0, high=1.0
    )
    scan_frozen_repeats: int = parameter(
        1, "Repetitions of identical ranges after which the LiDAR is frozen", low=1, high=100
    )
    scan_beams: int = parameter(
        0, "Number of beams of the LiDAR, 0 to take that of the first scan", low=0, high=100_000
    )
    scan_beams_tolerance: float = parameter(
        0.02, "Share by which the number of beams may differ", low=0.0, high=1.0
    )
    scan_angle_tolerance: float = parameter(
        0.05, "How far the angle of the first beam may wander", unit="rad", low=0.0, high=7.0
    )
    scan_range_scale: float = parameter(
        1.0, "Correction of each range, factor", low=0.5, high=2.0, live=True
    )
    scan_range_offset: float = parameter(
        0.0, "Correction of each range, added", unit="m", low=-0.5, high=0.5, live=True
    )
    scan_angle_offset: float = parameter(
        0.0, "Correction of the mounting angle", unit="rad", low=-math.pi, high=math.pi, live=True
    )

    imu_angular_velocity_limit: float = parameter(
        35.0, "Largest believable turn rate about an axis", unit="rad/s", low=0.1, high=1000.0
    )
    imu_acceleration_limit: float = parameter(
        160.0, "Largest believable acceleration along an axis", unit="m/s2", low=1.0, high=10000.0
    )
    imu_frozen_repeats: int = parameter(
        20, "Repetitions of identical numbers after which the IMU is frozen", low=1, high=1000
    )
    imu_yaw_offset: float = parameter(
        0.0, "Correction of the heading", unit="rad", low=-math.pi, high=math.pi, live=True
    )
    imu_angular_velocity_offsets: tuple[float, ...] = parameter(
        NO_OFFSETS, "Correction of the turn rates about x, y and z", unit="rad/s", low=-1.0,
        high=1.0, live=True,
    )  # fmt: skip
    imu_acceleration_offsets: tuple[float, ...] = parameter(
        NO_OFFSETS, "Correction of the accelerations along x, y and z", unit="m/s2", low=-5.0,
        high=5.0, live=True,
    )  # fmt: skip

    median_size: int = parameter(
        3, "Values in the median filter of the slow sensors", low=1, high=101
    )
    average_size: int = parameter(
        4, "Values in the moving average of the slow sensors", low=1, high=101
    )
    battery_voltage_low: float = parameter(
        5.0, "Least believable voltage", unit="V", low=0.0, high=1000.0
    )
    battery_voltage_high: float = parameter(
        60.0, "Largest believable voltage", unit="V", low=0.0, high=1000.0
    )
    battery_voltage_jump: float = parameter(
        6.0, "Change between two voltages that is suspect", unit="V", low=0.0, high=1000.0
    )
    battery_voltage_scale: float = parameter(
        1.0, "Correction of the voltage, factor", low=0.5, high=2.0, live=True
    )
    battery_voltage_offset: float = parameter(
        0.0, "Correction of the voltage, added", unit="V", low=-5.0, high=5.0, live=True
    )
    battery_current_limit: float = parameter(
        500.0, "Largest believable current, in or out", unit="A", low=0.1, high=10000.0
    )
    temperature_low: float = parameter(
        -40.0, "Least believable temperature", unit="degC", low=-273.15, high=1000.0
    )
    temperature_high: float = parameter(
        85.0, "Largest believable temperature", unit="degC", low=-273.15, high=1000.0
    )
    temperature_jump: float = parameter(
        5.0, "Change between two temperatures that is suspect", unit="K", low=0.0, high=1000.0
    )
    temperature_offset: float = parameter(
        0.0, "Correction of the temperature, added", unit="K", low=-50.0, high=50.0, live=True
    )
    humidity_jump: float = parameter(
        0.3, "Change between two humidities that is suspect", low=0.0, high=1.0
    )
    humidity_offset: float = parameter(
        0.0, "Correction of the humidity, added", low=-0.5, high=0.5, live=True
    )
    pressure_low: float = parameter(
        30_000.0, "Least believable air pressure", unit="Pa", low=0.0, high=1e7
    )
    pressure_high: float = parameter(
        110_000.0, "Largest believable air pressure", unit="Pa", low=0.0, high=1e7
    )
    pressure_jump: float = parameter(
        1_000.0, "Change between two air pressures that is suspect", unit="Pa", low=0.0, high=1e6
    )
    pressure_offset: float = parameter(
        0.0, "Correction of the air pressure, added", unit="Pa", low=-10_000.0, high=10_000.0,
        live=True,
    )  # fmt: skip

    def check(self) -> None:
        """Raise ParameterError where values do not fit each other."""
        for name in self.expected:
            if name not in SENSORS:
                raise ParameterError(
                    "expected", name, f"is no sensor; sensors are {', '.join(SENSORS)}"
                )
        if self.scan_bad_share > self.scan_suspect_share:
            raise ParameterError(
                "scan_bad_share", self.scan_bad_share, "must not exceed scan_suspect_share"
            )
        for name in ("imu_angular_velocity_offsets", "imu_acceleration_offsets"):
            if len(getattr(self, name)) != 3:
                raise ParameterError(name, getattr(self, name), "must be three numbers")
        for name in ("battery_voltage", "temperature", "pressure"):
            if getattr(self, f"{name}_low") >= getattr(self, f"{name}_high"):
                raise ParameterError(
                    f"{name}_low", getattr(self, f"{name}_low"), f"must be below {name}_high"
                )


class SensorsNode(Component[SensorsParameters]):
    """Passes each good or suspect message on at once, calibrated; a bad one it holds back.

    So a consumer needs no other check than that of age: what can not be trusted goes stale.
    """

    name: ClassVar[str] = "sensors"
    parameters_type: ClassVar[type[Parameters]] = SensorsParameters
    reads: ClassVar[tuple[Topic, ...]] = tuple(topic for topic, _ in SENSORS.values())
    writes: ClassVar[tuple[Topic, ...]] = (
        contract.SCAN,
        contract.IMU,
        contract.BATTERY,
        contract.READINGS,
        contract.EVENTS,
    )

    def __init__(self, parameters: SensorsParameters, publish: Publish) -> None:
        super().__init__(parameters, publish)
        self._build()

    def _build(self) -> None:
        parameters = self.parameters
        self._ticks = 0
        self._ticks_per_readings = max(round(1 / (contract.READINGS.rate * self.period)), 1)
        self._valid_share = self._turn_rate = math.nan
        self._watches = {
            name: SensorWatch(
                name,
                Expectation(
                    topic.rate,
                    topic.max_age or NO_LIMIT,
                    parameters.lowest_rate_share,
                    parameters.future_tolerance,
                    parameters.heal_time,
                ),
            )
            for name, (topic, _) in SENSORS.items()
        }
        self._scan_watch, self._imu_watch = self._watches["scan"], self._watches["imu"]
        self._scan = ScanCheck(
            ScanLimits(
                parameters.scan_suspect_share,
                parameters.scan_bad_share,
                parameters.scan_frozen_repeats,
                parameters.scan_beams,
                parameters.scan_beams_tolerance,
                parameters.scan_angle_tolerance,
            )
        )
        self._imu = ImuCheck(
            ImuLimits(
                parameters.imu_angular_velocity_limit,
                parameters.imu_acceleration_limit,
                parameters.imu_frozen_repeats,
            )
        )
        self._build_scalars()
        self._calibrate()

    def _build_scalars(self) -> None:
        parameters = self.parameters
        voltage = Limits(
            parameters.battery_voltage_low,
            parameters.battery_voltage_high,
            parameters.battery_voltage_jump,
        )
        current = Limits(-parameters.battery_current_limit, parameters.battery_current_limit)
        temperature = Limits(
            parameters.temperature_low, parameters.temperature_high, parameters.temperature_jump
        )
        humidity = Limits(0.0, 1.0, parameters.humidity_jump)
        pressure = Limits(
            parameters.pressure_low, parameters.pressure_high, parameters.pressure_jump
        )
        self._battery = BatterySensor(
            self._scalar("voltage", "V", voltage), self._scalar("current", "A", current)
        )
        self._scalars = {
            "temperature": self._scalar("temperature", "degC", temperature),
            "humidity": self._scalar("humidity", "", humidity),
            "pressure": self._scalar("pressure", "Pa", pressure),
        }

    def _scalar(self, name: str, unit: str, limits: Limits) -> ScalarSensor:
        smooth = Cascade(
            Median(self.parameters.median_size), MovingAverage(self.parameters.average_size)
        )
        return ScalarSensor(name, unit, limits, Calibration(), smooth)

    def _calibrate(self) -> None:
        parameters = self.parameters
        self._scan_calibration = Calibration(
            parameters.scan_range_scale, parameters.scan_range_offset
        )
        self._imu_calibration = ImuCalibration(
            parameters.imu_yaw_offset,
            _vector(parameters.imu_angular_velocity_offsets),
            _vector(parameters.imu_acceleration_offsets),
        )
        self._angle_offset = parameters.scan_angle_offset
        self._is_imu_exact = self._imu_calibration.is_neutral
        self._battery.voltage.calibration = Calibration(
            parameters.battery_voltage_scale, parameters.battery_voltage_offset
        )
        offsets = {
            "temperature": parameters.temperature_offset,
            "humidity": parameters.humidity_offset,
            "pressure": parameters.pressure_offset,
        }
        for name, offset in offsets.items():
            self._scalars[name].calibration = Calibration(offset=offset)

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
        for watch in self._watches.values():
            watch.reset(now)

    def change_parameters(self, parameters: SensorsParameters) -> None:
        """Take new calibrations."""
        super().change_parameters(parameters)
        self._calibrate()

    def on_scan_raw(self, scan: Scan, now: Instant) -> None:
        """Pass a scan on, unless it is bad."""
        watch = self._scan_watch
        verdict = watch.stamp(scan.stamp, now)
        if verdict.quality is Quality.BAD:
            watch.judge(verdict, now)
            return
        report = self._scan.step(scan)
        watch.judge(report.verdict, now)
        self._valid_share = report.valid_share
        if report.scan is not None and report.verdict.quality is not Quality.BAD:
            self.publish(
                contract.SCAN,
                calibrated(report.scan, self._scan_calibration, self._angle_offset),
            )

    def on_imu_raw(self, imu: Imu, now: Instant) -> None:
        """Pass a measurement of the IMU on, unless it is bad."""
        watch = self._imu_watch
        verdict = watch.stamp(imu.stamp, now)
        if verdict.quality is not Quality.BAD:
            verdict = self._imu.step(imu)
        watch.judge(verdict, now)
        if verdict.quality is Quality.BAD:
            return
        if not self._is_imu_exact:
            imu = self._imu_calibration.apply(imu)
        self._turn_rate = imu.angular_velocity[2]
        self.publish(contract.IMU, imu)

    def on_battery_raw(self, battery: Battery, now: Instant) -> None:
        """Pass the state of the battery on, unless it is bad."""
        watch = self._watches["battery"]
        verdict = watch.stamp(battery.stamp, now)
        if verdict.quality is not Quality.BAD:
            verdict, battery = self._battery.step(battery)
        watch.judge(verdict, now)
        if verdict.quality is not Quality.BAD:
            self.publish(contract.BATTERY, battery)

    def on_temperature_raw(self, temperature: Scalar, now: Instant) -> None:
        """Take a temperature."""
        self._take_scalar("temperature", temperature, now)

    def on_humidity_raw(self, humidity: Scalar, now: Instant) -> None:
        """Take a humidity."""
        self._take_scalar("humidity", humidity, now)

    def on_pressure_raw(self, pressure: Scalar, now: Instant) -> None:
        """Take an air pressure."""
        self._take_scalar("pressure", pressure, now)

    def tick(self, now: Instant) -> None:
        """Look for silent sensors, tell of changes, publish the readings."""
        for watch in self._watches.values():
            standing = watch.look(now)
            if self._is_missed(watch) and watch.has_changed():
                self._tell(watch, standing.quality, now)
        self._ticks += 1
        if self._ticks >= self._ticks_per_readings:
            self._ticks = 0
            self.publish(contract.READINGS, self._readings(now))

    def health(self, now: Instant) -> HealthReport:
        """Unhealthy without a scan to be trusted, degraded when another sensor is not well."""
        if self._scan_watch.is_waiting(now):
            return HealthReport(Health.UNKNOWN, "waiting for the first scan")
        faulty = [
            watch
            for watch in self._watches.values()
            if watch.standing.quality is not Quality.GOOD and self._is_missed(watch)
        ]
        if not faulty:
            return HealthReport(Health.HEALTHY)
        is_blind = self._scan_watch.standing.quality is Quality.BAD
        return HealthReport(
            Health.UNHEALTHY if is_blind else Health.DEGRADED,
            "; ".join(f"{watch.name} {_words(watch, now)}" for watch in faulty),
            blames=f"{(self._scan_watch if is_blind else faulty[0]).name}_raw",
        )

    def _take_scalar(self, name: str, scalar: Scalar, now: Instant) -> None:
        watch = self._watches[name]
        verdict = watch.stamp(scalar.stamp, now)
        if verdict.quality is not Quality.BAD:
            verdict = self._scalars[name].step(scalar.value)
        watch.judge(verdict, now)

    def _is_missed(self, watch: SensorWatch) -> bool:
        return watch.has_arrived or watch.name in self.parameters.expected

    def _tell(self, watch: SensorWatch, quality: Quality, now: Instant) -> None:
        if quality is Quality.GOOD:
            self.event(contract.SENSOR_HEALED, now, f"{watch.name}: good again")
        else:
            words = f"{quality.name.lower()}, {watch.standing.reason}"
            self.event(contract.SENSOR_FAULTY, now, f"{watch.name}: {words}")

    def _readings(self, now: Instant) -> Readings:
        values = {
            "scan": self._valid_share,
            "imu": self._turn_rate,
            "battery": self._battery.voltage.value,
            **{name: scalar.value for name, scalar in self._scalars.items()},
        }
        readings = tuple(
            self._reading(watch, values[watch.name], now) for watch in self._watches.values()
        )
        return Readings(now.stamp, readings, valid=True)

    def _reading(self, watch: SensorWatch, value: float, now: Instant) -> Reading:
        unit = SENSORS[watch.name][1]
        if not watch.has_arrived:
            return Reading(watch.name, value, unit)
        quality = watch.standing.quality
        reason = "" if quality is Quality.GOOD else watch.describe(now)
        return Reading(watch.name, value, unit, quality, reason)


def _words(watch: SensorWatch, now: Instant) -> str:
    return f"{watch.standing.quality.name.lower()}, {watch.describe(now)}"


def _vector(numbers: tuple[float, ...]) -> tuple[float, float, float]:
    x, y, z = numbers
    return x, y, z
