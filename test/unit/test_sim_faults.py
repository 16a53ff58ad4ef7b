"""Each fault does to an output what its name says, for as long as it was asked to."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from robot_system.core.values import (
    Battery,
    FaultRequest,
    Imu,
    Odometry,
    Pose,
    Scalar,
    Scan,
    Twist,
)
from robot_system.errors import ConfigurationError
from robot_system.sim.faults import KINDS, MEANINGS, Faults

SECOND = 1_000_000_000


def sample(target: str, stamp: int) -> Any:
    if target == "scan":
        return Scan(stamp, -1.0, 0.02, 0.05, 30.0, np.full(100, 2.0, np.float32))
    if target == "imu":
        return Imu(stamp, 0.1, (0.0, 0.0, 0.2), (0.0, 0.0, 9.8))
    if target == "odom":
        return Odometry(stamp, Pose(1.0, 2.0, 0.3), Twist(0.5, 0.1))
    if target == "battery":
        return Battery(stamp, 28.0, -2.0, 0.9)
    return Scalar(stamp, 21.0)


def numbers(value: Any) -> list[float]:
    if isinstance(value, Scan):
        return [float(number) for number in value.ranges]
    if isinstance(value, Imu):
        return [value.yaw, *value.angular_velocity, *value.linear_acceleration]
    if isinstance(value, Odometry):
        pose, twist = value.pose, value.twist
        return [pose.x, pose.y, pose.theta, twist.linear, twist.angular]
    if isinstance(value, Battery):
        return [value.voltage, value.current, value.charge]
    return [value.value]


def begun(target: str, kind: str, value: float = 0.0, duration: float = 0.0) -> Faults:
    faults = Faults(np.random.default_rng(0))
    faults.request(FaultRequest(0, target, kind, value, duration), 0)
    return faults


SENSORS = [target for target in KINDS if target not in ("wheels", "base")]


@pytest.mark.parametrize("target", SENSORS)
def test_silent(target: str) -> None:
    assert begun(target, "silent").spoil(target, sample(target, 1), 1) == []


@pytest.mark.parametrize("target", SENSORS)
def test_late_keeps_the_stamp_of_the_measurement(target: str) -> None:
    faults = begun(target, "late", 0.25)
    arrived = [
        (now, value.stamp)
        for now in range(0, SECOND, SECOND // 10)
        for value in faults.spoil(target, sample(target, now), now)
    ]
    assert len(arrived) == 7
    assert all(now - stamp == 3 * SECOND // 10 for now, stamp in arrived)


@pytest.mark.parametrize("target", SENSORS)
def test_frozen_repeats_the_data_with_fresh_stamps(target: str) -> None:
    faults = begun(target, "frozen")
    first = faults.spoil(target, sample(target, 1), 1)[0]
    changed = faults.spoil("scan", sample("scan", 1), 1)
    assert changed
    later = begun(target, "noisy", 5.0).spoil(target, sample(target, 2), 2)[0]
    again = faults.spoil(target, later, 2)[0]
    assert numbers(again) == numbers(first)
    assert again.stamp == 2


@pytest.mark.parametrize("target", SENSORS)
def test_noisy_and_nan_change_every_number(target: str) -> None:
    clean = sample(target, 1)
    noisy = begun(target, "noisy", 0.5).spoil(target, clean, 1)[0]
    assert all(a != b for a, b in zip(numbers(noisy), numbers(clean), strict=True))
    broken = begun(target, "nan").spoil(target, clean, 1)[0]
    assert all(math.isnan(number) for number in numbers(broken))
    assert not any(math.isnan(number) for number in numbers(clean))


def test_scan_faults() -> None:
    clean = sample("scan", 1)
    assert len(begun("scan", "short").spoil("scan", clean, 1)[0].ranges) == 50
    assert begun("scan", "wrong_angles").spoil("scan", clean, 1)[0].angle_min == -0.5
    holes = begun("scan", "nan", 0.2).spoil("scan", clean, 1)[0].ranges
    assert 5 < np.isnan(holes).sum() < 40


def test_other_sensors_stay_as_they_are() -> None:
    clean = sample("imu", 1)
    assert begun("scan", "silent").spoil("imu", clean, 1) == [clean]


def test_fault_ends_after_its_duration() -> None:
    faults = begun("scan", "silent", duration=2.0)
    assert faults.expire(2 * SECOND - 1) == ()
    assert faults.expire(2 * SECOND) == ("scan",)
    assert not faults.is_any


def test_empty_kind_heals_one_and_empty_target_all() -> None:
    faults = begun("scan", "silent")
    faults.request(FaultRequest(0, "imu", "nan"), 0)
    faults.request(FaultRequest(0, "odom", "late"), 0)
    assert faults.request(FaultRequest(0, "scan", ""), 0) == ("scan",)
    assert faults.request(FaultRequest(0, "scan", ""), 0) == ()
    assert faults.request(FaultRequest(0, "", ""), 0) == ("imu", "odom")


@pytest.mark.parametrize(
    ("target", "kind", "value"),
    [
        ("sonar", "silent", 0.0),
        ("imu", "short", 0.0),
        ("", "silent", 0.0),
        ("imu", "nan", math.nan),
    ],
)
def test_fault_that_does_not_exist_is_refused(target: str, kind: str, value: float) -> None:
    with pytest.raises(ConfigurationError):
        begun(target, kind, value)


def test_every_kind_is_explained() -> None:
    assert {kind for kinds in KINDS.values() for kind in kinds} == set(MEANINGS)
