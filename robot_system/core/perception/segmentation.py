"""Cuts the points of a scan into runs where neighbours do not belong together."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from robot_system.core.perception import _fast
from robot_system.core.perception.returns import Returns
from robot_system.core.values import FloatArray

Flags = NDArray[np.bool_]
Indices = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class SegmentationSettings:
    """The adaptive breakpoint rule: two neighbours are parted when farther than it expects.

    A surface seen as flatly as `plain_incidence` (rad) is taken for one surface; one that is
    seen as flatly as `incidence` only when its points are in line. `noise` (m) is added, and
    more than `missing_beams` without a return between two points always part them.
    """

    incidence: float = 0.1
    plain_incidence: float = 0.5
    noise: float = 0.06
    missing_beams: int = 3


@dataclass(frozen=True, slots=True, eq=False)
class Segments:
    """Points (a row of x, one of y) in runs: run i is from `starts[i]` to the start of the next.

    `steps` are the distances between one point and the next. `is_cut` tells, for the first and
    for the last point of each run, whether what is seen may go on there: something nearer hides
    what is next to it, or nothing is known of it. `shift` is the number, among the points of
    the scan, of the first point here; `turn` is -1 when the beams go round to the right.
    """

    points: FloatArray
    starts: Indices
    counts: Indices
    is_cut: Flags
    beams: Indices
    steps: FloatArray
    increment: float
    shift: int = 0
    turn: float = 1.0

    def of_points(self) -> Indices:
        """Return for each point the number of its segment."""
        return np.repeat(np.arange(len(self.starts)), self.counts)


def segment(returns: Returns, settings: SegmentationSettings) -> Segments:
    """Return the segments of a scan, joined over the seam of a full turn."""
    points, beams = returns.points, returns.beams
    first, starts, counts, is_cut, steps = _fast.runs(
        points,
        returns.ranges,
        beams,
        returns.is_broken,
        returns.is_full_turn,
        spread(returns.increment, settings.plain_incidence),
        spread(returns.increment, settings.incidence),
        settings.noise,
        settings.missing_beams,
    )
    if first:
        points = np.concatenate([points[:, first:], points[:, :first]], axis=1)
        beams = np.concatenate([beams[first:], beams[:first] + len(returns.is_broken)])
    return Segments(
        points,
        np.frombuffer(starts, np.intp),
        np.frombuffer(counts, np.intp),
        np.frombuffer(is_cut, np.bool_).reshape(2, -1),
        beams,
        np.frombuffer(steps),
        returns.increment,
        first,
        returns.turn,
    )


def spread(increment: float, incidence: float) -> float:
    """Return the distance of neighbours per metre of range, on the flattest surface allowed."""
    if increment >= 0.5 * incidence:
        return 2.0 * math.sin(0.5 * increment) / math.sin(0.5 * incidence)
    return math.sin(increment) / math.sin(incidence - increment)
