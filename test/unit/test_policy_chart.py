"""The chart: what of the memory a way can lead over."""

import math

import numpy as np
import pytest

from robot_system.core.policy.chart import LANE, Chart
from robot_system.core.policy.memory import ObstacleMemory


@pytest.fixture
def memory():
    memory = ObstacleMemory(200, 0.1)
    memory.follow(0.0, 0.0)
    memory.mark(np.array([-2.05, 3.05]), np.array([1.05, -4.05]))
    return memory


def test_it_holds_all_that_is_known_and_a_lane_around_it(memory):
    chart = Chart.around(memory, ((0.0, 0.0), (5.0, 0.0)))
    assert chart.taken.bit_count() == 2
    assert chart.columns * 0.1 == pytest.approx(5.0 + 2.0 + 2 * LANE, abs=0.3)
    assert chart.rows * 0.1 == pytest.approx(4.0 + 1.0 + 2 * LANE, abs=0.3)
    assert chart.inside.bit_count() == (chart.columns - 2) * (chart.rows - 2)


def test_cells_and_centres_fit(memory):
    chart = Chart.around(memory, ((0.0, 0.0),))
    for x, y in ((1.23, -0.77), (-2.05, 1.05)):
        centre = chart.centres(np.array([chart.cell_of(x, y)]))[0]
        assert math.dist(centre, (x, y)) < 0.08
    assert chart.taken >> chart.cell_of(-2.05, 1.05) & 1


def test_it_never_leaves_the_memory(memory):
    chart = Chart.around(memory, ((0.0, 0.0), (500.0, 500.0)))
    assert max(chart.columns, chart.rows) <= 200
    column = chart.cell_of(500.0, 0.0) % chart.columns
    assert column == chart.columns - 2


def test_discs_are_round(memory):
    chart = Chart.around(memory, ((0.0, 0.0),))
    assert chart.disc(0.0, 0.0, 0.0).bit_count() == 1
    assert 0.6 < chart.disc(0.0, 0.0, 0.8).bit_count() * 0.01 / (math.pi * 0.85**2) < 1.2
