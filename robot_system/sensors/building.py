"""Builds each sensor from its row and the parameters, and tunes it when these change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from robot_system.core.sensing.axes import AxesTuning
from robot_system.core.sensing.battery import BatterySensor
from robot_system.core.sensing.calibration import Calibration
from robot_system.core.sensing.imu import ImuLimits, ImuSensor, ImuTuning
from robot_system.core.sensing.numbers import Limits
from robot_system.core.sensing.quantity import Quantity, Tuning
from robot_system.core.sensing.scalar import ScalarSensor
from robot_system.core.sensing.scan import ScanLimits
from robot_system.core.sensing.scan_sensor import ScanSensor
from robot_system.core.sensing.sensor import Sensor
from robot_system.core.sensing.watch import Expectation, SensorWatch
from robot_system.core.values import Battery, Imu, Scalar, Scan
from robot_system.sensors.parameters import CommonParameters
from robot_system.sensors.table import QuantityRow, SensorRow

NO_LIMIT = 1e9


def build_sensor(row: SensorRow, parameters: CommonParameters) -> Sensor[Any]:
    """Return the sensor of a row, which has measured nothing yet."""
    sensor = _BUILDERS[row.topic.value](row, parameters)
    tune_sensor(row, sensor, parameters)
    return sensor


def tune_sensor(row: SensorRow, sensor: Sensor[Any], parameters: CommonParameters) -> None:
    """Give a sensor the calibrations and filters of the parameters."""
    if isinstance(sensor, ScanSensor):
        scale, offset = parameters.scan_range_scale, parameters.scan_range_offset
        sensor.tune(Calibration(scale, offset), parameters.scan_angle_offset)
    elif isinstance(sensor, ImuSensor):
        sensor.tune(_imu_tuning(parameters))
    elif isinstance(sensor, BatterySensor | ScalarSensor):
        for quantity, its_row in zip(sensor.quantities, row.quantities, strict=True):
            quantity.tune(_tuning(its_row, parameters))


def build_watch(row: SensorRow, parameters: CommonParameters) -> SensorWatch:
    """Return the watch over the messages of a sensor, which expects what the contract says."""
    expectation = Expectation(
        row.topic.rate,
        row.topic.max_age or NO_LIMIT,
        parameters.lowest_rate_share,
        parameters.future_tolerance,
        parameters.heal_time,
        parameters.period,
    )
    return SensorWatch(row.name, expectation)


def _scan(row: SensorRow, parameters: CommonParameters) -> ScanSensor:
    return ScanSensor(
        ScanLimits(
            parameters.scan_suspect_share,
            parameters.scan_bad_share,
            parameters.scan_frozen_repeats,
            parameters.scan_beams,
            parameters.scan_beams_tolerance,
            parameters.scan_angle_tolerance,
        )
    )


def _imu(row: SensorRow, parameters: CommonParameters) -> ImuSensor:
    return ImuSensor(
        ImuLimits(
            parameters.imu_angular_velocity_limit,
            parameters.imu_acceleration_limit,
            parameters.imu_frozen_repeats,
        )
    )


def _battery(row: SensorRow, parameters: CommonParameters) -> BatterySensor:
    voltage, current = row.quantities
    return BatterySensor(_quantity(voltage, parameters), _quantity(current, parameters))


def _number(row: SensorRow, parameters: CommonParameters) -> ScalarSensor:
    (quantity,) = row.quantities
    return ScalarSensor(_quantity(quantity, parameters))


_BUILDERS: dict[type, Callable[[SensorRow, CommonParameters], Sensor[Any]]] = {
    Scan: _scan,
    Imu: _imu,
    Battery: _battery,
    Scalar: _number,
}


def _quantity(row: QuantityRow, parameters: CommonParameters) -> Quantity:
    limits = Limits(*(parameters.of_row(row, end) for end in ("low", "high", "jump")))
    return Quantity(row.words, row.unit, limits, parameters.of_row(row, "frozen_repeats"))


def _tuning(row: QuantityRow, parameters: CommonParameters) -> Tuning:
    scale, offset, filters = (
        parameters.of_row(row, end) for end in ("scale", "offset", "filters")
    )
    return Tuning(Calibration(scale, offset), filters)


def _imu_tuning(parameters: CommonParameters) -> ImuTuning:
    return ImuTuning(
        parameters.imu_yaw_offset,
        _axes(
            parameters.imu_angular_velocity_scales,
            parameters.imu_angular_velocity_offsets,
            parameters.imu_angular_velocity_filters,
        ),
        _axes(
            parameters.imu_acceleration_scales,
            parameters.imu_acceleration_offsets,
            parameters.imu_acceleration_filters,
        ),
    )


def _axes(
    scales: tuple[float, ...], offsets: tuple[float, ...], filters: tuple[str, ...]
) -> AxesTuning:
    return AxesTuning(tuple(map(Calibration, scales, offsets)), filters)
