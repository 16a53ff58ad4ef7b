"""Filters over the last few values: mean, median, and what lies too far from the median."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable

from robot_system.core.sensing.filters.base import Argument, Filter

SIGMA_PER_DEVIATION = 1.4826
"""Of normal noise the standard deviation is this many median deviations."""


def median_of(values: Iterable[float]) -> float:
    """Return the middle value, the mean of the middle two when their number is even."""
    ordered = sorted(values)
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return ordered[middle - 1] / 2 + ordered[middle] / 2


class MovingAverage(Filter):
    """The mean of the last `size` values, of fewer at the start."""

    name = "average"
    formula = "mean of the last `size` values"
    arguments = (Argument("size", int, 4, 1, 101, "values in the mean"),)

    def __init__(self, size: int) -> None:
        self._values: deque[float] = deque(maxlen=size)

    def step(self, value: float, elapsed: float) -> float:
        """Return the mean; computed anew each time, so that rounding errors never add up."""
        values = self._values
        values.append(value)
        return math.fsum(values) / len(values)

    def reset(self) -> None:
        """Forget everything."""
        self._values.clear()


class Median(Filter):
    """The median of the last `size` values: outliers of up to half of them leave no trace."""

    name = "median"
    formula = "middle of the last `size` values when they are put in order"
    arguments = (Argument("size", int, 3, 1, 101, "values to take the middle of"),)

    def __init__(self, size: int) -> None:
        self._values: deque[float] = deque(maxlen=size)

    def step(self, value: float, elapsed: float) -> float:
        """Return the median."""
        self._values.append(value)
        return median_of(self._values)

    def reset(self) -> None:
        """Forget everything."""
        self._values.clear()


class OutlierRejection(Filter):
    """Replaces a value that is too far from the median of the last `size` by this median.

    How far is counted in standard deviations, estimated from the median distance to the median,
    which outliers do not change. The raw value stays in the window: what was an outlier first is
    taken as soon as half of the window agrees with it, so that a true step comes through.
    """

    name = "outlier"
    formula = (
        "x where abs(x - m) <= max(`threshold` * 1.4826 * d, `least`), else m; m is the median of"
        " the last `size` values, d the median of their distances to m"
    )
    arguments = (
        Argument("size", int, 15, 3, 101, "values to take the medians of"),
        Argument("threshold", float, 5.0, 1.0, 100.0, "standard deviations that are too far"),
        Argument("least", float, 0.0, 0.0, 1e6, "distance that is never too far (unit)"),
    )

    def __init__(self, size: int, threshold: float, least: float) -> None:
        self._values: deque[float] = deque(maxlen=size)
        self._threshold = threshold * SIGMA_PER_DEVIATION
        self._least = least

    def step(self, value: float, elapsed: float) -> float:
        """Return the value, or the median; of fewer than three values none is an outlier."""
        values = self._values
        values.append(value)
        self.is_outlier = False
        if len(values) < 3:
            return value
        middle = median_of(values)
        distance = abs(value - middle)
        if distance <= self._least:
            return value
        deviation = median_of([abs(one - middle) for one in values])
        if distance <= self._threshold * deviation:
            return value
        self.is_outlier = True
        return middle

    def reset(self) -> None:
        """Forget everything."""
        self._values.clear()
        self.is_outlier = False
