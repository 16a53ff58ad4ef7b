"""When the base touches something: exact on arcs, against small steps."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from robot_system.core.geometry import advance, to_inner
from robot_system.core.perception.collision import (
    HORIZON,
    SAMPLES,
    Outline,
    time_on_path,
    times_to_collision,
)
from robot_system.core.values import Pose, Twist

OUTLINE = Outline(0.5, 0.4)


def stepped(x, y, twist, outline=OUTLINE, horizon=8.0, step=0.002):
    """The time until a point is inside of the outline, by small steps."""
    times = np.arange(0.0, horizon, step)
    half = 0.5 * twist.angular * times
    chord = twist.linear * times * np.sinc(half / math.pi)
    x, y = x - chord * np.cos(half), y - chord * np.sin(half)
    ahead = np.cos(2.0 * half) * x + np.sin(2.0 * half) * y
    beside = np.cos(2.0 * half) * y - np.sin(2.0 * half) * x
    inside = (np.abs(ahead) < 0.5 * outline.length) & (np.abs(beside) < 0.5 * outline.width)
    return float(times[inside.argmax()]) if inside.any() else math.inf


@given(st.floats(-2.0, 2.0), st.floats(-2.0, 2.0), st.floats(-1.0, 1.0), st.floats(-1.5, 1.5))
def test_the_time_on_an_arc_is_that_of_small_steps(x, y, linear, angular):
    assume(abs(linear) > 0.05 or abs(angular) > 0.05)
    assume(abs(angular) > 0.01 or angular == 0.0)
    twist = Twist(linear, angular)
    found = time_on_path(np.array([x]), np.array([y]), OUTLINE, twist)
    # Between an outline that is smaller and one that is larger by a hair.
    early = stepped(x, y, twist, Outline(0.51, 0.41))
    late = stepped(x, y, twist, Outline(0.49, 0.39))
    if found < 8.0:
        assert early - 0.03 <= found <= late + 0.03
    else:
        assert math.isinf(late)


def test_standing_touches_nothing_and_inside_is_now():
    there = np.array([0.1]), np.array([0.0])
    assert time_on_path(*there, OUTLINE, Twist()) == math.inf
    assert time_on_path(*there, OUTLINE, Twist(0.5, 0.0)) == 0.0
    assert time_on_path(*there, OUTLINE, Twist(0.5, 0.3)) == 0.0


def test_backwards_is_what_is_behind():
    behind = np.array([-1.25]), np.array([0.0])
    assert time_on_path(*behind, OUTLINE, Twist(0.5, 0.0)) == math.inf
    assert time_on_path(*behind, OUTLINE, Twist(-0.5, 0.0)) == pytest.approx(2.0)


def circle(x, y, speed, radius, twist=None):
    times = times_to_collision(
        np.array([complex(x, y)]), np.array([complex(*speed)]), np.array([radius]), OUTLINE,
        twist or Twist(),
    )  # fmt: skip
    return float(times[0])


def test_what_comes_towards_a_standing_base_is_seen_coming():
    assert circle(2.25, 0.0, (-1.0, 0.0), 0.2) == pytest.approx(1.8, abs=0.02)
    assert circle(2.25, 0.0, (1.0, 0.0), 0.2) == math.inf
    assert circle(2.25, 0.0, (0.0, 0.0), 0.2) == math.inf
    assert circle(2.25, 1.0, (-1.0, 0.0), 0.2) == math.inf


def test_both_motions_count():
    assert circle(2.25, 0.0, (-0.5, 0.0), 0.2, Twist(0.5, 0.0)) == pytest.approx(1.8, abs=0.02)
    # Meeting at right angles: one passes before the other does.
    assert circle(1.0, -2.0, (0.0, 1.0), 0.2, Twist(0.5, 0.0)) == pytest.approx(1.6, abs=0.3)
    assert circle(1.0, -9.0, (0.0, 1.0), 0.2, Twist(0.5, 0.0)) == math.inf


def test_beyond_the_horizon_nothing_is_said():
    far = 0.25 + 0.2 + HORIZON + 0.5
    assert circle(far, 0.0, (-1.0, 0.0), 0.2) == math.inf
    assert circle(far - 0.6, 0.0, (-1.0, 0.0), 0.2) == pytest.approx(HORIZON, abs=0.15)


@given(st.floats(0.5, 3.0), st.floats(-2.0, 2.0), st.floats(-1.0, 1.0), st.floats(-1.0, 1.0))
def test_a_circle_is_met_when_its_distance_says_so(x, y, speed_x, speed_y):
    time = circle(x, y, (speed_x, speed_y), 0.2, Twist(0.4, 0.5))
    if not math.isfinite(time):
        return
    pose = advance(Pose(), 0.4, 0.5, time)
    seen = to_inner(pose, np.array([x + speed_x * time]), np.array([y + speed_y * time]))
    ahead, beside = max(abs(seen[0][0]) - 0.25, 0.0), max(abs(seen[1][0]) - 0.2, 0.0)
    assert math.hypot(ahead, beside) - 0.2 < 0.05 + HORIZON / SAMPLES * 0.3
