"""Filters over the last few values of one quantity."""

from __future__ import annotations

import math
from collections import deque
from typing import Protocol


class Filter(Protocol):
    """Takes one value after the other and gives the filtered one for each."""

    def step(self, value: float) -> float:
        """Return the filtered value after taking in a finite one."""

    def reset(self) -> None:
        """Forget everything."""


class MovingAverage:
    """The mean of the last `size` values, of fewer at the start."""

    def __init__(self, size: int) -> None:
        self._values: deque[float] = deque(maxlen=size)

    def step(self, value: float) -> float:
        """Return the mean; computed anew each time, so that rounding errors never add up."""
        self._values.append(value)
        return math.fsum(self._values) / len(self._values)

    def reset(self) -> None:
        """Forget everything."""
        self._values.clear()


class Median:
    """The median of the last `size` values: outliers of up to half of them leave no trace."""

    def __init__(self, size: int) -> None:
        self._values: deque[float] = deque(maxlen=size)

    def step(self, value: float) -> float:
        """Return the median, the mean of the middle two when their number is even."""
        self._values.append(value)
        ordered = sorted(self._values)
        middle = len(ordered) // 2
        if len(ordered) % 2:
            return ordered[middle]
        return ordered[middle - 1] / 2 + ordered[middle] / 2

    def reset(self) -> None:
        """Forget everything."""
        self._values.clear()


class Cascade:
    """Filters one after the other."""

    def __init__(self, *stages: Filter) -> None:
        self._stages = stages

    def step(self, value: float) -> float:
        """Return what the last stage makes of the value."""
        for stage in self._stages:
            value = stage.step(value)
        return value

    def reset(self) -> None:
        """Forget everything."""
        for stage in self._stages:
            stage.reset()
