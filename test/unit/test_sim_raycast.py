"""Ray casting agrees with the plain definition, for any scene and any LiDAR."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robot_system.core.values import FloatArray, Pose
from robot_system.sim.raycast import Fan, Scene

RANGE_MAX = 20.0
GRAZE = 1e-6

coordinate = st.floats(-12.0, 12.0, width=32)
circle = st.tuples(coordinate, coordinate, st.floats(0.05, 2.0))
segment = st.tuples(coordinate, coordinate, coordinate, coordinate)


def reference(
    pose: Pose, fan: Fan, circles: FloatArray, segments: FloatArray, slack: float
) -> FloatArray:
    """Meet every beam with every obstacle; `slack` makes obstacles a little larger or smaller."""
    angles = pose.theta + fan.angle_min + fan.increment * np.arange(fan.count)
    ranges = np.full(fan.count, np.inf)
    for beam, angle in enumerate(angles):
        unit_x, unit_y = math.cos(angle), math.sin(angle)
        for x, y, radius in circles:
            ahead = (x - pose.x) * unit_x + (y - pose.y) * unit_y
            aside = (y - pose.y) * unit_x - (x - pose.x) * unit_y
            depth = (radius + slack) ** 2 - aside**2
            if depth >= 0.0 and ahead > 0.0:
                ranges[beam] = min(ranges[beam], ahead - math.sqrt(depth))
        for x, y, to_x, to_y in segments:
            along_x, along_y = to_x - x, to_y - y
            slope = unit_x * along_y - unit_y * along_x
            if slope == 0.0:
                continue
            distance = ((x - pose.x) * along_y - (y - pose.y) * along_x) / slope
            share = ((x - pose.x) * unit_y - (y - pose.y) * unit_x) / slope
            margin = slack / math.hypot(along_x, along_y)
            if distance > 0.0 and -margin <= share <= 1.0 + margin:
                ranges[beam] = min(ranges[beam], distance)
    ranges[ranges > RANGE_MAX] = np.inf
    return ranges


@settings(max_examples=150, deadline=None)
@given(
    circles=st.lists(circle, max_size=5),
    segments=st.lists(segment, max_size=5),
    pose=st.tuples(coordinate, coordinate, st.floats(-4.0, 4.0)),
    field_of_view=st.floats(0.2, 2.0 * math.pi),
    beams=st.integers(2, 90),
)
def test_cast_agrees_with_every_beam_against_every_obstacle(
    circles: list[tuple[float, float, float]],
    segments: list[tuple[float, float, float, float]],
    pose: tuple[float, float, float],
    field_of_view: float,
    beams: int,
) -> None:
    sensor = Pose(*pose)
    round_ones = np.array(
        [c for c in circles if math.dist(c[:2], pose[:2]) > c[2] + 0.01]
    ).reshape(-1, 3)
    straight_ones = np.array(
        [s for s in segments if math.dist(s[:2], s[2:]) > 0.01 and _offset(s, pose) > 0.01]
    ).reshape(-1, 4)
    fan = Fan.over(field_of_view, beams)
    ranges = Scene(round_ones, straight_ones).cast(sensor, fan, RANGE_MAX)
    nearest = reference(sensor, fan, round_ones, straight_ones, GRAZE)
    farthest = reference(sensor, fan, round_ones, straight_ones, -GRAZE)
    is_near_enough = (ranges >= nearest - 1e-2) & (ranges <= farthest + 1e-2)
    is_at_end_of_range = (ranges == np.inf) & (nearest > RANGE_MAX - 1e-2)
    is_at_end_of_range |= (farthest == np.inf) & (ranges > RANGE_MAX - 1e-2)
    assert (is_near_enough | is_at_end_of_range).all()
    is_clear_cut = np.isfinite(nearest) & np.isclose(nearest, farthest, rtol=0.0, atol=1e-9)
    np.testing.assert_allclose(ranges[is_clear_cut], nearest[is_clear_cut], atol=1e-6)


def _offset(line: tuple[float, float, float, float], pose: tuple[float, float, float]) -> float:
    x, y, to_x, to_y = line
    cross = (x - pose[0]) * (to_y - y) - (y - pose[1]) * (to_x - x)
    return abs(cross) / math.dist(line[:2], line[2:])


@pytest.mark.parametrize(("beams", "field_of_view"), [(360, 2 * math.pi), (3600, 1.5 * math.pi)])
def test_closed_room_has_no_gap(beams: int, field_of_view: float) -> None:
    walls = np.array([(0, 0, 6, 0), (6, 0, 6, 4), (6, 4, 0, 4), (0, 4, 0, 0)], float)
    fan = Fan.over(field_of_view, beams)
    scene = Scene(np.zeros((0, 3)), walls)
    for theta in np.linspace(-math.pi, math.pi, 37):
        ranges = scene.cast(Pose(2.0, 1.0, float(theta)), fan, 30.0)
        angles = theta + fan.angle_min + fan.increment * np.arange(beams)
        x, y = 2.0 + ranges * np.cos(angles), 1.0 + ranges * np.sin(angles)
        on_wall = np.minimum.reduce([np.abs(x), np.abs(x - 6), np.abs(y), np.abs(y - 4)])
        assert on_wall.max() < 1e-9


def test_full_turn_has_no_beam_twice() -> None:
    fan = Fan.over(2.0 * math.pi, 360)
    assert fan.count * fan.increment == pytest.approx(2.0 * math.pi)


def test_sensor_inside_of_a_circle_reads_zero() -> None:
    scene = Scene(np.array([(0.0, 0.0, 1.0)]), np.zeros((0, 4)))
    assert (scene.cast(Pose(0.5, 0.0, 0.0), Fan.over(1.0, 10), 30.0) == 0.0).all()


def test_empty_world_and_far_things_read_infinity() -> None:
    fan = Fan.over(4.0, 50)
    empty = Scene(np.zeros((0, 3)), np.zeros((0, 4)))
    far = empty.with_circles(np.array([(40.0, 0.0, 1.0)]))
    assert np.isinf(empty.cast(Pose(), fan, 30.0)).all()
    assert np.isinf(far.cast(Pose(), fan, 30.0)).all()


def test_wall_in_line_with_the_sensor_is_not_seen() -> None:
    scene = Scene(np.zeros((0, 3)), np.array([(1.0, 0.0, 3.0, 0.0)]))
    assert np.isinf(scene.cast(Pose(), Fan.over(1.0, 11), 30.0)).all()
