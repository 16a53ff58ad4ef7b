import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robot_system.core.motion.limits import MotionLimits, clamp, ramp, smooth, stopping_time
from robot_system.core.values import Twist

LIMITS = MotionLimits(
    speed=1.0,
    reverse_speed=0.3,
    turn_rate=2.0,
    acceleration=1.5,
    braking=3.0,
    turn_acceleration=4.0,
    turn_braking=6.0,
)
any_twist = st.builds(
    Twist,
    st.floats(-1e6, 1e6, allow_nan=False),
    st.floats(-1e6, 1e6, allow_nan=False),
)


@given(any_twist)
def test_clamp_stays_within_the_limits_and_keeps_the_curvature(twist):
    clamped = clamp(twist, LIMITS)
    assert -0.3 - 1e-9 <= clamped.linear <= 1.0 + 1e-9
    assert abs(clamped.angular) <= 2.0 + 1e-9
    cross = clamped.linear * twist.angular - clamped.angular * twist.linear
    assert cross == pytest.approx(0.0, abs=1e-6 * (1.0 + abs(twist.linear) + abs(twist.angular)))


@given(any_twist, any_twist, st.floats(0.0, 0.1))
def test_ramp_never_changes_faster_than_the_limits(current, target, elapsed):
    current, target = clamp(current, LIMITS), clamp(target, LIMITS)
    after = ramp(current, target, LIMITS, elapsed)
    assert abs(after.linear - current.linear) <= 3.0 * elapsed + 1e-9
    assert abs(after.angular - current.angular) <= 6.0 * elapsed + 1e-9
    if after.linear > current.linear >= 0.0:
        assert after.linear - current.linear <= 1.5 * elapsed + 1e-9


def test_ramp_reaches_its_target_in_the_expected_time():
    twist = Twist(1.0, 0.5)
    for _ in range(34):
        twist = ramp(twist, Twist(), LIMITS, 0.01)
    assert twist == Twist()


def test_braking_on_an_arc_stays_on_the_arc():
    twist = ramp(Twist(1.0, 1.0), Twist(), LIMITS, 0.1)
    assert twist.angular / twist.linear == pytest.approx(1.0)


def test_stopping_time_is_that_of_the_slower_part():
    assert stopping_time(Twist(0.9, 0.0), LIMITS) == pytest.approx(0.3)
    assert stopping_time(Twist(0.3, 1.8), LIMITS) == pytest.approx(0.3)
    assert math.isclose(stopping_time(Twist(), LIMITS), 0.0)


def test_reversing_goes_through_zero_with_the_limit_of_speeding_up():
    twist, target, speeds = Twist(0.01, 0.0), Twist(-0.3, 0.0), []
    for _ in range(5):
        twist = ramp(twist, target, LIMITS, 0.01)
        speeds.append(twist.linear)
    assert speeds[0] == 0.0
    assert speeds[-1] == pytest.approx(-4 * 1.5 * 0.01)


JERKY = replace(LIMITS, jerk=30.0, turn_jerk=80.0)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(-0.3, 1.0), st.floats(-2.0, 2.0), st.integers(1, 40)), max_size=8
    ),
    st.sampled_from([0.01, 0.005, 0.003]),
)
def test_the_acceleration_changes_no_faster_than_the_jerk_allows(targets, elapsed):
    twist, change = Twist(), Twist()
    for linear, angular, count in targets:
        for _ in range(count):
            reached, new = smooth(twist, change, Twist(linear, angular), JERKY, elapsed)
            for axis, jerk, most in (("linear", 30.0, 3.0), ("angular", 80.0, 6.0)):
                before, after = getattr(twist, axis), getattr(reached, axis)
                assert abs(after - before) <= most * elapsed + 1e-9
                # Where a direction ends it begins anew.
                if after != 0.0:
                    step = getattr(new, axis) - getattr(change, axis)
                    assert abs(step) <= jerk * elapsed + 1e-6
                assert before * after >= 0.0
            twist, change = reached, new


@pytest.mark.parametrize("target", [Twist(1.0, 0.0), Twist(0.5, 2.0), Twist(-0.3, -1.0), Twist()])
def test_a_steady_target_is_reached_without_going_past_it(target):
    twist, change = Twist(0.4, 0.3), Twist()
    seen = []
    for _ in range(300):
        twist, change = smooth(twist, change, target, JERKY, 0.01)
        seen.append(twist)
    assert twist == target
    assert change == Twist()
    # Less than a thousandth is what the steps of time leave.
    assert max(one.linear for one in seen) <= max(target.linear, 0.4) + 1e-3
    assert min(one.linear for one in seen) >= min(target.linear, 0.0) - 1e-9


def test_without_a_limit_of_jerk_it_changes_as_fast_as_the_acceleration_allows():
    reached, change = smooth(Twist(), Twist(), Twist(1.0), LIMITS, 0.1)
    assert reached.linear == pytest.approx(0.1 * LIMITS.acceleration)
    assert change.linear == pytest.approx(LIMITS.acceleration)


def test_nothing_changes_in_no_time():
    assert smooth(Twist(0.3), Twist(1.0), Twist(1.0), JERKY, 0.0) == (Twist(0.3), Twist(1.0))
