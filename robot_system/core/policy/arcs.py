"""How far the footprint can go along each of a few arcs: looked up, not computed, per scan.

For each cell around the base a table holds after how many metres of each arc the footprint,
grown by each of a few margins, would touch something in that cell.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from robot_system.core.geometry import advance, to_inner
from robot_system.core.values import Float32Array, FloatArray, Pose

CELL = 0.03
FAR = 1e3
TURN_STEP = 0.05
NUDGE = 0.05
LOSS = 2e-3
"""A point that is already within a margin stops a motion which brings it closer: by more than
`LOSS` (m) within the first `NUDGE` (m)."""


@dataclass(frozen=True, slots=True)
class ArcSettings:
    """Footprint (m), margins from the narrowest to the widest (m), curvatures (1/m), reach (m)."""

    length: float
    width: float
    margins: tuple[float, ...]
    curvatures: tuple[float, ...]
    reach: float


@dataclass(frozen=True, slots=True, eq=False)
class FreeWays:
    """Free metres by (margin, curvature), and free radians of turning by (margin, left/right)."""

    metres: Float32Array
    radians: Float32Array


class ArcTable:
    """Looks up the free way of all arcs for points in the base frame."""

    def __init__(self, settings: ArcSettings) -> None:
        self._settings = settings
        self._behind = 0.5 * settings.length + 0.4
        self._beside = settings.reach * 0.75
        self._columns = round((settings.reach + self._behind) / CELL)
        self._rows = round(2.0 * self._beside / CELL)
        self._outside = self._columns * self._rows
        x = (np.arange(self._columns) + 0.5) * CELL - self._behind
        y = (np.arange(self._rows) + 0.5) * CELL - self._beside
        grid_x, grid_y = (axis.ravel() for axis in np.meshgrid(x, y))
        self._arcs = len(settings.margins) * len(settings.curvatures)
        ways = [
            arc_to_contact(grid_x, grid_y, curvature, settings, margin)
            for margin in settings.margins
            for curvature in settings.curvatures
        ]
        ways += [
            turn_to_contact(grid_x, grid_y, sign, settings, margin)
            for margin in settings.margins
            for sign in (1.0, -1.0)
        ]
        ways_of_cells = np.stack(ways, axis=1)
        nothing = np.full((1, ways_of_cells.shape[1]), FAR)
        self._table = np.concatenate((ways_of_cells, nothing)).astype(np.float32)

    def look_up(self, x: FloatArray, y: FloatArray) -> FreeWays:
        """Return the free ways among these points; for reversing give -x, curvatures turn."""
        cells = self._cells_of(x, y)
        if len(cells):
            found = self._table[cells].min(axis=0)
        else:
            found = self._table[self._outside]
        margins = len(self._settings.margins)
        return FreeWays(
            found[: self._arcs].reshape(margins, -1), found[self._arcs :].reshape(margins, 2)
        )

    def _cells_of(self, x: FloatArray, y: FloatArray) -> NDArray[np.intp]:
        column = ((x + self._behind) * (1.0 / CELL)).astype(np.intp)
        row = ((y + self._beside) * (1.0 / CELL)).astype(np.intp)
        is_inside = (x > -self._behind) & (column < self._columns)
        is_inside &= (y > -self._beside) & (row < self._rows)
        cells: NDArray[np.intp] = (row * self._columns + column)[is_inside]
        return cells


def arc_to_contact(
    x: FloatArray, y: FloatArray, curvature: float, settings: ArcSettings, margin: float
) -> FloatArray:
    """Return the metres of a forward arc until the footprint touches each point.

    Seen from the centre of the turn a point at radius rho comes closer by angle only; it is
    touched where that circle meets the front or the inner side of the footprint, or its tail.
    """
    half_length = 0.5 * settings.length + margin
    half_width = 0.5 * settings.width + margin
    way = np.full(len(x), FAR)
    if curvature == 0.0:
        is_ahead = (np.abs(y) < half_width) & (x >= half_length)
        way[is_ahead] = x[is_ahead] - half_length
    else:
        radius = 1.0 / abs(curvature)
        inner, outer = max(radius - half_width, 0.0), radius + half_width
        across = radius - math.copysign(1.0, curvature) * y
        rho = np.hypot(x, across)
        angle = np.arctan2(x, across)
        met = np.maximum(np.sqrt(np.maximum(rho**2 - half_length**2, 0.0)), inner)
        front = np.arccos(np.minimum(met / np.maximum(rho, 1e-9), 1.0))
        is_swept = (rho >= inner) & (rho <= math.hypot(half_length, outer))
        is_ahead = is_swept & (angle >= front - 1e-6)
        way[is_ahead] = np.maximum(angle - front, 0.0)[is_ahead] * radius
        tail = np.arccos(np.minimum(outer / np.maximum(rho, 1e-9), 1.0))
        is_beside = is_swept & (rho > outer) & (np.abs(angle) < tail)
        way[is_beside] = (angle + tail)[is_beside] * radius
        is_behind = is_swept & ~is_ahead & ~is_beside
        way[is_behind] = (angle - front + 2.0 * math.pi)[is_behind] * radius
    gaps = _gaps(x, y, settings)
    is_inside = (np.abs(x) < half_length) & (np.abs(y) < half_width)
    after = _gaps(*_seen_after(x, y, curvature, NUDGE), settings)
    way[is_inside] = np.where(after < gaps - LOSS, 0.0, FAR)[is_inside]
    return way


def turn_to_contact(
    x: FloatArray, y: FloatArray, sign: float, settings: ArcSettings, margin: float
) -> FloatArray:
    """Return the radians of a turn on the spot until the footprint touches each point."""
    radius = 0.5 * math.hypot(settings.length, settings.width) + margin
    way = np.full(len(x), FAR)
    near = np.flatnonzero(np.hypot(x, y) < radius)
    near_x, near_y = x[near], y[near]
    allowed = np.minimum(margin, _gaps(near_x, near_y, settings) - LOSS)
    for turned in np.arange(math.pi, 0.0, -TURN_STEP):
        cosine, sine = math.cos(turned), math.sin(turned) * sign
        gaps = _gaps(cosine * near_x + sine * near_y, cosine * near_y - sine * near_x, settings)
        way[near[gaps < allowed]] = turned - TURN_STEP
    turns: FloatArray = np.maximum(way, 0.0)
    return turns


def _gaps(x: FloatArray, y: FloatArray, settings: ArcSettings) -> FloatArray:
    """Return how far points are from the footprint, negative inside."""
    across = np.abs(x) - 0.5 * settings.length
    along = np.abs(y) - 0.5 * settings.width
    outside = np.hypot(np.maximum(across, 0.0), np.maximum(along, 0.0))
    gaps: FloatArray = np.where(outside > 0.0, outside, np.maximum(across, along))
    return gaps


def _seen_after(
    x: FloatArray, y: FloatArray, curvature: float, way: float
) -> tuple[FloatArray, FloatArray]:
    """Return points as seen from the base after some metres of an arc."""
    moved = advance(Pose(), 1.0, curvature, way)
    return to_inner(moved, x, y)


@lru_cache(maxsize=2)
def arc_table(settings: ArcSettings) -> ArcTable:
    """Return the table of these settings, made once in this process."""
    return ArcTable(settings)
