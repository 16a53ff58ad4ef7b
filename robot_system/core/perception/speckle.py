"""Points that are no surface: speckle, and the veil between a near thing and what is behind."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from robot_system.core.perception.returns import Returns
from robot_system.core.perception.segmentation import Segments
from robot_system.core.values import Float32Array

BESIDE = np.arange(-2, 3)
"""The beams, from that of a lone point, at which the scan before may confirm it."""
TOLERANCE = 0.3
"""How far (m) the range may differ between two scans: driving included."""
VEIL_POINTS = 2
"""A veil at one edge has no more points than these."""


class SpeckleFilter:
    """Takes lone points away that the scan before did not show, and those of a veil always.

    A veil is one or two points between a near and a far neighbour: a beam that was split by an
    edge measures a mixture of both.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget the scan before."""
        self._before: Float32Array = np.zeros(0, np.float32)

    def step(self, ranges: Float32Array, returns: Returns, segments: Segments) -> Returns:
        """Return the points without those; `segments` are of the same scan."""
        before, self._before = self._before, ranges
        small = (segments.counts <= VEIL_POINTS).nonzero()[0]
        if len(small) == 0:
            return returns
        gone, lone = _veils_and_lone(segments, small)
        if lone:
            points = np.array(lone)
            is_kept = _is_confirmed(before, returns, segments.beams[points], points, segments)
            gone += points[~is_kept].tolist()
        if not gone:
            return returns
        is_kept = np.ones(len(returns.beams), np.bool_)
        is_kept[(np.array(gone) + segments.shift) % len(is_kept)] = False
        return returns.picked(is_kept, returns.own)


def _veils_and_lone(segments: Segments, small: NDArray[np.intp]) -> tuple[list[int], list[int]]:
    """Return the points of veils, and those that are alone, of these small segments."""
    veils: list[int] = []
    lone: list[int] = []
    starts, counts = segments.starts[small].tolist(), segments.counts[small].tolist()
    begins, ends = segments.is_cut.take(small, axis=1).tolist()
    for start, count, begin, end in zip(starts, counts, begins, ends, strict=True):
        # Something nearer on one side only: on the other side is what is behind.
        if begin != end:
            veils += range(start, start + count)
        elif count == 1:
            lone.append(start)
    return veils, lone


def _is_confirmed(
    before: Float32Array,
    returns: Returns,
    beams: NDArray[np.intp],
    points: NDArray[np.intp],
    segments: Segments,
) -> NDArray[np.bool_]:
    count = len(returns.is_broken)
    if len(before) != count:
        return np.zeros(len(points), np.bool_)
    seen = before[(beams[:, None] + BESIDE) % count]
    ranges = returns.ranges[(points + segments.shift) % len(returns.ranges)]
    is_near = np.abs(seen - ranges[:, None]) < TOLERANCE
    confirmed: NDArray[np.bool_] = is_near.any(axis=1)
    return confirmed
