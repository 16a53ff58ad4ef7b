"""Simulated sensors measure what is there, with errors of the stated size."""

from __future__ import annotations

import math

import numpy as np
import pytest

from robot_system.core.values import Pose
from robot_system.sim.raycast import Scene
from robot_system.sim.sensors import (
    GRAVITY,
    BatteryPack,
    Climate,
    InertialUnit,
    Lidar,
    LidarSettings,
)

ROOM = Scene(
    np.zeros((0, 3)),
    np.array([(-4, -4, 4, -4), (4, -4, 4, 4), (4, 4, -4, 4), (-4, 4, -4, -4)], float),
)


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def test_lidar_has_the_shape_that_was_asked_for() -> None:
    scan = Lidar(LidarSettings(), rng()).measure(7, Pose(), ROOM)
    assert len(scan.ranges) == 720
    assert scan.ranges.dtype == np.float32
    assert scan.angles[[0, -1]] == pytest.approx([-0.75 * math.pi, 0.75 * math.pi])
    assert (scan.stamp, scan.frame, scan.scan_time) == (7, "laser", 0.05)


def test_lidar_noise_and_dropouts_have_the_stated_size() -> None:
    noisy = Lidar(LidarSettings(noise=0.02, dropouts=0.01, forward=0.0), rng())
    exact = Lidar(LidarSettings(noise=0.0, dropouts=0.0, forward=0.0), rng())
    truth = exact.measure(0, Pose(), ROOM).ranges
    ranges = np.array([noisy.measure(0, Pose(), ROOM).ranges for _ in range(100)])
    is_lost = np.isinf(ranges)
    assert 0.008 < is_lost.mean() < 0.012
    errors = (ranges - truth)[~is_lost]
    assert abs(errors.mean()) < 0.001
    assert 0.019 < errors.std() < 0.021


def test_lidar_is_behind_the_centre() -> None:
    lidar = Lidar(LidarSettings(noise=0.0, dropouts=0.0, beams=721), rng())
    ahead = lidar.measure(0, Pose(0.0, 0.0, math.pi / 2), ROOM).ranges[360]
    assert ahead == pytest.approx(4.065, abs=1e-5)
    assert lidar.transform(0).pose.x == -0.065


def test_lidar_range_is_limited_at_both_ends() -> None:
    settings = LidarSettings(noise=0.0, dropouts=0.0, range_min=3.95, range_max=5.0, forward=0.0)
    ranges = Lidar(settings, rng()).measure(0, Pose(0.2, 0.0, 0.0), ROOM).ranges
    assert np.isinf(ranges).any()
    assert ranges.min() == pytest.approx(3.95)
    assert ranges[np.isfinite(ranges)].max() <= 5.0


def test_imu_feels_gravity_turn_and_push() -> None:
    imu = InertialUnit(rng())
    felt = [imu.measure(0, 1.0, 2.0, 0.5, 0.3) for _ in range(500)]
    assert np.mean([item.yaw for item in felt]) == pytest.approx(1.0, abs=0.01)
    turn = np.mean([item.angular_velocity for item in felt], axis=0)
    assert turn == pytest.approx([0.0, 0.0, 0.5], abs=0.01)
    force = np.mean([item.linear_acceleration for item in felt], axis=0)
    assert force == pytest.approx([0.3, 1.0, GRAVITY], abs=0.1)
    assert len({item.yaw for item in felt}) > 400


def test_battery_drains_faster_when_driving_and_never_below_empty() -> None:
    standing, driving = BatteryPack(1.0, rng()), BatteryPack(1.0, rng())
    for _ in range(600):
        standing.step(0.0, 0.0, 1.0)
        driving.step(1.5, 0.5, 1.0)
    assert driving.charge < standing.charge < 1.0
    assert driving.measure(0).voltage < standing.measure(0).voltage
    assert driving.measure(0).current < 0.0
    driving.step(1.0, 0.0, 1e6)
    assert driving.charge == 0.0


def test_climate_is_that_of_a_room() -> None:
    temperature, humidity, pressure = Climate(rng()).measure(5, 0)
    assert 20.0 < temperature.value < 24.0
    assert 0.4 < humidity.value < 0.5
    assert 101_000.0 < pressure.value < 101_700.0
    assert temperature.stamp == 5
