"""A grid around the robot that remembers where the LiDAR saw something."""

from __future__ import annotations

import math
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from robot_system.core.values import FloatArray

Item = TypeVar("Item", bound=np.generic)
CONFIDENT = 4
CLEAR_STRIDE = 12
CLEAR_RANGE = 6.0


class ObstacleMemory:
    """Square cells that stand still in the odometry frame, in a window that follows the robot.

    A cell that returned a beam is occupied until `CONFIDENT` beams in a row passed through it.
    Each cell also keeps where exactly its last return was.
    """

    def __init__(self, cells: int, resolution: float) -> None:
        self.cells = cells
        self.resolution = resolution
        self._way = np.arange(0.0, CLEAR_RANGE, resolution)
        self.reset()

    def reset(self) -> None:
        """Forget everything."""
        self.column, self.row = 0, 0
        self.hits: NDArray[np.int8] = np.zeros((self.cells, self.cells), np.int8)
        self._x: FloatArray = np.zeros((self.cells, self.cells))
        self._y: FloatArray = np.zeros((self.cells, self.cells))
        self._is_placed = False
        self._turn = 0

    def follow(self, x: float, y: float) -> bool:
        """Move the window so that the point is well inside; tell whether it moved."""
        column = math.floor(x / self.resolution) - self.cells // 2
        row = math.floor(y / self.resolution) - self.cells // 2
        if not self._is_placed:
            self.column, self.row, self._is_placed = column, row, True
            return True
        across, along = column - self.column, row - self.row
        if max(abs(across), abs(along)) <= self.cells // 6:
            return False
        self.hits = _shifted(self.hits, along, across)
        self._x = _shifted(self._x, along, across)
        self._y = _shifted(self._y, along, across)
        self.column, self.row = column, row
        return True

    def mark(self, x: FloatArray, y: FloatArray) -> None:
        """Remember returns at these points of the odometry frame."""
        column, row, is_inside = self._cells_of(x, y)
        if not is_inside.all():
            column, row, x, y = column[is_inside], row[is_inside], x[is_inside], y[is_inside]
        self.hits[row, column] = CONFIDENT
        self._x[row, column] = x
        self._y[row, column] = y

    def clear(
        self, x: float, y: float, cosines: FloatArray, sines: FloatArray, ranges: FloatArray
    ) -> None:
        """Take back what some of the beams from (x, y) pass through; each call takes others."""
        chosen = slice(self._turn % CLEAR_STRIDE, None, CLEAR_STRIDE)
        self._turn += 1
        # Each beam passes its first places on the way, so many of them: told apart by number.
        passed = self._way.searchsorted(ranges[chosen] - 2.0 * self.resolution)
        if not passed.any():
            return
        place = _counted_up(passed)
        way = self._way.take(place)
        column, row, is_inside = self._cells_of(
            x + cosines[chosen].repeat(passed) * way, y + sines[chosen].repeat(passed) * way
        )
        row *= self.cells
        row += column
        cells = row if is_inside.all() else row[is_inside]
        hits = self.hits.reshape(-1)
        left = hits.take(cells)
        marked = left.nonzero()[0]
        hits[cells.take(marked)] = left.take(marked) - 1

    def cell_of(self, x: float, y: float) -> tuple[int, int]:
        """Return column and row of a point, clamped to just inside of the border."""
        column = math.floor(x / self.resolution) - self.column
        row = math.floor(y / self.resolution) - self.row
        last = self.cells - 2
        return min(max(column, 1), last), min(max(row, 1), last)

    def points_near(self, x: float, y: float, radius: float) -> tuple[FloatArray, FloatArray]:
        """Return the remembered returns in a square around a point."""
        column, row = self.cell_of(x, y)
        reach = math.ceil(radius / self.resolution)
        rows = slice(max(row - reach, 0), row + reach + 1)
        columns = slice(max(column - reach, 0), column + reach + 1)
        is_hit = self.hits[rows, columns] > 0
        return self._x[rows, columns][is_hit], self._y[rows, columns][is_hit]

    def _cells_of(
        self, x: FloatArray, y: FloatArray
    ) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.bool_]]:
        scale = 1.0 / self.resolution
        column = np.floor(x * scale).astype(np.intp) - self.column
        row = np.floor(y * scale).astype(np.intp) - self.row
        last = self.cells - 1
        is_inside = (column > 0) & (column < last) & (row > 0) & (row < last)
        return column, row, is_inside


def _counted_up(lengths: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return 0, 1, ... up to each of the lengths, one after the other."""
    stops = lengths.cumsum()
    counted: NDArray[np.intp] = np.arange(stops[-1]) - (stops - lengths).repeat(lengths)
    return counted


def _shifted(cells: NDArray[Item], along: int, across: int) -> NDArray[Item]:
    """Return a grid whose cell (i, j) is the old one's (i + along, j + across), or zero."""
    size = len(cells)
    shifted = np.zeros_like(cells)
    kept = max(size - abs(along), 0), max(size - abs(across), 0)
    to = max(-along, 0), max(-across, 0)
    start = max(along, 0), max(across, 0)
    shifted[to[0] : to[0] + kept[0], to[1] : to[1] + kept[1]] = cells[
        start[0] : start[0] + kept[0], start[1] : start[1] + kept[1]
    ]
    return shifted
