"""Shortest ways over a grid, by a wave whose front is one long integer with a bit per cell.

One shift moves the front over the whole grid at once, so that a step costs a few microseconds
however wide the front is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


def bits_of(cells: NDArray[np.bool_]) -> int:
    """Return a grid as an integer: bit row * width + column is set where the cell is."""
    return int.from_bytes(np.packbits(cells, bitorder="little").tobytes(), "little")


def grown_to_sides(bits: int, width: int) -> int:
    """Return the cells and their four neighbours."""
    return bits | bits << 1 | bits >> 1 | bits << width | bits >> width


def grown_to_corners(bits: int, width: int) -> int:
    """Return the cells and their eight neighbours."""
    row = bits | bits << 1 | bits >> 1
    return row | row << width | row >> width


def grown(bits: int, width: int, rings: int, first: int = 0) -> int:
    """Return the cells grown by some rings; an octagon, as even rings grow to the corners."""
    for ring in range(first, first + rings):
        bits = (grown_to_sides if ring & 1 else grown_to_corners)(bits, width)
    return bits


@dataclass(frozen=True, slots=True)
class Terrain:
    """Where a wave may go: `delayed` are (cells, extra steps to enter one of them), disjoint.

    No cell at the border is open.
    """

    width: int
    open: int
    delayed: tuple[tuple[int, int], ...] = ()


def way_through(terrain: Terrain, start: int, ends: int, limit: int = 4000) -> list[int] | None:
    """Return the cells of a quickest way from a cell to any of those in `ends`, or None.

    The wave runs from the ends to the start, and by turns to four and to eight neighbours:
    that makes its front an octagon, close to a circle.
    """
    width = terrain.width
    goal = 1 << start
    unseen = terrain.open | goal
    plain = unseen
    for cells, _ in terrain.delayed:
        plain &= ~cells
    slowest = 1 + max((delay for _, delay in terrain.delayed), default=0)
    arriving = [ends & unseen] + [0] * slowest
    reached: list[int] = []
    quiet = 0
    for step in range(limit):
        front = arriving[step] & unseen
        arriving.append(0)
        reached.append(front)
        if not front:
            quiet += 1
            if quiet > slowest:
                return None
            continue
        quiet = 0
        unseen ^= front
        if front & goal:
            return _descend(terrain, start, reached)
        grow = grown_to_corners if step & 1 else grown_to_sides
        touched = grow(front, width) & unseen
        arriving[step + 1] |= touched & plain
        for cells, delay in terrain.delayed:
            arriving[step + 1 + delay] |= touched & cells
    return None


def _descend(terrain: Terrain, start: int, reached: Sequence[int]) -> list[int]:
    """Follow the wave back from the start, preferring to go straight on."""
    width = terrain.width
    window = (1 << (2 * width + 3)) - 1
    sides = (1, -1, width, -width)
    corners = (*sides, width + 1, width - 1, -width + 1, -width - 1)
    cell, step = start, len(reached) - 1
    way = [cell]
    heading = 0
    while step > 0:
        step -= 1 + _delay_of(terrain, cell)
        if step < 0:
            break
        below = cell - width - 1
        around = (reached[step] >> below) & window
        options = corners if step & 1 else sides
        if not (heading in options and around >> (width + 1 + heading) & 1):
            heading = next(move for move in options if around >> (width + 1 + move) & 1)
        cell += heading
        way.append(cell)
    return way


def _delay_of(terrain: Terrain, cell: int) -> int:
    for cells, delay in terrain.delayed:
        if cells >> cell & 1:
            return delay
    return 0
