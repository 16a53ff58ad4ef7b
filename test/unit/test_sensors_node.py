"""What the sensors node passes on, holds back and tells."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from robot_system import contract
from robot_system.core.time import from_seconds
from robot_system.core.values import (
    Event,
    Health,
    Quality,
    Readings,
    Scan,
)
from robot_system.errors import ParameterError
from robot_system.nodes.sensors import SensorsNode
from robot_system.parameters import fields
from robot_system.sensors.parameters import SensorsParameters
from robot_system.sensors.table import SENSORS as TABLE
from robot_system.testing.sensor_bench import (
    SENSORS,
    START,
    Change,
    SensorBench,
    events_of,
    values_of,
)


def with_ranges(scan: Scan, share: float, value: float) -> Scan:
    ranges = scan.ranges.copy()
    ranges[: round(share * len(ranges))] = value
    return replace(scan, ranges=ranges)


def test_all_is_passed_on_at_the_rates_of_the_contract() -> None:
    bench = SensorBench()
    bench.run(2.0)
    out = bench.run(10.0)
    for topic in (contract.SCAN, contract.IMU, contract.BATTERY, contract.READINGS):
        assert len(values_of(out, topic)) == pytest.approx(10 * topic.rate, abs=1)
    assert events_of(out) == []
    assert bench.node.health(bench.now).health is Health.HEALTHY
    assert {row.name for row, _ in out} <= {row.name for row in SensorsNode.writes}


def test_a_message_is_passed_on_before_the_handler_returns() -> None:
    bench = SensorBench()
    scan = bench.measure("scan")
    bench.node.on_scan_raw(scan, bench.now)
    assert values_of(bench.out, contract.SCAN) == [scan]


def test_readings_tell_value_unit_and_quality_of_every_sensor() -> None:
    bench = SensorBench()
    bench.run(5.0)
    readings = bench.readings()
    assert list(readings) == [row.name for row in TABLE]
    assert all(readings[name].quality is Quality.GOOD for name in SENSORS)
    assert all(readings[name].reason == "" for name in SENSORS)
    assert (readings["scan"].value, readings["scan"].unit) == (1.0, "1")
    assert readings["battery"].value == pytest.approx(24.0, abs=0.1)
    assert readings["temperature"].value == pytest.approx(21.0, abs=0.1)
    assert (readings["pressure"].unit, readings["imu"].unit) == ("Pa", "rad/s")


SCAN_FAULTS: dict[str, Change] = {
    "nan": lambda scan: with_ranges(scan, 1.0, math.nan),
    "half broken": lambda scan: with_ranges(scan, 0.6, math.nan),
    "short": lambda scan: replace(scan, ranges=scan.ranges[:180].copy()),
    "turned": lambda scan: replace(scan, angle_min=scan.angle_min + 0.5),
    "future": lambda scan: replace(scan, stamp=scan.stamp + from_seconds(0.2)),
    "old": lambda scan: replace(scan, stamp=scan.stamp - from_seconds(0.3)),
    "no increment": lambda scan: replace(scan, angle_increment=0.0),
}


@pytest.mark.parametrize("fault", SCAN_FAULTS)
def test_a_bad_scan_is_held_back_told_of_and_healed(fault: str) -> None:
    """S3."""
    bench = SensorBench()
    bench.run(1.0)
    out = bench.run(0.5, {"scan": SCAN_FAULTS[fault]})
    assert values_of(out, contract.SCAN) == []
    assert len(values_of(out, contract.IMU)) == 50
    ((name, detail),) = events_of(out)
    assert name == contract.SENSOR_FAULTY.name
    assert detail.startswith("scan: bad, ")
    report = bench.node.health(bench.now)
    assert report.health is Health.UNHEALTHY
    assert report.reason.startswith("scan bad, ")
    assert bench.readings()["scan"].quality is Quality.BAD
    out = bench.run(0.5)
    assert len(values_of(out, contract.SCAN)) >= 9
    assert [name for name, _ in events_of(out)] == [contract.SENSOR_HEALED.name]
    assert bench.node.health(bench.now).health is Health.HEALTHY


def test_a_frozen_scan_is_held_back_from_its_first_repetition() -> None:
    bench = SensorBench()
    bench.run(1.0)
    held: list[Scan] = []

    def freeze(scan: Scan) -> Scan:
        held.append(scan)
        return replace(scan, ranges=held[0].ranges)

    out = bench.run(0.5, {"scan": freeze})
    assert len(values_of(out, contract.SCAN)) == 1
    assert "same values" in events_of(out)[0][1]


def test_a_suspect_scan_is_passed_on_and_degrades() -> None:
    bench = SensorBench()
    bench.run(1.0)
    out = bench.run(0.5, {"scan": lambda scan: with_ranges(scan, 0.3, math.nan)})
    assert len(values_of(out, contract.SCAN)) == 10
    assert bench.node.health(bench.now).health is Health.DEGRADED
    assert bench.readings()["scan"].quality is Quality.SUSPECT
    assert bench.readings()["scan"].value == pytest.approx(0.7)


@pytest.mark.parametrize("name", SENSORS)
def test_a_dead_sensor_is_named_within_its_greatest_age(name: str) -> None:
    bench = SensorBench()
    bench.run(3.0)
    max_age = SENSORS[name].topic.max_age or 0.0
    # The last message came with the last step; two looks before the age is reached all is well.
    assert events_of(bench.run(max_age - 0.04, silent=[name])) == []
    assert bench.node.health(bench.now).health is Health.HEALTHY
    assert events_of(bench.run(0.04, silent=[name])) == [
        (contract.SENSOR_FAULTY.name, f"{name}: bad, silent")
    ]
    report = bench.node.health(bench.now)
    assert report.health is (Health.UNHEALTHY if name == "scan" else Health.DEGRADED)
    assert report.reason == f"{name} bad, silent, for 0.0 s"
    assert report.blames == f"{name}_raw"
    bench.run(1.1, silent=[name])
    assert bench.node.health(bench.now).reason.startswith(f"{name} bad, silent, for 1")
    assert bench.readings()[name].reason.startswith("silent, for 1")
    assert events_of(bench.run(1.5)) == [(contract.SENSOR_HEALED.name, f"{name}: good again")]


@pytest.mark.parametrize("name", SENSORS)
def test_a_sensor_that_never_speaks_is_named_within_its_greatest_age(name: str) -> None:
    bench = SensorBench()
    max_age = SENSORS[name].topic.max_age or 0.0
    assert events_of(bench.run(max_age - 0.04, silent=[name])) == []
    assert events_of(bench.run(0.04, silent=[name])) == [
        (contract.SENSOR_FAULTY.name, f"{name}: bad, no data")
    ]


def test_the_looks_are_often_enough_for_every_sensor() -> None:
    (period,) = (field for field in fields(SensorsParameters) if field.name == "period")
    for row in TABLE:
        assert row.topic.max_age is not None
        assert row.topic.max_age - (period.high or 0.0) >= 1.0 / row.topic.rate, row.name


def test_the_slow_are_suspect() -> None:
    bench = SensorBench()
    bench.run(1.0)
    bench.step_index += 1
    for _ in range(20):
        bench.step_index += 10
        bench.node.on_scan_raw(bench.measure("scan"), bench.now)
        bench.node.tick(bench.now)
    report = bench.node.health(bench.now)
    assert "scan suspect, 10 Hz instead of 20" in report.reason


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("imu", lambda imu: replace(imu, angular_velocity=(0.0, 0.0, math.nan))),
        ("imu", lambda imu: replace(imu, angular_velocity=(0.0, 0.0, 99.0))),
        ("imu", lambda imu: replace(imu, linear_acceleration=(0.0, -999.0, 9.81))),
        ("imu", lambda imu: replace(imu, yaw=math.inf)),
        ("battery", lambda battery: replace(battery, voltage=math.nan)),
        ("battery", lambda battery: replace(battery, voltage=0.0)),
        ("battery", lambda battery: replace(battery, charge=1.5)),
        ("battery", lambda battery: replace(battery, current=1e6)),
    ],
)
def test_bad_messages_of_other_sensors_are_held_back(name: str, change: Change) -> None:
    bench = SensorBench()
    bench.run(2.0)
    out = bench.run(1.0, {name: change})
    assert values_of(out, contract.topic(name)) == []
    assert len(values_of(out, contract.SCAN)) == 20
    assert events_of(out)[0][1].startswith(f"{name}: bad, ")
    assert bench.node.health(bench.now).health is Health.DEGRADED


def test_a_battery_that_does_not_measure_everything_is_good() -> None:
    bench = SensorBench()
    out = bench.run(3.0, {"battery": lambda one: replace(one, current=math.nan, charge=math.nan)})
    assert len(values_of(out, contract.BATTERY)) == 6
    assert math.isnan(values_of(out, contract.BATTERY)[-1].current)
    assert events_of(out) == []


def test_an_imu_that_repeats_itself_is_frozen() -> None:
    bench = SensorBench()
    bench.run(1.0)
    out = bench.run(1.0, {"imu": lambda imu: replace(imu, angular_velocity=(0.0, 0.0, 0.0))})
    assert len(values_of(out, contract.IMU)) == 20
    assert "same values" in events_of(out)[0][1]


@pytest.mark.parametrize(
    ("value", "quality"),
    [(math.nan, Quality.BAD), (300.0, Quality.BAD), (21.0, Quality.GOOD), (40.0, Quality.SUSPECT)],
)
def test_quality_of_a_scalar(value: float, quality: Quality) -> None:
    bench = SensorBench()
    bench.run(1.0)
    bench.run(0.5, {"temperature": lambda scalar: replace(scalar, value=value)})
    reading = bench.readings()["temperature"]
    assert reading.quality is quality
    assert bool(reading.reason) == (quality is not Quality.GOOD)
    assert reading.value == pytest.approx(21.0, abs=7.0)


def test_a_spike_leaves_no_trace_in_the_reading() -> None:
    bench = SensorBench()
    bench.run(4.0)
    bench.run(0.5, {"temperature": lambda scalar: replace(scalar, value=60.0)})
    assert bench.readings()["temperature"].value == pytest.approx(21.0, abs=0.1)


def test_before_the_first_scan_nothing_is_claimed() -> None:
    bench = SensorBench()
    out = bench.run(0.06, silent=SENSORS)
    assert bench.node.health(bench.now).health is Health.UNKNOWN
    assert events_of(out) == []
    out = bench.run(0.24, silent=SENSORS)
    assert all(one.quality is Quality.BAD for one in bench.readings().values())
    assert ("sensor_faulty", "scan: bad, no data") in events_of(out)
    assert bench.node.health(bench.now).health is Health.UNHEALTHY


def test_a_sensor_that_the_robot_does_not_have_is_not_missed() -> None:
    bench = SensorBench(expected=("scan", "imu"))
    out = bench.run(5.0, silent=["humidity", "pressure", "battery", "temperature"])
    assert events_of(out) == []
    assert bench.node.health(bench.now).health is Health.HEALTHY
    assert bench.readings()["humidity"].reason == "no data"


def test_activation_forgets_what_was_before() -> None:
    bench = SensorBench()
    bench.run(1.0, {"scan": SCAN_FAULTS["nan"], "temperature": lambda s: replace(s, value=60.0)})
    bench.node.deactivate(bench.now)
    bench.step_index += 1000
    bench.node.activate(bench.now)
    assert events_of(bench.run(2.0)) == []
    assert bench.readings()["temperature"].value == pytest.approx(21.0, abs=0.1)


def test_two_runs_are_identical() -> None:
    def outputs() -> list[str]:
        bench = SensorBench()
        bench.run(1.0)
        return [repr(item) for item in bench.run(2.0, {"scan": SCAN_FAULTS["half broken"]})]

    assert outputs() == outputs()


@pytest.mark.parametrize(
    "wrong",
    [
        {"expected": ("scan", "sonar")},
        {"scan_bad_share": 0.9},
        {"imu_acceleration_offsets": (0.0, 0.0)},
        {"temperature_low": 85.0},
        {"imu_acceleration_scales": (1.0, 1.0)},
        {"humidity_filters": ("median size=0",)},
        {"humidity_filters": ("median",) * 9},
        {"imu_angular_velocity_filters": ("mean",)},
    ],
)
def test_parameters_that_do_not_fit_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ParameterError):
        SensorsParameters(**wrong)


def test_readings_and_events_have_the_time_of_now() -> None:
    bench = SensorBench()
    out = bench.run(1.0, silent=["scan"])
    stamps = [value.stamp for _, value in out if isinstance(value, Readings | Event)]
    assert stamps
    assert all(stamp > from_seconds(START) for stamp in stamps)
