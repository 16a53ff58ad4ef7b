"""Where the LiDAR has looked: the base may back off and turn only into what was seen before."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from robot_system.core.geometry import to_inner
from robot_system.core.motion.beams import Beams
from robot_system.core.motion.footprint import Footprint
from robot_system.core.values import Float32Array, FloatArray, Pose

# Distance of the nodes of the grid (m).
GRAIN = 0.05
# A node counts as seen when all within this distance of it was in view: so a strip of this width
# around what was not seen counts as unseen too, and no corner of it lies between the nodes (m).
AROUND = 1.5 * GRAIN
# Nothing new is in view before the base has moved this far (m, rad).
MOVED = 0.02


def middle_of(footprint: Footprint) -> Footprint:
    """Return the part of which all within AROUND is under the base too."""
    return Footprint(footprint.length - 2.0 * AROUND, footprint.width - 2.0 * AROUND)


class SeenSpace:
    """Nodes of a grid in the odometry frame, in a window around the base: seen or not.

    A node is seen when a beam passed it or ended there; what ended there is remembered as a
    point by others. What is further away than `radius` is forgotten. At the beginning a circle
    around the base is taken as seen: whoever put the robot there left it that much room. So is,
    always, where the base itself stands.
    """

    def __init__(self, footprint: Footprint, radius: float, at_start: float, reach: float) -> None:
        self._footprint = footprint
        self._middle = middle_of(footprint)
        self._radius = radius
        self._at_start = at_start
        self._reach = reach
        self._half = math.ceil(radius / GRAIN) + 3
        self.reset()

    def reset(self) -> None:
        """Begin anew where the base is at the next scan."""
        size = 2 * self._half + 1
        self._is_seen: NDArray[np.bool_] = np.zeros((size, size), np.bool_)
        self._column, self._row = 0, 0
        self._looked: Pose | None = None

    def look(self, beams: Beams, through: Float32Array, base: Pose, sensor: Pose) -> None:
        """Take what a scan shows from a place of the sensor."""
        last = self._looked
        if last is None:
            self._begin(base)
        elif (
            math.hypot(base.x - last.x, base.y - last.y) < MOVED
            and abs(base.theta - last.theta) < MOVED
        ):
            return
        self._looked = base
        self._follow(base)
        is_near = self._distances(base) <= self._radius**2
        self._is_seen &= is_near
        # Numbers of the nodes, row by row, that are to be looked for.
        nodes = (is_near > self._is_seen).reshape(-1).nonzero()[0]
        x, y = to_inner(sensor, *self._places(*np.divmod(nodes, len(is_near))))
        squared = x * x + y * y
        near = (squared <= self._radius**2).nonzero()[0]
        nodes, x, y = nodes.take(near), x.take(near), y.take(near)
        distance = np.sqrt(squared.take(near))
        index = beams.nearest(np.arctan2(y, x))
        if beams.count * abs(beams.increment) > 2.0 * math.pi - abs(beams.increment) / 2.0:
            is_shown = index < beams.count
        else:
            beside = np.ceil(AROUND / abs(beams.increment) / np.maximum(distance, AROUND))
            is_shown = (index >= beside) & (index < beams.count - beside)
        is_shown &= through.take(index, mode="clip") >= distance - AROUND
        is_shown &= distance >= beams.range_min
        self._is_seen.reshape(-1)[nodes[is_shown]] = True

    def hide(self, x: FloatArray, y: FloatArray) -> None:
        """Take back what was seen at these points: something is in front of them now."""
        columns = np.floor(x / GRAIN).astype(np.int64) - self._column
        rows = np.floor(y / GRAIN).astype(np.int64) - self._row
        size = len(self._is_seen) - 1
        is_inside = (columns >= 0) & (columns < size) & (rows >= 0) & (rows < size)
        columns, rows = columns[is_inside], rows[is_inside]
        for along in (0, 1):
            for across in (0, 1):
                self._is_seen[rows + along, columns + across] = False

    def unseen(self, beams: Beams, base: Pose, sensor: Pose) -> tuple[FloatArray, FloatArray]:
        """Return the nodes near the base that were never seen and are not in view."""
        steps = math.ceil(self._reach / GRAIN)
        column = round(base.x / GRAIN) - self._column
        row = round(base.y / GRAIN) - self._row
        bottom, left = max(row - steps, 0), max(column - steps, 0)
        part = self._is_seen[bottom : row + steps + 1, left : column + steps + 1]
        if part.all():
            return _NOTHING, _NOTHING
        rows, columns = np.nonzero(~part)
        x, y = self._places(rows + bottom, columns + left)
        local_x, local_y = to_inner(sensor, x, y)
        index = beams.nearest(np.arctan2(local_y, local_x))
        under = to_inner(base, x, y)
        is_known = self._middle.squared_gaps(*under) == 0.0
        part[rows[is_known], columns[is_known]] = True
        is_hidden = (index >= beams.count) & (self._footprint.squared_gaps(*under) > 0.0)
        is_hidden &= (x - base.x) ** 2 + (y - base.y) ** 2 <= self._reach**2
        return x[is_hidden], y[is_hidden]

    def _begin(self, base: Pose) -> None:
        self._column = round(base.x / GRAIN) - self._half
        self._row = round(base.y / GRAIN) - self._half
        self._is_seen = self._distances(base) <= self._at_start**2

    def _follow(self, base: Pose) -> None:
        """Keep the base in the middle of the window."""
        column = round(base.x / GRAIN) - self._half
        row = round(base.y / GRAIN) - self._half
        across, along = column - self._column, row - self._row
        if not across and not along:
            return
        size = len(self._is_seen)
        if abs(across) >= size or abs(along) >= size:
            self._begin(base)
            return
        moved = np.zeros_like(self._is_seen)
        into = moved[max(-along, 0) : size - max(along, 0), :]
        from_rows = self._is_seen[max(along, 0) : size - max(-along, 0), :]
        into[:, max(-across, 0) : size - max(across, 0)] = from_rows[
            :, max(across, 0) : size - max(-across, 0)
        ]
        self._is_seen, self._column, self._row = moved, column, row

    def _distances(self, base: Pose) -> FloatArray:
        """Return the squared distance of each node from the base."""
        size = len(self._is_seen)
        x = (np.arange(self._column, self._column + size) * GRAIN - base.x) ** 2
        y = (np.arange(self._row, self._row + size) * GRAIN - base.y) ** 2
        squared: FloatArray = y[:, None] + x[None, :]
        return squared

    def _places(
        self, rows: NDArray[np.intp], columns: NDArray[np.intp]
    ) -> tuple[FloatArray, FloatArray]:
        x: FloatArray = (columns + self._column).astype(np.float64) * GRAIN
        y: FloatArray = (rows + self._row).astype(np.float64) * GRAIN
        return x, y


_NOTHING: FloatArray = np.zeros(0)
