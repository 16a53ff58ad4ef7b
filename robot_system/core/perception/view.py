"""Whether something stands between the sensor and a place."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from robot_system.core.geometry import compose, to_inner
from robot_system.core.perception.returns import FULL_TURN, Returns
from robot_system.core.values import FloatArray, Pose, Scan

CLEARLY = 0.1
"""What hides something is at least so much nearer (m)."""


class View:
    """What one scan shows from where it was taken."""

    def __init__(self, scan: Scan, returns: Returns, base: Pose, mount: Pose) -> None:
        self._scan = scan
        self._returns = returns
        self._sensor = compose(base, mount)

    def hides(self, x: FloatArray, y: FloatArray, radii: FloatArray) -> NDArray[np.bool_]:
        """Tell which circles are behind something, or where nothing is known."""
        scan, returns = self._scan, self._returns
        x, y = to_inner(self._sensor, x, y)
        count = len(scan.ranges)
        turn = (np.arctan2(y, x) - scan.angle_min) % FULL_TURN
        if scan.angle_increment < 0.0:
            turn = (FULL_TURN - turn) % FULL_TURN
        beam = np.rint(turn / returns.increment).astype(np.intp)
        if returns.is_full_turn:
            beam %= count
        is_unknown = beam >= count
        beam[is_unknown] = 0
        is_unknown |= returns.is_broken[beam]
        place = np.minimum(np.searchsorted(returns.beams, beam), max(len(returns.beams) - 1, 0))
        if len(returns.beams) == 0:
            return is_unknown
        has_return = returns.beams[place] == beam
        seen = np.where(has_return, returns.ranges[place], math.inf)
        hidden: NDArray[np.bool_] = is_unknown | (seen < np.hypot(x, y) - radii - CLEARLY)
        return hidden
