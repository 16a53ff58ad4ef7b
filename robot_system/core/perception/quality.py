"""How good the data of the LiDAR are: noise and rate."""

from __future__ import annotations

import math

import numpy as np

from robot_system.core.perception.returns import Returns
from robot_system.core.time import Time, to_seconds

EVERY = 8
"""The noise is measured in one of so many scans, and in the first: it changes slowly."""
TURN = 2
"""In which of them: in others the self-check has its turns, and pictures come with the first."""
MEDIAN_TO_DEVIATION = 1.0 / (0.6745 * math.sqrt(6.0))
"""From the median of second differences to the standard deviation of a normal distribution."""
SMOOTHING = 0.1


class QualityMeter:
    """Measures the noise of ranges, from neighbours on surfaces, and the rate of scans."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget everything."""
        self._count = 0
        self._stamp: Time | None = None
        self._period = 0.0
        self.noise = 0.0

    @property
    def rate(self) -> float:
        """Return the scans per second, by their stamps; 0 until there are two."""
        return 1.0 / self._period if self._period > 0.0 else 0.0

    def step(self, stamp: Time, returns: Returns) -> None:
        """Take the next scan."""
        if self._stamp is not None and stamp > self._stamp:
            period = to_seconds(stamp - self._stamp)
            known = self._period or period
            self._period = known + SMOOTHING * (period - known)
        self._stamp = stamp
        if self._count % EVERY == TURN or self._count == 0:
            self.noise = noise_of(returns)
        self._count += 1


def noise_of(returns: Returns) -> float:
    """Return the standard deviation of ranges (m), by the second differences of neighbours.

    Edges are few beside points on surfaces, and the median does not feel them.
    """
    ranges = returns.ranges
    if len(ranges) < 16:
        return 0.0
    bends = np.abs(ranges[2:] - 2.0 * ranges[1:-1] + ranges[:-2])
    half = len(bends) // 2
    return float(np.partition(bends, half)[half]) * MEDIAN_TO_DEVIATION
