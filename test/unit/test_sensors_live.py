"""Calibrations and filters of the sensors, while the node runs."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from robot_system import contract
from robot_system.core.values import Quality
from robot_system.testing.sensor_bench import SensorBench, events_of, values_of


def test_calibrations_are_live() -> None:
    bench = SensorBench()
    bench.run(1.0)
    changes = {
        "scan_range_offset": 0.5,
        "scan_angle_offset": 0.1,
        "imu_yaw_offset": 3.0,
        "imu_angular_velocity_offsets": (0.0, 0.0, 1.0),
        "battery_voltage_scale": 1.1,
        "temperature_offset": -2.0,
    }
    bench.change(**changes)
    bench.run(0.1)
    scan = values_of(bench.out, contract.SCAN)[-1]
    assert scan.angle_min == pytest.approx(-math.pi + 0.1)
    assert scan.ranges.min() >= 1.5
    imu = values_of(bench.out, contract.IMU)[-1]
    assert imu.yaw == pytest.approx(3.5 - math.tau)
    assert imu.angular_velocity[2] == pytest.approx(1.0, abs=0.1)
    bench.run(8.0)
    assert bench.readings()["battery"].value == pytest.approx(26.4, abs=0.1)
    assert bench.readings()["temperature"].value == pytest.approx(19.0, abs=0.1)


def test_filters_are_live() -> None:
    bench = SensorBench(temperature_filters=("exponential time_constant=1000",))
    bench.run(2.0)
    bench.run(2.0, {"temperature": lambda one: replace(one, value=24.0)})
    assert bench.readings()["temperature"].value == pytest.approx(21.0, abs=0.1)
    bench.change(temperature_filters=("none",))
    bench.run(1.0, {"temperature": lambda one: replace(one, value=24.0)})
    assert bench.readings()["temperature"].value == 24.0


def test_a_change_of_one_sensor_leaves_what_others_gathered() -> None:
    bench = SensorBench(humidity_filters=("kalman noise=1 drift=0",))
    bench.run(2.0)
    bench.change(temperature_filters=("median size=5",), temperature_offset=1.0)
    bench.run(1.0, {"humidity": lambda one: replace(one, value=0.6)})
    # The mean of all six values since the start, two of them after the change.
    assert bench.readings()["humidity"].value == pytest.approx((4 * 0.4 + 2 * 0.6) / 6, abs=0.01)


def test_a_new_calibration_is_no_jump_and_shows_at_once() -> None:
    bench = SensorBench()
    bench.run(4.0)
    bench.change(temperature_offset=20.0, pressure_scale=0.9)
    assert bench.readings()["temperature"].value == pytest.approx(21.0, abs=0.1)
    assert events_of(bench.run(0.6)) == []
    readings = bench.readings()
    assert readings["temperature"].value == pytest.approx(41.0, abs=0.1)
    assert readings["pressure"].value == pytest.approx(0.9 * 101_000.0)


def test_the_axes_of_the_imu_are_scaled_and_filtered_each_by_itself() -> None:
    bench = SensorBench(
        imu_acceleration_filters=("average size=2",),
        imu_angular_velocity_scales=(1.0, 1.0, 2.0),
    )
    bench.run(1.0)
    values = iter((1.0, 2.0, 4.0))
    out = bench.run(
        0.03,
        {"imu": lambda one: replace(
            one, linear_acceleration=(next(values), 5.0, 9.81), angular_velocity=(0.1, 0.0, 0.3)
        )},
    )  # fmt: skip
    found = values_of(out, contract.IMU)
    assert [one.linear_acceleration for one in found] == [
        pytest.approx((0.5, 2.5, 9.81)),
        pytest.approx((1.5, 5.0, 9.81)),
        pytest.approx((3.0, 5.0, 9.81)),
    ]
    assert [one.angular_velocity for one in found] == [(0.1, 0.0, 0.6)] * 3


def test_an_outlier_is_named_in_the_reading_and_leaves_no_trace() -> None:
    bench = SensorBench(pressure_filters=("outlier size=7 threshold=5 least=1",))
    bench.run(4.0)
    bench.run(0.5, {"pressure": lambda one: replace(one, value=101_500.0)})
    reading = bench.readings()["pressure"]
    assert reading.quality is Quality.SUSPECT
    assert reading.reason.startswith("air pressure 101500 is an outlier, 101000 is used")
    assert reading.value == pytest.approx(101_000.0, abs=1.0)
    bench.run(1.0)
    assert bench.readings()["pressure"].quality is Quality.GOOD


def test_after_a_silence_a_number_is_compared_with_none_before() -> None:
    bench = SensorBench()
    bench.run(4.0)
    bench.run(3.0, silent=["temperature"])
    bench.run(2.0, {"temperature": lambda one: replace(one, value=60.0)})
    reading = bench.readings()["temperature"]
    assert (reading.value, reading.quality) == (60.0, Quality.GOOD)


def test_a_number_that_repeats_itself_is_frozen_where_that_is_asked_for() -> None:
    same = {"temperature": lambda one: replace(one, value=21.0)}
    assert events_of(SensorBench().run(10.0, same)) == []
    ((_, detail),) = events_of(SensorBench(temperature_frozen_repeats=5).run(4.0, same))
    assert detail == "temperature: bad, the same values over and over"
