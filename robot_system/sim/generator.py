"""Worlds made from a seed: walls, rooms, corridors or clutter, always solvable."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from robot_system.core.values import FloatArray, Pose
from robot_system.errors import WorldError
from robot_system.sim.floorplans import Plan, clutter, corridors, rooms
from robot_system.sim.search import UNREACHED, ClearanceGrid, find_path
from robot_system.sim.world import MovingCircle, Point, World

PASSAGE = 0.48
"""Clearance (m) along the proven way: the half diagonal of the base, and 0.15 m to spare."""
STAND = 0.65
"""Clearance (m) of the start and of the goals."""
_ATTEMPTS = 50

# fmt: off
KINDS: dict[str, Callable[[np.random.Generator], Plan]] = {
    "rooms": rooms,
    "corridors": corridors,
    "sparse": lambda rng: clutter(rng, 0.06),
    "medium": lambda rng: clutter(rng, 0.13),
    "dense": lambda rng: clutter(rng, 0.22),
}
# fmt: on


def generate(seed: int, kind: str = "", moving: int = 0, goals: int = 5) -> World:
    """Return the world of this seed and kind; without a kind, the seed chooses one."""
    kind = kind or tuple(KINDS)[seed % len(KINDS)]
    if kind not in KINDS:
        raise WorldError(f"no kind of world is named {kind!r}; kinds are {', '.join(KINDS)}")
    for attempt in range(_ATTEMPTS):
        rng = np.random.default_rng([seed, tuple(KINDS).index(kind), attempt])
        world = _furnished(f"generated:{kind}:{seed}", KINDS[kind](rng), rng, moving, goals)
        if world is not None:
            return world
    raise WorldError(f"world generated:{kind}:{seed}: no solvable one in {_ATTEMPTS} attempts")


def _furnished(
    name: str, plan: Plan, rng: np.random.Generator, moving: int, goals: int
) -> World | None:
    """Choose start, goals and moving obstacles; None where that can not be done."""
    empty = World(
        name, Pose(), (), (0.0, 0.0, *plan.size), plan.circles, plan.segments, plan.boxes
    )
    grid = ClearanceGrid.of(empty)
    places = _places(grid, rng, goals)
    if places is None:
        return None
    start, *aims = places
    path = find_path(grid, start, aims[0], PASSAGE)
    if path is None:
        return None
    ahead = path[min(15, len(path) - 1)]
    heading = math.atan2(ahead[1] - start[1], ahead[0] - start[0])
    walkers = _walkers(grid, start, rng, moving)
    if walkers is None:
        return None
    return replace(
        empty, start=Pose(start[0], start[1], heading), goals=tuple(aims), moving=walkers
    )


def _places(grid: ClearanceGrid, rng: np.random.Generator, goals: int) -> list[Point] | None:
    """Choose a start and goals, all in one connected part, each far from the one before."""
    rows, columns = np.nonzero(grid.clearance >= STAND)
    if len(rows) < 2:
        return None
    first = int(rng.integers(len(rows)))
    start = grid.centre(int(rows[first]), int(columns[first]))
    is_reached = grid.steps_from(start, PASSAGE)[rows, columns] != UNREACHED
    rows, columns = rows[is_reached], columns[is_reached]
    if len(rows) < 0.5 * len(is_reached):
        return None
    x = grid.left + (columns + 0.5) * grid.resolution
    y = grid.bottom + (rows + 0.5) * grid.resolution
    places = [start]
    for _ in range(goals):
        far = np.hypot(x - places[-1][0], y - places[-1][1])
        candidates = np.flatnonzero(far >= 0.6 * far.max())
        chosen = int(candidates[rng.integers(len(candidates))])
        places.append(grid.centre(int(rows[chosen]), int(columns[chosen])))
    return places


def _walkers(
    grid: ClearanceGrid, start: Point, rng: np.random.Generator, count: int
) -> tuple[MovingCircle, ...] | None:
    """Choose straight walks that are free of what stands, and begin away from the robot."""
    walkers: list[MovingCircle] = []
    for _ in range(200 * count):
        if len(walkers) == count:
            break
        radius = float(rng.uniform(0.2, 0.35))
        rows, columns = np.nonzero(grid.clearance >= radius + 0.15)
        one, other = rng.integers(len(rows), size=2).tolist()
        begin = grid.centre(int(rows[one]), int(columns[one]))
        end = grid.centre(int(rows[other]), int(columns[other]))
        length = math.dist(begin, end)
        if not 2.0 <= length <= 8.0 or _distance(start, begin, end) < 1.5:
            continue
        if _is_free(grid, begin, end, radius + 0.1):
            phase = float(rng.uniform(0.0, 2.0 * length))
            walkers.append(MovingCircle(radius, (begin, end), float(rng.uniform(0.3, 0.8)), phase))
    return tuple(walkers) if len(walkers) == count else None


def _is_free(grid: ClearanceGrid, begin: Point, end: Point, margin: float) -> bool:
    steps = max(2, math.ceil(math.dist(begin, end) / grid.resolution))
    x: FloatArray = np.linspace(begin[0], end[0], steps)
    y: FloatArray = np.linspace(begin[1], end[1], steps)
    rows = ((y - grid.bottom) / grid.resolution).astype(np.intp)
    columns = ((x - grid.left) / grid.resolution).astype(np.intp)
    return bool((grid.clearance[rows, columns] >= margin).all())


def _distance(point: Point, begin: Point, end: Point) -> float:
    along_x, along_y = end[0] - begin[0], end[1] - begin[1]
    to_x, to_y = point[0] - begin[0], point[1] - begin[1]
    share = (to_x * along_x + to_y * along_y) / (along_x**2 + along_y**2)
    share = min(max(share, 0.0), 1.0)
    return math.hypot(to_x - share * along_x, to_y - share * along_y)
