"""Whether something stands between the sensor and a place."""

from __future__ import annotations

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
        last = len(scan.ranges) - 1
        turn = (np.arctan2(y, x) - scan.angle_min) * returns.turn % FULL_TURN
        beam = np.rint(turn * (1.0 / returns.increment)).astype(np.intp)
        if returns.is_full_turn:
            beam %= last + 1
        # A broken beam is nearer than the least range, or no number: it may hide anything.
        nearest = np.maximum(np.hypot(x, y) - radii - CLEARLY, scan.range_min)
        nearest = np.minimum(nearest, scan.range_max)
        is_seen = scan.ranges[np.minimum(beam, last)] >= nearest
        hidden: NDArray[np.bool_] = ~(is_seen & (beam <= last))
        return hidden
