"""Cuts the points of a scan into runs where neighbours do not belong together."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from robot_system.core.perception.returns import Returns
from robot_system.core.values import FloatArray

AROUND = np.array([[-1], [0], [1], [2]])
"""The points around a pair of neighbours, from the first of the two."""


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
    starts: NDArray[np.intp]
    counts: NDArray[np.intp]
    is_cut: NDArray[np.bool_]
    beams: NDArray[np.intp]
    steps: FloatArray
    increment: float
    shift: int = 0
    turn: float = 1.0

    def of_points(self) -> NDArray[np.intp]:
        """Return for each point the number of its segment."""
        return np.repeat(np.arange(len(self.starts)), self.counts)


def segment(returns: Returns, settings: SegmentationSettings) -> Segments:
    """Return the segments of a scan, joined over the seam of a full turn."""
    count = len(returns.beams)
    if count == 0:
        none, no_cuts = np.zeros(0, np.intp), np.zeros((2, 0), np.bool_)
        return Segments(
            returns.points, none, none, no_cuts, none, returns.ranges, returns.increment
        )
    is_start = np.empty(count, np.bool_)
    is_start[1:], steps = _parted(returns, settings)
    is_start[0] = not (returns.is_full_turn and _is_seam_joined(returns, settings))
    starts = is_start.nonzero()[0]
    points, ranges, beams = returns.points, returns.ranges, returns.beams
    first = 0
    if len(starts) == 0:
        starts = np.zeros(1, np.intp)
    elif starts[0] > 0:
        first = int(starts[0])
        points = np.concatenate([points[:, first:], points[:, :first]], axis=1)
        ranges = np.concatenate([ranges[first:], ranges[:first]])
        beams = np.concatenate([beams[first:], beams[:first] + len(returns.is_broken)])
        # The step over the seam is that of neighbours, which are never far from each other.
        steps = np.concatenate([steps[first:], [0.0], steps[: first - 1]])
        starts = starts - first
    counts = np.empty_like(starts)
    counts[:-1] = starts[1:] - starts[:-1]
    counts[-1] = count - starts[-1]
    is_cut = _cuts(ranges, beams, starts, returns, settings.missing_beams)
    return Segments(
        points, starts, counts, is_cut, beams, steps, returns.increment, first, returns.turn
    )


def _cuts(
    ranges: FloatArray,
    beams: NDArray[np.intp],
    starts: NDArray[np.intp],
    returns: Returns,
    missing_beams: int,
) -> NDArray[np.bool_]:
    """Return of each end of each run whether what is seen there may go on behind something."""
    turn = len(returns.is_broken)
    before = starts - 1
    farther = ranges[starts] - ranges[before]
    gaps = beams[starts] - beams[before]
    gaps[0] += turn
    # What is not beside it does not hide it.
    farther *= gaps <= missing_beams + 1
    is_cut = np.empty((2, len(starts)), np.bool_)
    np.greater(farther, 0.0, out=is_cut[0])
    np.less(farther[1:], 0.0, out=is_cut[1, :-1])
    is_cut[1, -1] = farther[0] < 0.0
    if not returns.is_full_turn:
        is_cut[0, 0] |= bool(beams[0] <= missing_beams)
        is_cut[1, -1] |= bool(beams[-1] >= turn - 1 - missing_beams)
    if returns.broken:
        last = np.concatenate([before[1:], [len(beams) - 1]])
        is_cut[0] |= returns.is_broken[(beams[starts] - 1) % turn]
        is_cut[1] |= returns.is_broken[(beams[last] + 1) % turn]
    return is_cut


def _parted(
    returns: Returns, settings: SegmentationSettings
) -> tuple[NDArray[np.bool_], FloatArray]:
    """Tell of all neighbours whether they are parted, and how far apart they are."""
    beams, points = returns.beams, returns.points
    off = points[:, 1:] - points[:, :-1]
    off *= off
    steps = np.add(off[0], off[1])
    np.sqrt(steps, out=steps)
    reach = np.minimum(returns.ranges[1:], returns.ranges[:-1])
    has_gaps = len(beams) > 0 and int(beams[-1] - beams[0]) >= len(beams)
    if has_gaps:
        gaps = beams[1:] - beams[:-1]
        reach *= gaps
    reach *= spread(returns.increment, settings.plain_incidence)
    reach += settings.noise
    parted: NDArray[np.bool_] = steps > reach
    doubtful = parted.nonzero()[0]
    if len(doubtful):
        flatter = spread(returns.increment, settings.incidence) / spread(
            returns.increment, settings.plain_incidence
        )
        limits = (reach[doubtful] - settings.noise) * flatter + settings.noise
        doubtful = doubtful[steps[doubtful] <= limits]
        if len(doubtful):
            parted[doubtful[_is_in_line(points, doubtful, settings.noise)]] = False
    if has_gaps:
        parted |= gaps > settings.missing_beams + 1
    return parted, steps


def _is_in_line(
    points: FloatArray, pairs: NDArray[np.intp], tolerance: float
) -> NDArray[np.bool_]:
    """Tell of each pair (i, i + 1) whether the line before it and that behind it agree."""
    last = points.shape[1] - 1
    if last < 2:
        return np.zeros(len(pairs), np.bool_)
    # The lines are from i - 1 to i and from i + 1 to i + 2. Beyond an end of the scan there is
    # none: its two ends are made the same point, which everything is in line with.
    ends = np.minimum(np.maximum(pairs + AROUND, 0), last)
    x, y = points.take(ends, axis=1)
    line_x, line_y = x[1::2] - x[::2], y[1::2] - y[::2]
    off = line_x * (y[2] - y[1]) - line_y * (x[2] - x[1])
    is_near = off * off <= tolerance**2 * (line_x * line_x + line_y * line_y)
    is_fine: NDArray[np.bool_] = is_near[0] & is_near[1]
    return is_fine


def _is_seam_joined(returns: Returns, settings: SegmentationSettings) -> bool:
    gap = int(returns.beams[0]) + len(returns.is_broken) - int(returns.beams[-1])
    nearer = min(float(returns.ranges[0]), float(returns.ranges[-1]))
    allowed = settings.noise + nearer * gap * spread(returns.increment, settings.plain_incidence)
    apart = math.hypot(returns.x[0] - returns.x[-1], returns.y[0] - returns.y[-1])
    return apart <= allowed and gap <= settings.missing_beams + 1


def spread(increment: float, incidence: float) -> float:
    """Return the distance of neighbours per metre of range, on the flattest surface allowed."""
    if increment >= 0.5 * incidence:
        return 2.0 * math.sin(0.5 * increment) / math.sin(0.5 * incidence)
    return math.sin(increment) / math.sin(incidence - increment)
