"""Clearance per sector: unknown is never free."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from robot_system.core.perception.clearance import ClearanceMeter, safety_score
from robot_system.core.perception.collision import Outline
from robot_system.core.perception.returns import ScanReader
from robot_system.core.values import Pose, Scan, Twist

OUTLINE = Outline(0.5, 0.4)


def measure(ranges, angle_min=-math.pi, turn=2.0 * math.pi, mount=None, sectors=8, **more):
    values = np.array(ranges, np.float32)
    scan = Scan(7, angle_min, turn / len(values), 0.1, 10.0, values)
    reader = ScanReader(mount or Pose())
    returns = reader.read(scan)
    return ClearanceMeter(sectors, OUTLINE).measure(7, returns, reader.directions, **more)


def test_the_closest_return_of_each_sector_counts():
    ranges = np.full(80, 5.0)
    ranges[45] = 2.0
    clearance = measure(ranges)
    assert clearance.valid
    assert clearance.distances == pytest.approx([5.0, 5.0, 5.0, 5.0, 2.0, 5.0, 5.0, 5.0])
    assert clearance.closest_distance == pytest.approx(2.0)
    assert clearance.closest_angle == pytest.approx(-math.pi + 45 * 2.0 * math.pi / 80)


def test_what_is_not_looked_at_is_not_free():
    clearance = measure(np.full(80, np.inf), angle_min=-math.pi / 2, turn=math.pi)
    assert clearance.distances.tolist() == [0.0, 0.0, 10.0, 10.0, 10.0, 10.0, 0.0, 0.0]


def test_broken_beams_leave_their_sector_unknown():
    ranges = np.full(80, np.inf)
    ranges[40:50] = np.nan
    clearance = measure(ranges)
    assert clearance.distances[4] == 0.0
    assert clearance.distances[3] == 10.0
    assert clearance.valid_share == pytest.approx(70 / 80)


def test_distances_are_from_the_base_not_from_the_sensor():
    clearance = measure([4.0, 4.0, 4.0, 4.0], mount=Pose(-0.5, 0.0, 0.0), sectors=4)
    assert clearance.closest_distance == pytest.approx(3.5)
    assert clearance.closest_angle == pytest.approx(0.0, abs=1e-6)


@given(st.lists(st.floats(0.0, 20.0), min_size=8, max_size=200), st.integers(4, 90))
def test_no_sector_is_farther_than_its_closest_point(ranges, sectors):
    clearance = measure(ranges, mount=Pose(0.2, -0.1, 0.4), sectors=sectors)
    assert (clearance.distances >= 0.0).all()
    assert (clearance.distances <= 10.0 + 0.5).all()
    seen = clearance.distances[clearance.distances > 0.0]
    if any(0.1 <= distance < 10.0 for distance in np.array(ranges, np.float32)):
        # A beam without a return is free for the range of the LiDAR, and no further.
        assert seen.min() == pytest.approx(min(clearance.closest_distance, 10.0))


def test_a_heading_is_free_as_far_as_the_width_of_the_base_fits():
    ranges = np.full(360, 8.0)
    # A post 2 m ahead, 0.15 m to the left: in the way of a base that is 0.4 m wide.
    ranges[184] = 2.0
    clearance = measure(ranges, sectors=72)
    ahead = clearance.free_distances[36]
    assert ahead == pytest.approx(2.0 - 0.25, abs=0.05)
    assert clearance.free_distances[44] > 6.0
    assert clearance.free_distances[0] > 6.0


def test_no_heading_into_the_unknown_is_free():
    clearance = measure(np.full(80, 5.0), angle_min=-math.pi / 2, turn=math.pi, sectors=72)
    assert (clearance.free_distances[:18] == 0.0).all()
    assert clearance.free_distances[36] > 3.0


def test_what_is_left_on_the_present_motion_is_told():
    ranges = np.full(360, 8.0)
    ranges[175:186] = 2.25
    ahead = measure(ranges, twist=Twist(0.5, 0.0), path_time=4.0)
    assert ahead.path_distance == pytest.approx(2.0, abs=0.01)
    assert ahead.path_time == pytest.approx(4.0, abs=0.02)
    assert measure(ranges).path_time == math.inf
    assert measure(ranges, twist=Twist(0.5, 0.0), path_time=1.0).path_time == 1.0


def test_broken_beams_are_blocked_sectors():
    ranges = np.full(80, 5.0)
    ranges[20:40] = np.nan
    assert measure(ranges).blocked_share == pytest.approx(0.25)


@given(st.floats(0.0, 5.0), st.floats(0.0, 9.0), st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_the_score_is_a_share_that_every_cause_can_only_lower(gap, time, valid, blocked):
    score = safety_score(gap, time, valid, blocked)
    assert 0.0 <= score <= 1.0
    assert score <= safety_score(gap + 0.1, time + 0.1, 1.0, 0.0)
    assert safety_score(9.0, math.inf, 1.0, 0.0) == 1.0
    assert safety_score(0.0, time, valid, blocked) == 0.0
    assert safety_score(gap, 0.0, valid, blocked) == 0.0
