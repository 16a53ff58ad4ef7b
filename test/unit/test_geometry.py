"""Frames: what goes into one comes out of it as it was."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from robot_system.core.geometry import compose, seen_from, to_inner, to_outer, wrap_angle
from robot_system.core.values import Pose

metres = st.floats(-100.0, 100.0)
angles = st.floats(-3.14, 3.14)
poses = st.builds(Pose, metres, metres, angles)


@given(frame=poses, pose=poses)
def test_a_pose_seen_from_a_frame_is_the_same_pose(frame, pose):
    again = compose(frame, seen_from(frame, pose))
    assert (again.x, again.y) == pytest.approx((pose.x, pose.y), abs=1e-9)
    assert wrap_angle(again.theta - pose.theta) == pytest.approx(0.0, abs=1e-9)


@given(inner=poses, outer=poses, x=metres, y=metres)
def test_two_frames_may_be_gone_through_at_once(inner, outer, x, y):
    points = np.array([x]), np.array([y])
    stepwise = to_inner(outer, *to_outer(inner, *points))
    at_once = to_outer(seen_from(outer, inner), *points)
    assert np.allclose(stepwise, at_once, atol=1e-9)
