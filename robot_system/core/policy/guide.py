"""The way to the goal over everything that was seen so far; what was not seen counts as free."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from robot_system.core.policy.chart import Chart
from robot_system.core.policy.memory import ObstacleMemory
from robot_system.core.policy.wavefront import Terrain, grown, way_through
from robot_system.core.time import Time, from_seconds
from robot_system.core.values import FloatArray, Pose

Block = tuple[float, float, Time]
"""A place (m), and until when it is not to be planned through."""
SMOOTHING = 5
FAR_TOLERANCE = 2.0
"""How near (m) a place on the way to a goal beyond the memory has to be reached."""


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
        away = self.way - (pose.x, pose.y)
        nearest = int((away * away).sum(axis=1).argmin())
        memory = self._memory
        places = np.floor(self.way[nearest : nearest + 40] / memory.resolution).astype(np.intp)
        column, row = (places - (memory.column, memory.row)).clip(1, memory.cells - 2).T
        cells = row * memory.cells + column
        around = (0, 1, -1, memory.cells, -memory.cells)
        hits = memory.hits.reshape(-1)
        return any(bool(hits.take(cells + step).any()) for step in around)

    def _plan(
        self, pose: Pose, goal: tuple[float, float], rings: int, blocks: Sequence[Block]
    ) -> FloatArray | None:
        memory = self._memory
        goal_seen = _drawn_in(goal, pose, 0.4 * memory.cells * memory.resolution)
        chart = Chart.around(memory, ((pose.x, pose.y), goal_seen))
        start = chart.cell_of(pose.x, pose.y)
        terrain = self._terrain(chart, start, rings, blocks)
        ends = chart.disc(*goal_seen, 0.0) & terrain.open
        if not ends:
            # The goal's own cell is too near to something: those around it will do.
            reach = self._settings.tolerance if goal_seen == goal else FAR_TOLERANCE
            ends = chart.disc(*goal_seen, reach) & terrain.open
        found = way_through(terrain, start, ends)
        if found is None:
            return None
        way = np.concatenate((chart.centres(np.array(found)), [goal_seen]))
        return _smooth(way)

    def _terrain(self, chart: Chart, start: int, rings: int, blocks: Sequence[Block]) -> Terrain:
        taken = chart.taken
        body = grown(taken, chart.columns, rings)
        for x, y, _ in blocks:
            body |= chart.disc(x, y, self._settings.block_radius)
        # The robot is where it is: what it stands in must not shut it in.
        here = grown(1 << start, chart.columns, rings)
        body &= ~(here & ~taken)
        free = chart.inside & ~body
        delayed = []
        known = body
        for ring, delay in enumerate(self._settings.delays):
            wider = grown(known, chart.columns, 1, ring)
            delayed.append((wider & ~known & free, delay))
            known = wider
        return Terrain(chart.columns, free, tuple(delayed))


def _drawn_in(goal: tuple[float, float], pose: Pose, reach: float) -> tuple[float, float]:
    """Return the goal, or where it is beyond the memory a place on the line to it."""
    away = math.hypot(goal[0] - pose.x, goal[1] - pose.y)
    share = reach / away if away > reach else 1.0
    if share == 1.0:
        return goal
    return pose.x + share * (goal[0] - pose.x), pose.y + share * (goal[1] - pose.y)


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
