"""Floor plans drawn at random: rooms with doors, corridors, and clutter."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from robot_system.core.values import FloatArray

Segment = tuple[float, float, float, float]
_DOOR = (1.2, 1.8)
_SMALLEST_ROOM = 3.2
WALL = 0.10
"""How thick (m) the walls inside are. Without any thickness few beams meet an end of one."""


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """What stands in a walled area with one corner at the origin."""

    size: tuple[float, float]
    circles: FloatArray
    segments: FloatArray
    boxes: FloatArray


def clutter(rng: np.random.Generator, density: float) -> Plan:
    """Strew pillars and boxes, so many per square metre."""
    size = _size(rng)
    count = round(density * size[0] * size[1])
    round_ones = round(count * rng.uniform(0.4, 0.7))
    circles, boxes = _strewn(rng, (0.0, 0.0, *size), round_ones, count - round_ones)
    return Plan(size, circles, np.array(_outline(size)), boxes)


def rooms(rng: np.random.Generator) -> Plan:
    """Divide the area again and again by walls with one or two doors, and furnish the rooms."""
    size = _size(rng)
    walls: list[Segment] = []
    open_areas = [(0.0, 0.0, *size)]
    closed_areas: list[Segment] = []
    while open_areas:
        area = open_areas.pop()
        width, height = area[2] - area[0], area[3] - area[1]
        longest = max(width, height)
        if longest < 2.0 * _SMALLEST_ROOM or (longest < 7.0 and rng.random() < 0.4):
            closed_areas.append(area)
            continue
        is_upright = width > height
        low, high = (area[0], area[2]) if is_upright else (area[1], area[3])
        at = float(rng.uniform(low + _SMALLEST_ROOM, high - _SMALLEST_ROOM))
        walls += _wall_with_doors(rng, area, at, is_upright)
        if is_upright:
            open_areas += [(area[0], area[1], at, area[3]), (at, area[1], area[2], area[3])]
        else:
            open_areas += [(area[0], area[1], area[2], at), (area[0], at, area[2], area[3])]
    furniture = [
        _strewn(rng, area, int(rng.integers(0, 2)), int(rng.integers(0, 3)))
        for area in closed_areas
    ]
    circles = np.concatenate([circles for circles, _ in furniture])
    boxes = np.concatenate([_thick(walls), *(boxes for _, boxes in furniture)])
    return Plan(size, circles, np.array(_outline(size)), boxes)


def corridors(rng: np.random.Generator) -> Plan:
    """Carve a maze of wide corridors, with some walls opened so that there are several ways."""
    cell = float(rng.uniform(2.0, 2.5))
    columns = int(rng.integers(6, 9))
    rows = int(rng.integers(6, 9))
    is_open_right = np.zeros((rows, columns), bool)
    is_open_up = np.zeros((rows, columns), bool)
    _carve(rng, is_open_right, is_open_up)
    is_open_right |= rng.random((rows, columns)) < 0.2
    is_open_up |= rng.random((rows, columns)) < 0.2
    size = (columns * cell, rows * cell)
    # Longer by half their thickness, so that they make full corners where they meet.
    rim = 0.5 * WALL
    walls = [
        (at * cell, begin * cell - rim, at * cell, end * cell + rim)
        for at in range(1, columns)
        for begin, end in _runs(~is_open_right[:, at - 1])
    ] + [
        (begin * cell - rim, at * cell, end * cell + rim, at * cell)
        for at in range(1, rows)
        for begin, end in _runs(~is_open_up[at - 1])
    ]
    return Plan(size, np.zeros((0, 3)), np.array(_outline(size)), _thick(walls))


def _size(rng: np.random.Generator) -> tuple[float, float]:
    return float(rng.uniform(12.0, 20.0)), float(rng.uniform(12.0, 20.0))


def _outline(size: tuple[float, float]) -> list[Segment]:
    width, height = size
    return [
        (0.0, 0.0, width, 0.0),
        (width, 0.0, width, height),
        (width, height, 0.0, height),
        (0.0, height, 0.0, 0.0),
    ]


def _thick(walls: list[Segment]) -> FloatArray:
    """Return each wall as a box around it."""
    lines = np.array(walls).reshape(-1, 4)
    along = lines[:, 2:] - lines[:, :2]
    return np.column_stack(
        [
            0.5 * (lines[:, :2] + lines[:, 2:]),
            np.hypot(along[:, 0], along[:, 1]),
            np.full(len(lines), WALL),
            np.arctan2(along[:, 1], along[:, 0]),
        ]
    )


def _runs(flags: np.ndarray) -> list[tuple[int, int]]:
    """Return where each run of true ones begins, and where it is over."""
    steps = np.diff(flags.astype(np.int8), prepend=0, append=0)
    begins, ends = np.flatnonzero(steps == 1), np.flatnonzero(steps == -1)
    return list(zip(begins.tolist(), ends.tolist(), strict=True))


def _strewn(
    rng: np.random.Generator, area: Segment, circles: int, boxes: int
) -> tuple[FloatArray, FloatArray]:
    low, high = np.array(area[:2]) + 0.3, np.array(area[2:]) - 0.3
    round_ones = np.column_stack(
        [rng.uniform(low, high, (circles, 2)), rng.uniform(0.08, 0.45, circles)]
    )
    square_ones = np.column_stack(
        [
            rng.uniform(low, high, (boxes, 2)),
            rng.uniform(0.3, 1.4, boxes),
            rng.uniform(0.2, 0.7, boxes),
            rng.uniform(-np.pi, np.pi, boxes),
        ]
    )
    return round_ones, square_ones


def _wall_with_doors(
    rng: np.random.Generator, area: Segment, at: float, is_upright: bool
) -> list[Segment]:
    low, high = (area[1], area[3]) if is_upright else (area[0], area[2])
    doors = 2 if high - low > 9.0 else 1
    ends = [low]
    for door in range(doors):
        part = (high - low) / doors
        width = float(rng.uniform(*_DOOR))
        begin = float(rng.uniform(low + door * part + 0.3, low + (door + 1) * part - 0.3 - width))
        ends += [begin, begin + width]
    ends.append(high)
    pieces = zip(ends[::2], ends[1::2], strict=True)
    if is_upright:
        return [(at, begin, at, end) for begin, end in pieces]
    return [(begin, at, end, at) for begin, end in pieces]


def _carve(rng: np.random.Generator, is_open_right: np.ndarray, is_open_up: np.ndarray) -> None:
    """Open walls by a random walk that goes back when stuck, until every cell was visited."""
    rows, columns = is_open_right.shape
    is_visited = np.zeros((rows, columns), bool)
    is_visited[0, 0] = True
    trail = [(0, 0)]
    while trail:
        row, column = trail[-1]
        ways = [
            (row + up, column + right)
            for up, right in ((0, 1), (0, -1), (1, 0), (-1, 0))
            if 0 <= row + up < rows
            and 0 <= column + right < columns
            and not is_visited[row + up, column + right]
        ]
        if not ways:
            trail.pop()
            continue
        to_row, to_column = ways[int(rng.integers(len(ways)))]
        if to_row == row:
            is_open_right[row, min(column, to_column)] = True
        else:
            is_open_up[min(row, to_row), column] = True
        is_visited[to_row, to_column] = True
        trail.append((to_row, to_column))
