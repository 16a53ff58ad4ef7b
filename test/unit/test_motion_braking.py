"""How much of a motion still leaves room to stop."""

import numpy as np
import pytest

from robot_system.core.motion.blocking import slowest
from robot_system.core.motion.braking import free_share, needed_room
from robot_system.core.motion.footprint import SLACK, STEP, Footprint
from robot_system.core.motion.limits import MotionLimits, stopping_time
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
FOOTPRINT, MARGIN = Footprint(0.5, 0.4), 0.05


@pytest.mark.parametrize("speed", [0.4, 1.0])
@pytest.mark.parametrize("room", [0.02, 0.05, 0.1, 0.15])
@pytest.mark.parametrize("reaction", [0.05, 0.3])
def test_the_way_of_reacting_and_braking_fits_into_the_room_and_uses_it(speed, room, reaction):
    ahead = np.array([[0.25 + MARGIN + room, 0.0]])
    twist = Twist(speed)
    share = free_share(twist, ahead, FOOTPRINT, MARGIN, LIMITS, reaction)
    way = speed * (share * reaction + 0.5 * share**2 * stopping_time(twist, LIMITS))
    assert way <= room + SLACK
    assert way >= room - STEP or share == 1.0


def test_without_anything_in_the_way_all_of_it_is_free():
    beside = np.array([[1.0, 3.0]])
    assert free_share(Twist(1.0), beside, FOOTPRINT, MARGIN, LIMITS, 0.1) == 1.0


@pytest.mark.parametrize(
    ("twist", "slow"),
    [
        (Twist(1.0, 0.0), Twist(0.1, 0.0)),
        (Twist(0.0, 1.5), Twist(0.0, 0.3)),
        (Twist(1.0, 1.5), Twist(0.1, 0.15)),
        (Twist(0.05, 0.1), Twist(0.05, 0.1)),
    ],
)
def test_the_slowest_motion_that_is_worth_it_is_of_the_same_kind(twist, slow):
    found = slowest(twist, 2.0)
    assert (found.linear, found.angular) == pytest.approx((slow.linear, slow.angular))


def test_a_base_that_stands_needs_its_own_circle_and_the_margin():
    least = FOOTPRINT.radius + MARGIN
    assert least <= needed_room(Twist(), FOOTPRINT, MARGIN, LIMITS, 0.3) <= least + STEP


def test_the_slowest_motion_is_creeping_and_a_slower_one_stays_as_it_is():
    assert slowest(Twist(0.1), 1.0) == Twist(0.05)
    assert slowest(Twist(0.0, 0.3), 1.0) == Twist(0.0, 0.15)
    assert slowest(Twist(0.04, 0.1), 1.0) == Twist(0.04, 0.1)
