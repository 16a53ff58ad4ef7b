"""The memory of obstacles: what was seen stays, what is passed through goes."""

import numpy as np
import pytest

from robot_system.core.policy.memory import CLEAR_STRIDE, CONFIDENT, ObstacleMemory


@pytest.fixture
def memory():
    memory = ObstacleMemory(120, 0.1)
    memory.follow(0.0, 0.0)
    return memory


def mark(memory, *points):
    memory.mark(np.array([x for x, _ in points]), np.array([y for _, y in points]))


def test_what_was_seen_is_remembered_where_it_was(memory):
    mark(memory, (1.234, -2.345))
    x, y = memory.points_near(1.0, -2.0, 1.0)
    assert (x.tolist(), y.tolist()) == ([1.234], [-2.345])
    assert len(memory.points_near(3.0, 3.0, 1.0)[0]) == 0


def test_points_out_of_the_window_are_ignored(memory):
    mark(memory, (100.0, 0.0), (0.0, -100.0), (1.0, 1.0))
    assert np.count_nonzero(memory.hits) == 1


@pytest.mark.parametrize("direction", [(1, 0), (-1, 0), (0, 1), (0, -1), (1, -1)])
def test_the_window_follows_without_forgetting_what_is_inside(memory, direction):
    mark(memory, (2.05, 1.05), (-2.05, -1.05))
    moved = memory.follow(3.0 * direction[0], 3.0 * direction[1])
    assert moved
    for x, y in ((2.05, 1.05), (-2.05, -1.05)):
        assert x in memory.points_near(x, y, 0.3)[0]
    assert np.count_nonzero(memory.hits) == 2


def test_a_jump_forgets_everything(memory):
    mark(memory, (1.0, 1.0))
    memory.follow(1000.0, 1000.0)
    assert not memory.hits.any()


def test_beams_that_pass_through_clear_after_a_while(memory):
    mark(memory, (2.05, 0.0))
    angles = np.linspace(-0.05, 0.05, 24)
    ranges = np.full(24, 5.0)
    for turn in range(CLEAR_STRIDE * CONFIDENT):
        if turn == 2:
            assert memory.hits.any()
        memory.clear(0.0, 0.0, np.cos(angles), np.sin(angles), ranges)
    assert not memory.hits.any()


def test_beams_do_not_clear_what_they_end_at(memory):
    mark(memory, (2.05, 0.0))
    for _ in range(50):
        memory.clear(0.0, 0.0, np.ones(24), np.zeros(24), np.full(24, 2.05))
    assert memory.hits.any()
