"""Cuts the points of a scan into segments where neighbours are too far apart."""

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

    A surface seen as flatly as `incidence` (rad) is still one surface; `noise` (m) is added,
    and more than `missing_beams` without a return between two points always part them.
    """

    incidence: float = 0.17
    noise: float = 0.06
    missing_beams: int = 3


@dataclass(frozen=True, slots=True, eq=False)
class Segments:
    """Points in runs: run i is from `starts[i]` to the start of the next."""

    x: FloatArray
    y: FloatArray
    starts: NDArray[np.intp]
    counts: NDArray[np.intp]

    def of_points(self) -> NDArray[np.intp]:
        """Return for each point the number of its segment."""
        return np.repeat(np.arange(len(self.starts)), self.counts)


def segment(returns: Returns, settings: SegmentationSettings) -> Segments:
    """Return the segments of a scan, joined over the seam of a full turn."""
    count = len(returns.beams)
    if count == 0:
        none = np.zeros(0, np.intp)
        return Segments(np.zeros(0), np.zeros(0), none, none)
    x, y = returns.x, returns.y
    is_start = np.empty(count, np.bool_)
    is_start[1:] = _is_parted(returns, settings)
    is_start[0] = not (returns.is_full_turn and _is_seam_joined(returns, settings))
    starts = np.flatnonzero(is_start)
    if len(starts) == 0:
        starts = np.zeros(1, np.intp)
    elif starts[0] > 0:
        first = int(starts[0])
        x, y = np.roll(x, -first), np.roll(y, -first)
        starts = starts - first
    counts = np.empty_like(starts)
    counts[:-1] = starts[1:] - starts[:-1]
    counts[-1] = count - starts[-1]
    return Segments(x, y, starts, counts)


def _is_parted(returns: Returns, settings: SegmentationSettings) -> NDArray[np.bool_]:
    gaps = returns.beams[1:] - returns.beams[:-1]
    across = returns.x[1:] - returns.x[:-1]
    along = returns.y[1:] - returns.y[:-1]
    nearer = np.minimum(returns.ranges[1:], returns.ranges[:-1])
    allowed = settings.noise + nearer * gaps * _spread(returns.increment, settings)
    is_far = across * across + along * along > allowed * allowed
    parted: NDArray[np.bool_] = is_far | (gaps > settings.missing_beams + 1)
    return parted


def _is_seam_joined(returns: Returns, settings: SegmentationSettings) -> bool:
    gap = int(returns.beams[0]) + len(returns.is_broken) - int(returns.beams[-1])
    nearer = min(float(returns.ranges[0]), float(returns.ranges[-1]))
    allowed = settings.noise + nearer * gap * _spread(returns.increment, settings)
    apart = math.hypot(returns.x[0] - returns.x[-1], returns.y[0] - returns.y[-1])
    return apart <= allowed and gap <= settings.missing_beams + 1


def _spread(increment: float, settings: SegmentationSettings) -> float:
    """Return the distance of neighbours per metre of range, on the flattest surface allowed."""
    if increment >= 0.5 * settings.incidence:
        return 2.0 * math.sin(0.5 * increment) / math.sin(0.5 * settings.incidence)
    return math.sin(increment) / math.sin(settings.incidence - increment)
