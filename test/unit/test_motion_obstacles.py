"""S2 in the small: it stops in front of things, and may turn away and back off."""

import math

import numpy as np
import pytest

from robot_system.core.time import from_seconds
from robot_system.motion_parameters import MotionParameters
from robot_system.testing.rig import PARAMETERS, Rig


@pytest.mark.parametrize("distance", [0.4, 0.6, 1.0, 2.0, 3.0])
def test_stops_before_a_wall_with_the_margin_left(distance):
    rig = Rig(distance)
    rig.run(6.0)
    gap = distance - rig.pose.x - PARAMETERS.length / 2
    assert rig.state.is_stopped
    assert gap >= min(PARAMETERS.margin, distance - PARAMETERS.length / 2) - 0.01
    assert "obstacle" in rig.causes


def test_comes_close_to_the_wall_before_it_stops():
    rig = Rig(2.0)
    rig.run(8.0)
    assert 2.0 - rig.pose.x - PARAMETERS.length / 2 < PARAMETERS.margin + 0.08


def test_a_scan_that_appears_close_ahead_calls_for_braking_at_once():
    rig = Rig()
    rig.run(1.5)
    assert not rig.shield.must_brake(rig.inputs, rig.now)
    rig.distance = rig.pose.x + 0.6
    rig.time += 1
    rig.see()
    assert rig.shield.must_brake(rig.inputs, rig.now)


def test_backing_off_from_a_wall_is_allowed():
    rig = Rig(0.4)
    rig.run(1.0)
    rig.run(1.0, linear=-0.2)
    assert rig.state.applied.linear == pytest.approx(-0.2)


@pytest.mark.parametrize("way", [(0.0, 1.5), (0.0, -1.5), (-0.2, 0.0), (-0.2, 0.5)])
def test_stopped_in_front_of_a_wall_it_may_turn_away_and_back_off(way):
    rig = Rig(1.5)
    rig.run(4.0)
    assert "obstacle" in rig.causes
    assert rig.state.is_stopped
    # The corners need room to swing: back off by that first, along the way that it came.
    rig.run(0.8, linear=-0.2)
    rig.run(1.0, linear=way[0], angular=way[1])
    assert rig.causes == []
    assert (rig.state.applied.linear, rig.state.applied.angular) == pytest.approx(way)


def test_no_return_ahead_stops_where_glass_may_stand():
    parameters = MotionParameters(no_return_is_free=False)
    rig = Rig(parameters=parameters)
    rig.run(2.0)
    assert rig.state.is_stopped
    assert "obstacle" in rig.causes
    assert rig.pose.x < 0.05


def test_what_holds_a_stand_is_named_by_a_second_decision_at_the_same_moment_too():
    rig = Rig(0.35)
    rig.run(1.0)
    assert rig.state.is_stopped
    for _ in range(3):
        rig.step()
        assert rig.causes == ["obstacle"]


def test_it_neither_creeps_up_to_a_wall_nor_starts_and_stops_because_of_noise():
    rig = Rig(2.0)
    noise = np.random.default_rng(3)
    rig.run(4.0)
    moving = 0
    for _ in range(500):
        angles = np.linspace(-math.pi / 2, math.pi / 2, 181)
        ranges = np.full(181, np.inf)
        facing = np.abs(angles) < 0.5
        ranges[facing] = (2.0 - rig.pose.x) / np.cos(angles[facing]) + noise.normal(0.0, 0.01, 57)
        rig.time += from_seconds(0.01)
        rig.move()
        rig.permit()
        rig.act()
        rig.scan(ranges)
        moving += not rig.step().is_stopped
        assert rig.causes == ["obstacle"]
    assert moving == 0
