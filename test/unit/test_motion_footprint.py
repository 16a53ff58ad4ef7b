import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from robot_system.core.motion.footprint import Footprint, time_to_contact
from robot_system.core.values import Twist

FOOTPRINT = Footprint(0.5, 0.4)
MARGIN = 0.05


def contact(points, twist, horizon=2.0):
    return time_to_contact(FOOTPRINT, MARGIN, np.array(points, float), twist, horizon)


def gap(x, y):
    return math.sqrt(float(FOOTPRINT.squared_gaps(np.array([x]), np.array([y]))[0]))


def test_a_point_straight_ahead_is_reached_at_speed():
    # 1.25 m minus half the length and the margin is 0.95 m.
    assert contact([(1.25, 0.0)], Twist(1.0, 0.0)) == pytest.approx(0.95, abs=0.05)


def test_contact_is_never_reported_late():
    assert contact([(1.25, 0.0)], Twist(1.0, 0.0)) <= 0.95


def test_a_point_beside_the_way_is_passed():
    assert contact([(1.0, 0.26)], Twist(1.0, 0.0)) == math.inf


def test_a_point_behind_does_not_hold_a_motion_ahead():
    assert contact([(-0.4, 0.0)], Twist(1.0, 0.0)) == math.inf


def test_a_corner_swings_into_a_point_when_turning_on_the_spot():
    # Beside the flat side, closer than the corner's radius.
    assert contact([(0.0, 0.29)], Twist(0.0, 1.0)) < math.inf


def test_a_point_within_the_margin_lets_the_robot_leave_but_not_come_closer():
    beside = [(0.27, 0.0)]
    assert contact(beside, Twist(-0.3, 0.0)) == math.inf
    assert contact(beside, Twist(0.3, 0.0)) < 0.1


def test_no_points_or_no_motion_is_free():
    assert contact(np.zeros((0, 2)), Twist(1.0, 0.0)) == math.inf
    assert contact([(0.3, 0.0)], Twist(0.0, 0.0)) == math.inf


@given(
    st.floats(-3.0, 3.0),
    st.floats(-3.0, 3.0),
    st.floats(-1.0, 1.0),
    st.floats(-2.0, 2.0),
)
def test_agrees_with_small_steps(x, y, linear, angular):
    """Follow the arc in very small steps: nothing may be touched before the answer."""
    twist = Twist(linear, angular)
    horizon = 1.0
    if gap(x, y) <= MARGIN:
        return
    answer = contact([(x, y)], twist, horizon)
    pose = np.array([0.0, 0.0, 0.0])
    step = 1e-3
    touched = math.inf
    for index in range(int(horizon / step)):
        cosine, sine = math.cos(pose[2]), math.sin(pose[2])
        dx, dy = x - pose[0], y - pose[1]
        local = (cosine * dx + sine * dy, cosine * dy - sine * dx)
        # Tangential motion may graze the margin between two samples of the answer.
        if gap(*local) < MARGIN - 0.02:
            touched = index * step
            break
        heading = pose[2] + 0.5 * angular * step
        pose += (
            linear * step * math.cos(heading),
            linear * step * math.sin(heading),
            angular * step,
        )
    if touched < math.inf:
        assert answer <= touched + 2 * step
