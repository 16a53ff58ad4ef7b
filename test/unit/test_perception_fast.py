"""The compiled steps refuse what does not fit together, and take whatever a scan may hold."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from robot_system.core.perception import _fast
from robot_system.core.perception import shapes as shape
from robot_system.core.perception.returns import ScanReader
from robot_system.core.perception.segmentation import SegmentationSettings, segment
from robot_system.core.perception.shapes import ShapeSettings, shapes_of
from robot_system.core.values import Pose, Scan

POINTS = np.array([[1.0, 1.0, 1.0, 1.0], [0.0, 0.1, 0.2, 0.3]])
NO_CUTS = np.zeros((2, 1), np.bool_)
TRACKS, SHAPES = np.zeros((23, 2)), np.zeros((11, 3))


def runs(points=POINTS, beams=(0, 1, 2, 3), beam_count=8, **others):
    ranges = others.get("ranges", np.hypot(*POINTS))
    is_broken = np.zeros(beam_count, np.bool_)
    beams = np.array(beams, others.get("type", np.intp))
    return _fast.runs(points, ranges, beams, is_broken, False, 0.2, 1.0, 0.06, 3)


def shapes(starts=(0,), counts=(4,), is_cut=NO_CUTS, points=POINTS):
    starts, counts = np.array(starts, np.intp), np.array(counts, np.intp)
    beams, steps = np.arange(4), np.full(3, 0.1)
    settings = (3, 6, 0.02, 0.05, 0.6, 0.01)
    return _fast.shapes(
        points, starts, counts, is_cut, beams, steps, 0.1, 1.0, 0.0, 0.0, *settings
    )


def test_what_fits_is_taken():
    first, starts, counts, is_cut, steps = runs()
    assert (first, list(np.frombuffer(starts, np.intp))) == (0, [0])
    assert list(np.frombuffer(counts, np.intp)) == [4]
    assert list(np.frombuffer(is_cut, np.bool_)) == [True, False]
    assert np.frombuffer(steps) == pytest.approx([0.1, 0.1, 0.1])
    assert np.frombuffer(shapes()).size == 11


@pytest.mark.parametrize(
    "call",
    [
        lambda: runs(points=POINTS.T.copy()),
        lambda: runs(points=POINTS.astype(np.float32)),
        lambda: runs(points=POINTS[:, :3].copy()),
        lambda: runs(beams=(0, 1, 2, 8)),
        lambda: runs(beams=(0, 2, 1, 3)),
        lambda: runs(beams=(-1, 1, 2, 3)),
        lambda: runs(type=np.int8),
        lambda: shapes(starts=(1,)),
        lambda: shapes(starts=(-1,)),
        lambda: shapes(counts=(0,)),
        lambda: shapes(counts=(2**62,)),
        lambda: shapes(is_cut=np.zeros((2, 2), np.bool_)),
        lambda: shapes(points=POINTS[:, :2].copy()),
        lambda: _fast.predict(SHAPES.copy(), 0.1, 1.0),
        lambda: _fast.pairs(SHAPES, TRACKS, 1.0),
        lambda: _fast.update(TRACKS.copy(), SHAPES, np.array([0, 3]), 0.1, 1.0, 1.0, 1.0, 3),
        lambda: _fast.update(TRACKS.copy(), SHAPES, np.array([0]), 0.1, 1.0, 1.0, 1.0, 3),
        lambda: _fast.unknown(TRACKS, SHAPES, np.array([-1])),
    ],
)
def test_what_does_not_fit_is_refused(call):
    with pytest.raises(ValueError):
        call()


def test_what_is_no_array_or_must_not_be_written_is_refused():
    frozen = TRACKS.copy()
    frozen.flags.writeable = False
    for wrong in (frozen, TRACKS[:, :1], None, [1.0]):
        with pytest.raises((TypeError, ValueError, BufferError)):
            _fast.predict(wrong, 0.1, 1.0)
    for arguments in (
        (TRACKS.copy(),),
        (TRACKS.copy(), "soon", 1.0),
        (TRACKS.copy(), 1.0, 1.0, 1),
    ):
        with pytest.raises(TypeError):
            _fast.predict(*arguments)


RANGES = st.floats(0.0, 32.0, width=32) | st.sampled_from([math.inf, math.nan, -1.0, 2.0, 2.01])


@given(arrays(np.float32, st.integers(2, 80), elements=RANGES), st.booleans(), st.booleans())
def test_any_scan_is_cut_into_runs_that_hold_each_point_once(ranges, is_full, is_left):
    turn = 2.0 * math.pi if is_full else 3.0
    increment = math.copysign(turn / len(ranges), 1.0 if is_left else -1.0)
    scan = Scan(1, -0.5 * turn, increment, 0.05, 30.0, ranges)
    returns = ScanReader(Pose(0.1, 0.0, 0.2)).read(scan)
    found = segment(returns, SegmentationSettings())

    assert found.counts.sum() == len(returns.beams)
    assert np.all(found.counts > 0)
    assert list(found.starts) == list(np.cumsum(found.counts) - found.counts)
    assert np.all(np.diff(found.beams) > 0)
    assert sorted(found.beams % len(ranges)) == list(returns.beams)
    steps = np.hypot(*np.diff(found.points, axis=1))
    seam = len(returns.beams) - 1 - found.shift if found.shift else -1
    for number, step in enumerate(found.steps):
        assert step == (0.0 if number == seam else pytest.approx(steps[number]))

    table = shapes_of(found, ShapeSettings())
    assert np.all(np.isfinite(table))
    assert np.all(table[shape.RADIUS] >= 0.05)
    is_enough = found.counts >= 3
    assert table.shape[1] >= np.count_nonzero(is_enough)
    # Where nothing was fitted or guessed, the circles hold all that was seen.
    if np.all(table[shape.WALL] > 0.0):
        for x, y in found.points[:, np.repeat(is_enough, found.counts)].T:
            inside = np.hypot(table[shape.X] - x, table[shape.Y] - y) - table[shape.RADIUS]
            assert inside.min() < 1e-9
