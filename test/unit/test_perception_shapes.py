"""Segments and shapes, on scans of things whose shape is known."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robot_system.core.perception import shapes as shape
from robot_system.core.perception.returns import ScanReader
from robot_system.core.perception.segmentation import SegmentationSettings, segment
from robot_system.core.perception.shapes import ShapeSettings, shapes_of
from robot_system.core.values import Kind, Pose, Scan
from robot_system.sim.geometry import box_edges
from robot_system.sim.raycast import Fan, Scene

BEAMS = 720


def cast(circles, walls=(), beams=BEAMS, angle_min=-math.pi):
    """Ranges from the origin to circles (x, y, radius) and to walls x = constant."""
    increment = 2.0 * math.pi / beams
    angles = angle_min + increment * np.arange(beams)
    ranges = np.full(beams, np.inf)
    for x, y, radius in circles:
        along = x * np.cos(angles) + y * np.sin(angles)
        off = radius**2 - (x**2 + y**2 - along**2)
        hit = (off >= 0.0) & (along > 0.0)
        found = np.where(hit, along - np.sqrt(np.maximum(off, 0.0)), np.inf)
        ranges = np.minimum(ranges, found)
    for x, low, high in walls:
        with np.errstate(divide="ignore", over="ignore"):
            found = x / np.cos(angles)
        y = found * np.sin(angles)
        ranges = np.minimum(ranges, np.where((found > 0) & (y > low) & (y < high), found, np.inf))
    return Scan(1, angle_min, increment, 0.05, 30.0, ranges.astype(np.float32))


def detect(scan):
    returns = ScanReader(Pose()).read(scan)
    segments = segment(returns, SegmentationSettings())
    return returns, segments, Found(shapes_of(segments, ShapeSettings()))


class Found:
    """The rows of a table of shapes by their names."""

    def __init__(self, table):
        self.x, self.y, self.radii = table[shape.X], table[shape.Y], table[shape.RADIUS]
        self.kinds = table[shape.KIND]
        self.is_wall, self.is_whole = table[shape.WALL] > 0.0, table[shape.WHOLE] > 0.0
        self.lengths, self.headings = table[shape.LENGTH], table[shape.HEADING]


def test_nothing_seen_is_no_circle():
    _, segments, circles = detect(cast([]))
    assert len(segments.starts) == 0
    assert len(circles.x) == 0


def test_round_things_are_fitted():
    things = [(2.0, 0.0, 0.3), (0.0, 3.0, 0.5), (-1.5, -1.0, 0.1)]
    _, _, circles = detect(cast(things))
    found = sorted(zip(circles.x, circles.y, circles.radii, strict=True))
    assert len(found) == 3
    for (x, y, radius), thing in zip(found, sorted(things), strict=True):
        assert math.hypot(x - thing[0], y - thing[1]) < 0.03
        assert radius == pytest.approx(thing[2], abs=0.03)


def test_a_thing_on_the_seam_of_the_turn_is_one():
    _, segments, circles = detect(cast([(-2.0, 0.0, 0.3)]))
    assert len(segments.starts) == 1
    assert circles.x == pytest.approx([-2.0], abs=0.03)


def test_neighbours_farther_apart_than_the_beams_explain_are_parted():
    _, segments, _ = detect(cast([(2.0, 0.0, 0.2), (3.0, 0.35, 0.2)]))
    assert len(segments.starts) == 2


def test_a_wall_is_covered_by_circles_of_bounded_size():
    returns, _, circles = detect(cast([], walls=[(2.0, -3.0, 3.0)]))
    assert len(circles.x) >= 5
    assert circles.radii.max() <= 0.6 + 0.05
    assert _gap(returns, circles) < 1e-6


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(-6, 6), st.floats(-6, 6), st.floats(0.1, 0.5)), min_size=1, max_size=8
    ).filter(lambda things: all(math.hypot(x, y) > r + 0.2 for x, y, r in things)),
    st.floats(0.0, 0.02),
)
def test_every_point_of_a_segment_that_counts_is_covered(things, noise):
    scan = cast(things)
    rng = np.random.default_rng(3)
    noisy = (scan.ranges + noise * rng.standard_normal(BEAMS)).astype(np.float32)
    returns, segments, circles = detect(
        Scan(1, scan.angle_min, scan.angle_increment, 0.05, 30.0, noisy)
    )
    assert np.isfinite(circles.radii).all()
    assert segments.counts.sum() == len(returns.beams)
    if (segments.counts >= 3).all():
        assert _gap(returns, circles) < 0.1


@pytest.mark.parametrize("beams", [8, 36, 360, 3600])
def test_any_number_of_beams_works(beams):
    _, segments, circles = detect(cast([(1.5, 0.0, 1.0)], beams=beams))
    assert segments.counts.sum() > 0
    assert np.isfinite(circles.x).all()


def _gap(returns, circles):
    """The farthest that any point is outside of all circles."""
    distances = (
        np.hypot(returns.x[:, None] - circles.x, returns.y[:, None] - circles.y) - circles.radii
    )
    return distances.min(axis=1).max()


def test_round_and_straight_things_are_told_apart():
    _, _, found = detect(cast([(2.0, 0.0, 0.3)], walls=[(-3.0, -0.4, 0.4)]))
    by_place = sorted(zip(found.x, found.kinds, strict=True))
    assert [Kind(int(kind)) for _, kind in by_place] == [Kind.SEGMENT, Kind.CIRCLE]
    straight = int(found.x.argmin())
    assert found.lengths[straight] == pytest.approx(0.8, abs=0.1)
    assert abs(math.sin(found.headings[straight])) == pytest.approx(1.0, abs=0.01)


def test_something_with_corners_is_a_box():
    # A corner 1.2 m away, with sides of 0.8 and 0.3 m.
    scene = Scene(np.zeros((0, 3)), box_edges(np.array([[1.5, 0.3, 0.8, 0.3, 1.0]])))
    fan = Fan.over(2.0 * math.pi, BEAMS)
    ranges = scene.cast(Pose(), fan, 30.0).astype(np.float32)
    _, _, found = detect(Scan(1, fan.angle_min, fan.increment, 0.05, 30.0, ranges))
    assert found.kinds.tolist() == [Kind.BOX]


def test_few_beams_measure_a_circle_by_its_width():
    # 6.5 m away, 0.15 m: five beams.
    returns, _, found = detect(cast([(6.5, 0.0, 0.15)]))
    assert len(returns.beams) == 5
    assert found.kinds.tolist() == [Kind.CIRCLE]
    assert (found.x[0], found.radii[0]) == pytest.approx((6.5, 0.15), abs=0.03)


def test_what_is_hidden_in_part_is_known_to_be():
    _, _, found = detect(cast([(2.0, 0.0, 0.2), (4.0, 0.5, 0.3)]))
    assert found.is_whole.tolist() == [True, False]
    assert not found.is_wall.any()


def test_a_circle_that_is_hidden_in_part_is_completed_by_its_bend():
    _, _, found = detect(cast([(1.0, -0.12, 0.1), (2.0, 0.0, 0.4)], beams=1440))
    half = int(found.radii.argmax())
    assert not found.is_whole[half]
    assert (found.x[half], found.y[half]) == pytest.approx((2.0, 0.0), abs=0.03)
    assert found.radii[half] == pytest.approx(0.4, abs=0.03)
    assert found.kinds[half] == Kind.CIRCLE


def test_a_wall_behind_things_stays_a_wall():
    _, _, found = detect(cast([(2.0, 0.0, 0.2)], walls=[(4.0, -3.0, 3.0)]))
    assert found.is_wall.sum() >= 4
    assert (found.kinds == Kind.CIRCLE).sum() == 1


def test_a_wall_that_is_seen_flatly_is_one_segment_and_a_thing_before_it_another():
    """At 6 m along it neighbours on the wall are as far apart as the thing is from the wall."""
    angles = np.linspace(-math.pi, math.pi, BEAMS, endpoint=False)
    with np.errstate(divide="ignore"):
        ranges = np.where((angles > 0.15) & (angles < 1.5), 1.2 / np.sin(angles), np.inf)
    scan = Scan(1, -math.pi, 2.0 * math.pi / BEAMS, 0.05, 30.0, ranges.astype(np.float32))
    _, segments, _ = detect(scan)
    assert len(segments.starts) == 1
    things = cast([(4.0, 0.85, 0.15)]).ranges
    both = Scan(1, -math.pi, 2.0 * math.pi / BEAMS, 0.05, 30.0, np.minimum(things, scan.ranges))
    _, segments, found = detect(both)
    assert (found.kinds == Kind.CIRCLE).sum() == 1
