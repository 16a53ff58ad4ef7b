"""The way to the goal: around what is known, anew when blocked, given up when there is none."""

import math

import numpy as np
import pytest

from robot_system.core.policy.guide import Guide, GuideSettings
from robot_system.core.policy.memory import ObstacleMemory
from robot_system.core.time import from_seconds
from robot_system.core.values import Pose

HERE = Pose(0.05, 0.05, 0.0)
GOAL = (4.0, 0.0)


@pytest.fixture
def memory():
    memory = ObstacleMemory(200, 0.1)
    memory.follow(0.0, 0.0)
    return memory


def wall(memory, x, low, high):
    y = np.arange(low, high, 0.05)
    memory.mark(np.full(len(y), x), y)


def ring(memory, x, y, radius):
    angles = np.linspace(0.0, 2.0 * math.pi, 200)
    memory.mark(x + radius * np.cos(angles), y + radius * np.sin(angles))


def guide_on(memory):
    return Guide(memory, GuideSettings(body=0.25, tolerance=0.25))


def clearance(way, x, low, high):
    y = np.arange(low, high, 0.05)
    return np.hypot(way[:, 0, None] - x, way[:, 1, None] - y).min()


def test_a_free_way_is_straight_and_ends_at_the_goal(memory):
    guide = guide_on(memory)
    guide.update(HERE, GOAL, 0)
    assert tuple(guide.way[-1]) == GOAL
    assert np.abs(guide.way[:, 1]).max() < 0.2


def test_the_way_keeps_the_body_out_of_walls(memory):
    wall(memory, 2.0, -2.0, 2.0)
    guide = guide_on(memory)
    guide.update(HERE, GOAL, 0)
    assert np.abs(guide.way[:, 1]).max() > 2.0
    assert clearance(guide.way, 2.0, -2.0, 2.0) > 0.25


def test_a_way_that_gets_blocked_is_planned_anew(memory):
    guide = guide_on(memory)
    guide.update(HERE, GOAL, 0)
    wall(memory, 2.0, -2.0, 2.0)
    guide.update(HERE, GOAL, from_seconds(0.3))
    assert clearance(guide.way, 2.0, -2.0, 2.0) > 0.25


def test_a_goal_that_is_shut_in_fails_until_it_opens(memory):
    ring(memory, *GOAL, 1.0)
    guide = guide_on(memory)
    guide.update(HERE, GOAL, 1)
    assert guide.failed_since == 1
    assert len(guide.way) == 0
    memory.reset()
    memory.follow(0.0, 0.0)
    guide.update(HERE, GOAL, from_seconds(2.0))
    assert guide.failed_since is None
    assert len(guide.way) > 10


def test_a_robot_that_stands_too_near_is_not_shut_in(memory):
    wall(memory, 0.2, -1.0, 1.0)
    guide = guide_on(memory)
    guide.update(HERE, (-3.0, 0.0), 0)
    assert len(guide.way) > 10


def test_a_block_is_gone_around_and_forgotten_where_there_is_no_other_way(memory):
    wall(memory, 2.0, -9.9, -0.5)
    wall(memory, 2.0, 0.5, 9.9)
    guide = guide_on(memory)
    guide.update(HERE, GOAL, 0)
    through = guide.way
    guide.block(1.0, 0.0, 1)
    guide.update(HERE, GOAL, 2)
    assert np.hypot(*(guide.way - (1.0, 0.0)).T).min() > 0.2
    guide.block(2.0, 0.0, 3)
    guide.update(HERE, GOAL, 4)
    assert len(guide.way) > 0
    assert guide.way == pytest.approx(through)


def test_a_goal_beyond_the_window_is_headed_for(memory):
    guide = guide_on(memory)
    guide.update(HERE, (100.0, 0.0), 0)
    assert guide.way[-1, 0] > 4.0
    assert np.abs(guide.way[:, 1]).max() < 1.5


def test_reset_forgets(memory):
    guide = guide_on(memory)
    guide.update(HERE, GOAL, 0)
    guide.reset()
    assert len(guide.way) == 0
