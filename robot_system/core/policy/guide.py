"""The way to the goal over everything that was seen so far; what was not seen counts as free."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from robot_system.core.policy.memory import ObstacleMemory
from robot_system.core.policy.wavefront import (
    Terrain,
    bits_of,
    grown_to_corners,
    grown_to_sides,
    way_through,
)
from robot_system.core.time import Time, from_seconds
from robot_system.core.values import FloatArray, Pose

Block = tuple[float, float, Time]
"""A place (m), and until when it is not to be planned through."""
SMOOTHING = 5
FAR_GOAL = 0.3
"""Where a goal outside of the window is sought, as a share of the window's width."""


@dataclass(frozen=True, slots=True)
class GuideSettings:
    """Times in s, lengths in m.

    `body` is the radius around a return that is never planned through, `delays` the extra steps
    to enter each further ring of cells around it, from the inside to the outside.
    """

    body: float
    tolerance: float
    replan_period: float = 1.0
    replan_pause: float = 0.2
    block_radius: float = 0.3
    block_time: float = 20.0
    delays: tuple[int, ...] = (8, 4, 2, 1)


class Guide:
    """Keeps a way to the goal: plans anew when it is old, blocked, or the goal is another."""

    def __init__(self, memory: ObstacleMemory, settings: GuideSettings) -> None:
        self._memory = memory
        self._settings = settings
        self._inside = _inside(memory.cells)
        self._rings = max(1, math.floor(settings.body / memory.resolution))
        self.reset()

    def reset(self) -> None:
        """Forget the way and all blocks."""
        self.way: FloatArray = np.zeros((0, 2))
        self.failed_since: Time | None = None
        self._planned: Time | None = None
        self._goal: tuple[float, float] | None = None
        self._blocks: list[Block] = []

    def update(self, pose: Pose, goal: tuple[float, float], stamp: Time) -> None:
        """Plan where that is due."""
        if goal != self._goal:
            self._goal, self._planned, self.failed_since = goal, None, None
            self._blocks.clear()
        if not self._is_due(pose, stamp):
            return
        self._planned = stamp
        self._blocks = [block for block in self._blocks if block[2] > stamp]
        way = self._plan(pose, goal, self._rings, self._blocks)
        if way is None and self._blocks:
            self._blocks.clear()
            way = self._plan(pose, goal, self._rings, ())
        if way is None and self._rings > 1:
            # A cell is a coarse thing: what looks shut may be just wide enough.
            way = self._plan(pose, goal, self._rings - 1, ())
        if way is not None:
            self.way, self.failed_since = way, None
            return
        self.way = np.zeros((0, 2))
        if self.failed_since is None:
            self.failed_since = stamp

    def block(self, x: float, y: float, stamp: Time) -> None:
        """Do not plan through a place for a while: it could not be passed."""
        self._blocks.append((x, y, stamp + from_seconds(self._settings.block_time)))
        self._planned = None

    def _is_due(self, pose: Pose, stamp: Time) -> bool:
        if self._planned is None or stamp < self._planned:
            return True
        settings = self._settings
        age = stamp - self._planned
        if age >= from_seconds(settings.replan_period):
            return True
        return age >= from_seconds(settings.replan_pause) and self._is_blocked(pose)

    def _is_blocked(self, pose: Pose) -> bool:
        if len(self.way) == 0:
            return False
        nearest = int(((self.way - (pose.x, pose.y)) ** 2).sum(axis=1).argmin())
        ahead = self.way[nearest : nearest + 40]
        memory = self._memory
        column = np.floor(ahead[:, 0] / memory.resolution).astype(np.intp) - memory.column
        row = np.floor(ahead[:, 1] / memory.resolution).astype(np.intp) - memory.row
        hits = memory.hits
        last = memory.cells - 2
        column, row = column.clip(1, last), row.clip(1, last)
        is_hit = hits[row, column] | hits[row + 1, column] | hits[row - 1, column]
        is_hit |= hits[row, column + 1] | hits[row, column - 1]
        return bool(is_hit.any())

    def _plan(
        self, pose: Pose, goal: tuple[float, float], rings: int, blocks: Sequence[Block]
    ) -> FloatArray | None:
        memory = self._memory
        cells = memory.cells
        column, row = memory.cell_of(pose.x, pose.y)
        start = row * cells + column
        terrain = self._terrain(start, rings, blocks)
        found = way_through(terrain, start, self._ends(goal, pose, terrain.open))
        if found is None:
            return None
        of_way = np.array(found)
        x, y = memory.centres((of_way % cells).astype(float), (of_way // cells).astype(float))
        way = np.column_stack((x, y))
        if _is_in_window(memory, goal):
            way = np.concatenate((way, [goal]))
        return _smooth(way)

    def _terrain(self, start: int, rings: int, blocks: Sequence[Block]) -> Terrain:
        cells = self._memory.cells
        taken = bits_of(self._memory.hits > 0)
        body = _grown(taken, cells, rings)
        for x, y, _ in blocks:
            body |= self._disc(x, y, self._settings.block_radius)
        # The robot is where it is: what it stands in must not shut it in.
        here = _grown(1 << start, cells, rings)
        body &= ~(here & ~taken)
        free = self._inside & ~body
        delayed = []
        grown = body
        for ring, delay in enumerate(self._settings.delays):
            wider = _grown(grown, cells, 1, ring)
            delayed.append((wider & ~grown & free, delay))
            grown = wider
        return Terrain(cells, free, tuple(delayed))

    def _ends(self, goal: tuple[float, float], pose: Pose, free: int) -> int:
        """Return the cells at which the goal is reached; a far goal is drawn into the window.

        Where the goal's own cell is too near to something, those around it will do.
        """
        memory = self._memory
        if _is_in_window(memory, goal):
            exact = self._disc(*goal, 0.0) & free
            return exact or self._disc(*goal, self._settings.tolerance) & free
        away = math.hypot(goal[0] - pose.x, goal[1] - pose.y)
        share = FAR_GOAL * memory.cells * memory.resolution / away
        x = pose.x + share * (goal[0] - pose.x)
        y = pose.y + share * (goal[1] - pose.y)
        return self._disc(x, y, 1.0) & free

    def _disc(self, x: float, y: float, radius: float) -> int:
        memory = self._memory
        column, row = memory.cell_of(x, y)
        rings = int(radius / memory.resolution + 0.01)
        disc = _grown(1 << (row * memory.cells + column), memory.cells, rings, 1)
        return disc & self._inside


def _grown(bits: int, width: int, rings: int, first: int = 0) -> int:
    """Return the cells grown by some rings; an octagon, as even rings grow to the corners."""
    for ring in range(first, first + rings):
        bits = (grown_to_sides if ring & 1 else grown_to_corners)(bits, width)
    return bits


def _is_in_window(memory: ObstacleMemory, point: tuple[float, float]) -> bool:
    column = math.floor(point[0] / memory.resolution) - memory.column
    row = math.floor(point[1] / memory.resolution) - memory.row
    return 0 < column < memory.cells - 1 and 0 < row < memory.cells - 1


def _inside(cells: int) -> int:
    """Return all cells but those at the border."""
    row = np.ones(cells, np.bool_)
    row[0] = row[-1] = False
    inside = np.repeat(row[None, :], cells, axis=0)
    inside[0] = inside[-1] = False
    return bits_of(inside)


def _smooth(way: FloatArray) -> FloatArray:
    """Return the way with its stairs averaged out, and its ends kept."""
    if len(way) < SMOOTHING:
        return way
    half = SMOOTHING // 2
    padded = np.concatenate((np.repeat(way[:1], half, 0), way, np.repeat(way[-1:], half, 0)))
    sums = np.cumsum(np.concatenate((np.zeros((1, 2)), padded)), axis=0)
    smooth: FloatArray = (sums[SMOOTHING:] - sums[:-SMOOTHING]) / SMOOTHING
    smooth[0], smooth[-1] = way[0], way[-1]
    return smooth
