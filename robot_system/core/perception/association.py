"""Keeps the ids of obstacles from scan to scan, by nearest neighbour."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from robot_system.core.values import FloatArray


class Associator:
    """Gives each obstacle the id of the last scan's nearest one, when each is the other's."""

    def __init__(self, gate: float) -> None:
        self._gate = gate
        self.reset()

    def reset(self) -> None:
        """Forget all ids."""
        self._next = 1
        self._ids: NDArray[np.int64] = np.zeros(0, np.int64)
        self._positions: FloatArray = np.zeros((0, 2))

    def ids_of(self, positions: FloatArray) -> NDArray[np.int64]:
        """Return the ids of obstacles at these positions, in a frame that stands still."""
        ids = np.zeros(len(positions), np.int64)
        if len(positions) and len(self._ids):
            across = positions[:, None, 0] - self._positions[None, :, 0]
            along = positions[:, None, 1] - self._positions[None, :, 1]
            square = across * across + along * along
            nearest = square.argmin(axis=1)
            rows = np.arange(len(positions))
            is_mutual = square.argmin(axis=0)[nearest] == rows
            is_same = is_mutual & (square[rows, nearest] <= self._gate**2)
            ids[is_same] = self._ids[nearest[is_same]]
        is_new = ids == 0
        count = int(np.count_nonzero(is_new))
        ids[is_new] = np.arange(self._next, self._next + count)
        self._next += count
        self._ids, self._positions = ids, positions
        return ids
