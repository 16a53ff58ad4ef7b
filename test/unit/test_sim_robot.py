"""The base follows commands within its limits, and the odometry drifts only a little."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from robot_system.core.values import Pose, Twist
from robot_system.sim.geometry import along_arc
from robot_system.sim.odometry import WheelOdometry
from robot_system.sim.robot import Base, BaseSettings, WheelsStuck

STEP = 10_000_000


def base(**settings: float) -> Base:
    return Base(BaseSettings(noise=0.0, **settings), np.random.default_rng(0))


def run(moved: Base, twist: Twist, begin: int, seconds: float) -> list[tuple[float, float]]:
    speeds = []
    for step in range(round(seconds * 100)):
        now = (begin + step) * STEP
        moved.command(twist, now)
        moved.step(now, 0.01)
        speeds.append((moved.linear, moved.angular))
    return speeds


@given(
    theta=st.floats(-3.0, 3.0),
    linear=st.floats(-2.0, 2.0),
    angular=st.floats(-4.0, 4.0),
)
def test_arc_is_the_limit_of_many_small_steps(theta: float, linear: float, angular: float) -> None:
    whole = along_arc(Pose(1.0, 2.0, theta), linear, angular, 0.5)
    pose = Pose(1.0, 2.0, theta)
    for _ in range(50):
        pose = along_arc(pose, linear, angular, 0.01)
    assert math.dist((whole.x, whole.y), (pose.x, pose.y)) < 1e-6
    assert math.cos(whole.theta - pose.theta) > 1.0 - 1e-9


def test_speeds_change_no_faster_than_the_limits() -> None:
    moved = base(acceleration=4.0, angular_acceleration=8.0)
    speeds = np.array([(0.0, 0.0), *run(moved, Twist(9.0, -9.0), 0, 1.5)])
    assert np.abs(np.diff(speeds[:, 0])).max() <= 0.04 + 1e-9
    assert np.abs(np.diff(speeds[:, 1])).max() <= 0.08 + 1e-9
    assert speeds[-1] == pytest.approx((2.0, -4.0))


def test_command_takes_effect_after_the_delay() -> None:
    speeds = run(base(delay=0.03), Twist(1.0), 0, 0.1)
    assert [linear > 0.0 for linear, _ in speeds[:5]] == [False, False, False, True, True]


def test_base_brakes_when_commands_stop() -> None:
    moved = base()
    run(moved, Twist(1.0, 1.0), 0, 1.0)
    for step in range(100, 111):
        moved.step(step * STEP, 0.01)
    assert 0.8 < moved.linear <= 1.0
    for step in range(111, 145):
        moved.step(step * STEP, 0.01)
    assert (moved.linear, moved.angular) == (0.0, 0.0)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_command_that_is_not_finite_stops(bad: float) -> None:
    moved = base()
    run(moved, Twist(1.0), 0, 1.0)
    run(moved, Twist(bad, 0.0), 100, 1.0)
    assert moved.linear == 0.0


def test_stuck_wheel_makes_the_base_turn() -> None:
    moved = base()
    moved.stuck = WheelsStuck(left=True)
    run(moved, Twist(1.0), 0, 1.0)
    assert moved.linear > 0.1
    assert moved.angular == pytest.approx(2.0 * moved.linear / 0.376)
    moved.stuck = WheelsStuck(left=True, right=True)
    run(moved, Twist(1.0), 100, 0.1)
    assert (moved.linear, moved.angular) == (0.0, 0.0)


def test_base_that_ignores_commands_brakes() -> None:
    moved = base()
    run(moved, Twist(1.0), 0, 1.0)
    moved.is_ignoring_commands = True
    run(moved, Twist(1.0), 100, 1.0)
    assert moved.linear == 0.0


@pytest.mark.parametrize("seed", range(10))
def test_odometry_drifts_by_less_than_one_percent(seed: int) -> None:
    rng = np.random.default_rng(seed)
    pose = Pose()
    odometry = WheelOdometry(pose, 1.0, rng)
    way = 0.0
    for _ in range(40):
        linear, angular = float(rng.uniform(0.2, 1.5)), float(rng.uniform(-1.0, 1.0))
        for _ in range(100):
            pose = along_arc(pose, linear, angular, 0.01)
            odometry.step(linear, angular, 0.01)
            way += linear * 0.01
    error = math.dist((pose.x, pose.y), (odometry.pose.x, odometry.pose.y))
    assert 0.0 < error < 0.01 * way


def test_odometry_without_drift_is_exact() -> None:
    odometry = WheelOdometry(Pose(1.0, 2.0, 0.5), 0.0, np.random.default_rng(0))
    for _ in range(100):
        odometry.step(1.0, 0.3, 0.01)
    exact = along_arc(Pose(1.0, 2.0, 0.5), 1.0, 0.3, 1.0)
    assert math.dist((exact.x, exact.y), (odometry.pose.x, odometry.pose.y)) < 1e-9
