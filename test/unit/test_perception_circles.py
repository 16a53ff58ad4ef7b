"""Segments and circles, on scans of things whose shape is known."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robot_system.core.perception.circles import CircleSettings, circles_of
from robot_system.core.perception.returns import ScanReader
from robot_system.core.perception.segmentation import SegmentationSettings, segment
from robot_system.core.values import Pose, Scan

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
    return returns, segments, circles_of(segments, CircleSettings())


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
