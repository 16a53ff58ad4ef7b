"""Search of ways through a world on a grid, to prove that it can be driven."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from robot_system.core.values import FloatArray
from robot_system.sim.world import Point, World

UNREACHED = -1


@dataclass(frozen=True, slots=True, eq=False)
class ClearanceGrid:
    """The clearance of every cell's centre, exact below `limit`; row is y, column is x.

    The outermost cells count as occupied, so that no way leads out of the bounds.
    """

    left: float
    bottom: float
    resolution: float
    clearance: FloatArray

    @classmethod
    def of(cls, world: World, resolution: float = 0.1, limit: float = 1.0) -> ClearanceGrid:
        """Measure a world, looking around each obstacle only as far as `limit`."""
        left, bottom, right, top = world.bounds
        shape = math.ceil((top - bottom) / resolution), math.ceil((right - left) / resolution)
        grid = cls(left, bottom, resolution, np.full(shape, limit))
        for circle in world.circles:
            x, y, radius = circle.tolist()
            part = replace(_nothing(world), circles=circle[None])
            grid._lower(part, (x - radius, y - radius, x + radius, y + radius), limit)
        for segment in world.segments:
            x, y, to_x, to_y = segment.tolist()
            part = replace(_nothing(world), segments=segment[None])
            corners = (min(x, to_x), min(y, to_y), max(x, to_x), max(y, to_y))
            grid._lower(part, corners, limit)
        for box in world.boxes:
            part = replace(_nothing(world), boxes=box[None])
            x, y = part.edges[:, 0], part.edges[:, 1]
            corners = (float(x.min()), float(y.min()), float(x.max()), float(y.max()))
            grid._lower(part, corners, limit)
        for edge in (np.s_[0, :], np.s_[-1, :], np.s_[:, 0], np.s_[:, -1]):
            grid.clearance[edge] = -1.0
        return grid

    def _lower(
        self, part: World, corners: tuple[float, float, float, float], limit: float
    ) -> None:
        first_row, first_column = self.cell((corners[0] - limit, corners[1] - limit))
        last_row, last_column = self.cell((corners[2] + limit, corners[3] + limit))
        rows = np.arange(first_row, last_row + 1)
        columns = np.arange(first_column, last_column + 1)
        x = self.left + (columns + 0.5) * self.resolution
        y = self.bottom + (rows + 0.5) * self.resolution
        distances = part.clearances(np.tile(x, len(y)), np.repeat(y, len(x)))
        window = self.clearance[first_row : last_row + 1, first_column : last_column + 1]
        np.minimum(window, distances.reshape(window.shape), out=window)

    def cell(self, point: Point) -> tuple[int, int]:
        """Return row and column of the cell around a point, the closest one from outside."""
        rows, columns = self.clearance.shape
        row = math.floor((point[1] - self.bottom) / self.resolution)
        column = math.floor((point[0] - self.left) / self.resolution)
        return min(max(row, 0), rows - 1), min(max(column, 0), columns - 1)

    def centre(self, row: int, column: int) -> Point:
        """Return the middle of a cell."""
        return (
            self.left + (column + 0.5) * self.resolution,
            self.bottom + (row + 0.5) * self.resolution,
        )

    def steps_from(self, start: Point, margin: float) -> NDArray[np.int32]:
        """Return how many steps to a neighbour (of 4) lead to each cell with this clearance."""
        is_free = (self.clearance >= margin).ravel()
        steps = np.full(is_free.size, UNREACHED, np.int32)
        row, column = self.cell(start)
        width = self.clearance.shape[1]
        front = np.array([row * width + column])
        if not is_free[front[0]]:
            return steps.reshape(self.clearance.shape)
        neighbours = np.array([1, -1, width, -width])
        steps[front] = count = 0
        while len(front):
            count += 1
            front = (front[:, None] + neighbours).ravel()
            front = front[is_free[front] & (steps[front] == UNREACHED)]
            steps[front] = count
            front = np.unique(front)
        return steps.reshape(self.clearance.shape)


def _nothing(world: World) -> World:
    return World(world.name, world.start, (), world.bounds)


def find_path(
    grid: ClearanceGrid, start: Point, goal: Point, margin: float
) -> tuple[Point, ...] | None:
    """Return the cells of a shortest way that keeps the margin, None when there is none."""
    steps = grid.steps_from(goal, margin)
    row, column = grid.cell(start)
    if steps[row, column] == UNREACHED:
        return None
    path = [start]
    while steps[row, column] > 0:
        wanted = steps[row, column] - 1
        for ahead in ((row, column + 1), (row, column - 1), (row + 1, column), (row - 1, column)):
            if steps[ahead] == wanted:
                row, column = ahead
                break
        path.append(grid.centre(row, column))
    return (*path, goal)


def is_solvable(world: World, margin: float, resolution: float = 0.1) -> bool:
    """Return whether every goal can be reached from the start with this clearance."""
    grid = ClearanceGrid.of(world, resolution, limit=margin + 2.0 * resolution)
    steps = grid.steps_from((world.start.x, world.start.y), margin)
    return bool(world.goals) and all(steps[grid.cell(goal)] != UNREACHED for goal in world.goals)
