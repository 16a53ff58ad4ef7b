"""The part of the memory that a way can lead over: all that is known, and a lane around it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from robot_system.core.policy.memory import ObstacleMemory
from robot_system.core.policy.wavefront import bits_of, grown
from robot_system.core.values import FloatArray

LANE = 1.5
"""How much free space (m) there is around everything known: enough to go around it all."""


@dataclass(frozen=True, slots=True)
class Chart:
    """A rectangle of cells, as integers with a bit per cell; `column` and `row` are its corner's.

    `taken` are the cells where something was seen, `inside` all but those at the border.
    """

    column: int
    row: int
    columns: int
    rows: int
    resolution: float
    taken: int
    inside: int

    @classmethod
    def around(cls, memory: ObstacleMemory, places: tuple[tuple[float, float], ...]) -> Chart:
        """Return the chart of everything remembered and of some places."""
        cells = [memory.cell_of(x, y) for x, y in places]
        lane = math.ceil(LANE / memory.resolution)
        spans = []
        for axis in (0, 1):
            seen = np.flatnonzero(memory.hits.max(axis=axis))
            known = [cell[axis] for cell in cells]
            if len(seen):
                known += [int(seen[0]), int(seen[-1])]
            spans.append((max(min(known) - lane, 0), min(max(known) + lane + 1, memory.cells)))
        (left, right), (low, high) = spans
        inside = np.zeros((high - low, right - left), np.bool_)
        inside[1:-1, 1:-1] = True
        return cls(
            memory.column + left,
            memory.row + low,
            right - left,
            high - low,
            memory.resolution,
            bits_of(memory.hits[low:high, left:right] > 0),
            bits_of(inside),
        )

    def cell_of(self, x: float, y: float) -> int:
        """Return the number of the cell at a point, drawn to just inside of the border."""
        column = math.floor(x / self.resolution) - self.column
        row = math.floor(y / self.resolution) - self.row
        column = min(max(column, 1), self.columns - 2)
        row = min(max(row, 1), self.rows - 2)
        return row * self.columns + column

    def centres(self, cells: NDArray[np.intp]) -> FloatArray:
        """Return the centres of cells, one per row."""
        column = cells % self.columns + self.column
        row = cells // self.columns + self.row
        centres: FloatArray = np.column_stack((column, row)).astype(np.float64) + 0.5
        return centres * self.resolution

    def disc(self, x: float, y: float, radius: float) -> int:
        """Return the cells within a radius around a point, and the one that it is in."""
        rings = int(radius / self.resolution + 0.01)
        return grown(1 << self.cell_of(x, y), self.columns, rings, 1) & self.inside
