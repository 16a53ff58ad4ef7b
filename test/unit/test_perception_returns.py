"""Hygiene: whatever the driver sends, only measured points come out."""

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from robot_system.core.geometry import advance
from robot_system.core.perception.returns import ScanReader, problem_of
from robot_system.core.values import Pose, Scan, Twist


def scan_of(ranges, angle_min=-math.pi / 2, increment=None, range_min=0.1, range_max=10.0):
    values = np.array(ranges, np.float32)
    step = math.pi / max(len(values), 1) if increment is None else increment
    return Scan(1, angle_min, step, range_min, range_max, values)


def test_points_are_in_the_base_frame():
    reader = ScanReader(Pose(-0.065, 0.0, math.pi / 2))
    returns = reader.read(scan_of([2.0, 3.0], angle_min=0.0, increment=math.pi / 2))
    assert returns.x == pytest.approx([-0.065, -3.065])
    assert returns.y == pytest.approx([2.0, 0.0])


def test_broken_free_and_measured_beams_are_told_apart():
    ranges = [math.nan, math.inf, -math.inf, 0.05, -1.0, 5.0, 10.0, 11.0]
    returns = ScanReader(Pose()).read(scan_of(ranges))
    assert returns.beams.tolist() == [5]
    assert returns.is_broken.tolist() == [True, False, True, True, True, False, False, False]
    assert returns.valid_share == pytest.approx(0.5)


@given(
    st.lists(st.floats(width=32, allow_nan=True, allow_infinity=True), min_size=2, max_size=60),
    st.floats(-3.0, 3.0),
)
def test_any_ranges_give_finite_points_within_range(ranges, angle_min):
    returns = ScanReader(Pose()).read(scan_of(ranges, angle_min, 0.01))
    distances = np.hypot(returns.x, returns.y)
    assert np.isfinite(distances).all()
    assert ((distances > 0.0999) & (distances < 10.0001)).all()
    assert 0.0 <= returns.valid_share <= 1.0


def test_a_change_of_geometry_is_followed():
    reader = ScanReader(Pose())
    reader.read(scan_of([1.0] * 4))
    returns = reader.read(scan_of([1.0] * 2, angle_min=0.0, increment=math.pi / 2))
    assert returns.x == pytest.approx([1.0, 0.0], abs=1e-9)


@pytest.mark.parametrize(
    ("scan", "problem"),
    [
        (scan_of([]), "no beams"),
        (scan_of([1.0]), "no beams"),
        (scan_of([1.0, 1.0], increment=0.0), "no angle"),
        (scan_of([1.0, 1.0], angle_min=math.nan), "not finite"),
        (scan_of([1.0, 1.0], range_max=math.inf), "not finite"),
        (scan_of([1.0, 1.0], range_min=2.0, range_max=1.0), "no range"),
        (scan_of([1.0] * 100, increment=0.1), "more than one turn"),
        (scan_of([1.0] * 10), ""),
    ],
)
def test_an_unusable_scan_is_named(scan, problem):
    found = problem_of(scan)
    assert problem in found
    assert bool(found) == bool(problem)


def test_points_on_the_robot_itself_are_left_out_and_counted():
    reader = ScanReader(Pose(0.1, 0.0, 0.0), (0.5, 0.4))
    returns = reader.read(scan_of([0.15, 0.12, 3.0, 0.3], angle_min=0.0, increment=math.pi / 2))
    # 0.25 m ahead is the edge, 0.12 m to the left is inside, so is 0.2 m behind.
    assert returns.beams.tolist() == [0, 2, 3]
    assert returns.own == 1


def test_the_order_of_beams_may_be_clockwise():
    returns = ScanReader(Pose()).read(scan_of([1.0, 1.0], angle_min=0.0, increment=-math.pi / 2))
    assert returns.y == pytest.approx([0.0, -1.0])


@pytest.mark.parametrize("twist", [Twist(0.8, 0.0), Twist(0.0, 1.2), Twist(0.5, -0.9)])
def test_the_motion_during_a_scan_is_taken_out(twist):
    """A wall 2 m ahead, seen by a base that drives while the beams go around."""
    count, increment, period = 200, 0.01, 0.0005
    ranges = []
    for beam in range(count):
        seen_from = advance(Pose(), twist.linear, twist.angular, beam * period)
        angle = seen_from.theta - 1.0 + beam * increment
        ranges.append((2.0 - seen_from.x) / math.cos(angle))
    scan = Scan(1, -1.0, increment, 0.1, 10.0, np.array(ranges, np.float32), time_increment=period)
    assert ScanReader(Pose()).read(scan, twist).x == pytest.approx(2.0, abs=1e-4)
    assert np.abs(ScanReader(Pose()).read(scan).x - 2.0).max() > 0.02


@pytest.mark.parametrize("increment", [math.nan, math.inf, 1.0, -1.0])
def test_times_of_beams_that_can_not_be_are_not_used(increment):
    scan = dataclasses.replace(scan_of([2.0] * 10), time_increment=increment)
    moving = ScanReader(Pose()).read(scan, Twist(1.0, 1.0))
    assert moving.x == pytest.approx(ScanReader(Pose()).read(scan_of([2.0] * 10)).x)
