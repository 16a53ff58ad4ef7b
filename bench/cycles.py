"""The control cycles in the published decisions of `motion`."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from robot_system.core.time import Time


def periodic(stamps: Sequence[Time], period: Time) -> list[Time]:
    """Return the decisions of the timer, without those that a scan asked for in between.

    The timer keeps to a grid, and is late by little most of the time: the phase of the grid is
    where most decisions are. Of the decisions in one cell of the grid the timer's is the first.
    A cell begins a little before its grid point, since the grid is only estimated.
    """
    ordered = sorted(stamps)
    if not ordered:
        return []
    start = _phase(ordered, period) - period // 10
    ticks: list[Time] = []
    cell = None
    for stamp in ordered:
        own = (stamp - start) // period
        if own != cell:
            ticks.append(stamp)
            cell = own
    return ticks


def gaps(stamps: Sequence[Time]) -> list[float]:
    """Return the time from each stamp to the next (ms)."""
    return [(late - early) * 1e-6 for early, late in pairwise(stamps)]


def _phase(stamps: Sequence[Time], period: Time) -> Time:
    """Return the remainder at which most stamps lie, with a resolution of a twentieth."""
    bins = 20
    width = period // bins
    counts = [0] * bins
    for stamp in stamps:
        counts[min((stamp % period) // width, bins - 1)] += 1
    return counts.index(max(counts)) * width
