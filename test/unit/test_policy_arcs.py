"""The table of free ways, against driving the footprint along the arc in small steps."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from robot_system.core.policy.arcs import (
    CELL,
    FAR,
    ArcSettings,
    ArcTable,
    arc_to_contact,
    turn_to_contact,
)

SETTINGS = ArcSettings(0.5, 0.4, (0.05, 0.15), (-1.5, -0.5, 0.0, 0.5, 1.5), 2.0)


def is_inside(x, y, margin):
    return (abs(x) < 0.25 + margin) & (abs(y) < 0.2 + margin)


def driven(x, y, curvature, margin, longest=2.5, step=0.002):
    """The metres until the point is inside the grown footprint."""
    way = np.arange(0.0, longest, step)
    angle = curvature * way
    base_x = np.sin(angle) / curvature if curvature else way
    base_y = (1.0 - np.cos(angle)) / curvature if curvature else 0.0
    across, along = x - base_x, y - base_y
    local_x = np.cos(angle) * across + np.sin(angle) * along
    local_y = np.cos(angle) * along - np.sin(angle) * across
    touched = np.flatnonzero(is_inside(local_x, local_y, margin))
    return way[touched[0]] if len(touched) else FAR


@settings(max_examples=300, deadline=None)
@given(
    st.floats(-0.6, 2.0),
    st.floats(-1.4, 1.4),
    st.sampled_from(SETTINGS.curvatures),
    st.sampled_from(SETTINGS.margins),
)
def test_the_formula_agrees_with_driving(x, y, curvature, margin):
    assume(not is_inside(x, y, margin + 0.01))
    found = float(arc_to_contact(np.array([x]), np.array([y]), curvature, SETTINGS, margin)[0])
    # A graze of a corner may be seen by one of the two only.
    expected = [driven(x, y, curvature, margin + change) for change in (-0.005, 0.0, 0.005)]
    low, high = min(expected) - 0.01, max(expected) + 0.01
    assert low <= found <= high or min(found, high) > 2.4


def test_the_tail_swings_out_against_what_is_beside():
    x, y = 0.0, -0.27
    found = float(arc_to_contact(np.array([x]), np.array([y]), 1.5, SETTINGS, 0.05)[0])
    assert 0.0 < found < 0.3
    assert found == pytest.approx(driven(x, y, 1.5, 0.05), abs=0.005)


def test_a_point_that_is_too_near_stops_only_what_comes_nearer():
    ahead = np.array([0.25 + 0.02]), np.array([0.0])
    beside = np.array([0.0]), np.array([0.2 + 0.02])
    behind = np.array([-0.25 - 0.02]), np.array([0.0])
    assert arc_to_contact(*ahead, 0.0, SETTINGS, 0.05)[0] == 0.0
    assert arc_to_contact(*beside, 0.0, SETTINGS, 0.05)[0] == FAR
    assert arc_to_contact(*behind, 0.0, SETTINGS, 0.05)[0] == FAR


def test_turning_is_free_until_a_corner_arrives():
    corner = math.hypot(0.3, 0.25)
    x, y = np.array([0.0]), np.array([0.29])
    left = turn_to_contact(x, y, 1.0, SETTINGS, 0.05)[0]
    assert 0.0 < left < math.pi / 2
    assert left == pytest.approx(turn_to_contact(x, y, -1.0, SETTINGS, 0.05)[0])
    outside = turn_to_contact(np.array([0.0]), np.array([corner + 0.01]), 1.0, SETTINGS, 0.05)
    assert outside[0] == FAR


def test_the_table_gives_the_closest_of_all_points():
    table = ArcTable(SETTINGS)
    x, y = np.array([1.5, 1.0, 30.0]), np.array([0.0, 0.0, 0.0])
    free = table.look_up(x, y)
    straight = SETTINGS.curvatures.index(0.0)
    assert free.metres[0, straight] == pytest.approx(0.7, abs=CELL)
    assert free.metres[1, straight] == pytest.approx(0.6, abs=CELL)


def test_nothing_near_is_free():
    free = ArcTable(SETTINGS).look_up(np.array([40.0, -3.0]), np.array([0.0, 9.0]))
    assert (free.metres == FAR).all()
    assert (free.radians == FAR).all()
    none = ArcTable(SETTINGS).look_up(np.zeros(0), np.zeros(0))
    assert (none.metres == FAR).all()


def test_left_and_right_are_alike():
    table = ArcTable(SETTINGS)
    x, y = np.array([0.9, 0.3]), np.array([0.5, -0.8])
    one, other = table.look_up(x, y), table.look_up(x, -y)
    assert one.metres == pytest.approx(other.metres[:, ::-1], abs=2 * CELL)
