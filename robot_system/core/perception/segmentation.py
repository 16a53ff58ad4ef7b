"""Cuts the points of a scan into runs where neighbours do not belong together."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from robot_system.core.perception.returns import Returns
from robot_system.core.values import FloatArray


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
    """Points in runs: run i is from `starts[i]` to the start of the next.

    `steps` are the distances between one point and the next. `is_cut` tells, for the first and
    for the last point of each run, whether what is seen may go on there: something nearer hides
    what is next to it, or nothing is known of it. `shift` is the number, among the points of
    the scan, of the first point here; `turn` is -1 when the beams go round to the right.
    """

    x: FloatArray
    y: FloatArray
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
        none, nothing = np.zeros(0, np.intp), np.zeros(0)
        no_cuts = np.zeros((2, 0), np.bool_)
        return Segments(nothing, nothing, none, none, no_cuts, none, nothing, returns.increment)
    is_start = np.empty(count, np.bool_)
    is_start[1:], steps = _parted(returns, settings)
    is_start[0] = not (returns.is_full_turn and _is_seam_joined(returns, settings))
    starts = is_start.nonzero()[0]
    x, y, ranges, beams = returns.x, returns.y, returns.ranges, returns.beams
    first = 0
    if len(starts) == 0:
        starts = np.zeros(1, np.intp)
    elif starts[0] > 0:
        first = int(starts[0])
        x, y, ranges = np.roll(x, -first), np.roll(y, -first), np.roll(ranges, -first)
        beams = np.concatenate([beams[first:], beams[:first] + len(returns.is_broken)])
        # The step over the seam is that of neighbours, which are never far from each other.
        steps = np.concatenate([steps[first:], [0.0], steps[: first - 1]])
        starts = starts - first
    counts = np.empty_like(starts)
    counts[:-1] = starts[1:] - starts[:-1]
    counts[-1] = count - starts[-1]
    is_cut = _cuts(ranges, beams, starts, returns, settings.missing_beams)
    return Segments(
        x, y, starts, counts, is_cut, beams, steps, returns.increment, first, returns.turn
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
    is_beside = gaps <= missing_beams + 1
    is_cut = np.empty((2, len(starts)), np.bool_)
    is_cut[0] = is_beside & (farther > 0.0)
    behind = is_beside & (farther < 0.0)
    is_cut[1, :-1], is_cut[1, -1] = behind[1:], behind[0]
    if not returns.is_full_turn:
        is_cut[0, 0] |= bool(beams[0] <= missing_beams)
        is_cut[1, -1] |= bool(beams[-1] >= turn - 1 - missing_beams)
    if returns.is_broken.any():
        last = np.concatenate([before[1:], [len(beams) - 1]])
        is_cut[0] |= returns.is_broken[(beams[starts] - 1) % turn]
        is_cut[1] |= returns.is_broken[(beams[last] + 1) % turn]
    return is_cut


def _parted(
    returns: Returns, settings: SegmentationSettings
) -> tuple[NDArray[np.bool_], FloatArray]:
    """Tell of all neighbours whether they are parted, and how far apart they are."""
    beams, x, y = returns.beams, returns.x, returns.y
    across, along = x[1:] - x[:-1], y[1:] - y[:-1]
    steps = np.sqrt(across * across + along * along)
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
            parted[doubtful[_is_in_line(x, y, doubtful, settings.noise)]] = False
    if has_gaps:
        parted |= gaps > settings.missing_beams + 1
    return parted, steps


def _is_in_line(
    x: FloatArray, y: FloatArray, pairs: NDArray[np.intp], tolerance: float
) -> NDArray[np.bool_]:
    """Tell of each pair (i, i + 1) whether the line before it and that behind it agree."""
    ends = np.empty((4, len(pairs)), np.intp)
    ends[0], ends[1], ends[2], ends[3] = pairs - 1, pairs + 1, pairs, pairs + 2
    # At an end of the scan there is but one line.
    is_end = np.empty((2, len(pairs)), np.bool_)
    is_end[0], is_end[1] = pairs == 0, ends[3] >= len(x)
    np.minimum(ends, len(x) - 1, out=ends)
    x, y = x[ends], y[ends]
    line_x, line_y = x[2:] - x[:2], y[2:] - y[:2]
    off = line_x * (y[1] - y[2]) - line_y * (x[1] - x[2])
    is_near = off * off <= tolerance**2 * (line_x * line_x + line_y * line_y)
    is_near |= is_end
    is_fine: NDArray[np.bool_] = is_near[0] & is_near[1] & ~(is_end[0] & is_end[1])
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
