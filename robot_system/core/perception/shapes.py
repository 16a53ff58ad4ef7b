"""What segments look like: circles, straight pieces and boxes."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from robot_system.core.perception.fitting import Fits, fit
from robot_system.core.perception.segmentation import Segments
from robot_system.core.values import FloatArray, Kind

MEAN_DEPTH = math.pi / 4.0
"""How far, in radii, the visible points of a circle are in front of its centre, on average."""
ROUND_DEPTH = 0.0498
"""Variance of that depth over the points, in squared radii: 2/3 - pi^2/16."""
WIDEST_HALF = math.asin(0.8)
"""The half angle beyond which a circle is too close to be measured by its width."""
USUAL_RADIUS = 0.25
"""What is taken for the radius (m) of things of which only a part is seen."""
FEW = 12
"""With fewer points a circle that is seen whole is measured by its width, not by a fit."""

ORIGIN = np.zeros((2, 1))
CIRCLE, SEGMENT, BOX = float(Kind.CIRCLE), float(Kind.SEGMENT), float(Kind.BOX)

X, Y, RADIUS, DEVIATION, WHOLE, WALL, KIND, CONFIDENCE, LENGTH, WIDTH, HEADING = range(11)
"""The rows of a table of shapes; each column is one shape."""

Flags = NDArray[np.bool_]
Indices = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class ShapeSettings:
    """Which shapes are made: lengths in m, `round_points` is the fewest for a fit of a circle.

    `noise` is the standard deviation of ranges.
    """

    minimum_points: int = 3
    round_points: int = 6
    round_tolerance: float = 0.02
    minimum_radius: float = 0.05
    maximum_radius: float = 0.6
    noise: float = 0.01


def shapes_of(
    segments: Segments, settings: ShapeSettings, origin: FloatArray = ORIGIN
) -> FloatArray:
    """Return a table of shapes that together cover every segment of enough points.

    Each is a circle around (X, Y) with a RADIUS, and the DEVIATION of its centre (m). It is WHOLE
    when nothing hides a part of it, and of a WALL when its segment is longer than an obstacle.
    `origin` is where the sensor is, a column of x and y.
    """
    is_enough = segments.counts >= settings.minimum_points
    if not np.count_nonzero(is_enough):
        return np.zeros((11, 0))
    starts, owner, is_wall = _pieces(segments, settings, is_enough)
    ends = np.empty_like(starts)
    np.subtract(starts[1:], 1, out=ends[:-1])
    ends[-1] = segments.points.shape[1] - 1
    counts = ends - starts
    counts += 1
    is_cut = segments.is_cut.take(owner, axis=1)
    is_whole = ~(is_cut[0] | is_cut[1] | is_wall)
    pieces = _Pieces(
        segments.points, starts, ends, counts, counts.astype(np.float64),
        is_wall, is_whole, is_cut, segments.turn,
    )  # fmt: skip
    table = _described(pieces, segments, settings, origin)
    # Those of too few points are described as well: to part points costs more.
    kept = is_enough[owner].nonzero()[0]
    return table if len(kept) == len(owner) else table.take(kept, axis=1)


@dataclass(frozen=True, slots=True, eq=False)
class _Pieces:
    """Points in runs from `starts` to `ends`, none longer than an obstacle may be.

    `sizes` are the counts of points as floats; `turn` is 1 when beams follow each other to the
    left, -1 when to the right.
    """

    points: FloatArray
    starts: Indices
    ends: Indices
    counts: Indices
    sizes: FloatArray
    is_wall: Flags
    is_whole: Flags
    is_cut: Flags
    turn: float


def _pieces(
    segments: Segments, settings: ShapeSettings, is_enough: Flags
) -> tuple[Indices, Indices, Flags]:
    """Cut segments that are longer than an obstacle; return starts, segment, and whether cut."""
    starts, counts = segments.starts, segments.counts
    size = segments.points.shape[1]
    way = np.empty(size)
    way[0] = 0.0
    np.add.accumulate(segments.steps, out=way[1:])
    from_start = way[starts]
    lengths = way[starts + counts - 1] - from_start
    long = ((lengths >= 2.0 * settings.maximum_radius) & is_enough).nonzero()[0]
    if len(long):
        long = long[_is_wall(segments, long, lengths[long], settings)]
    if len(long) == 0:
        return starts, np.arange(len(starts)), np.zeros(len(starts), np.bool_)
    pieces = (lengths[long] * (0.5 / settings.maximum_radius)).astype(np.intp) + 1
    # A little more, so that the last point is not beyond the last piece.
    steps = lengths[long] * (1.0 + 1e-9) / pieces
    borders = [
        begin + step * piece
        for begin, step, count in zip(
            from_start[long].tolist(), steps.tolist(), pieces.tolist(), strict=True
        )
        for piece in range(1, count)
    ]
    is_start = np.zeros(size, np.bool_)
    is_start[starts] = True
    is_start[way.searchsorted(borders)] = True
    # A piece of one point at the end of a wall would say nothing of its own.
    last = starts[long] + counts[long] - 1
    last = last[is_start[last]]
    is_start[last] = False
    is_start[last - 1] = True
    is_wall = np.zeros(len(starts), np.bool_)
    is_wall[long] = True
    starts = is_start.nonzero()[0]
    owner = segments.starts.searchsorted(starts, "right") - 1
    return starts, owner, is_wall[owner]


def _is_wall(
    segments: Segments, long: Indices, lengths: FloatArray, settings: ShapeSettings
) -> Flags:
    """Tell which of the long segments are not the visible half of one large circle.

    That is longer than its diameter, but its chord is not.
    """
    first = segments.starts[long]
    chord = segments.points.take(first + segments.counts[long] - 1, axis=1)
    chord -= segments.points.take(first, axis=1)
    chord *= chord
    is_wall: Flags = chord[0] + chord[1] > (2.0 * settings.maximum_radius) ** 2
    is_wall |= lengths >= math.pi * settings.maximum_radius
    return is_wall


def _described(
    pieces: _Pieces, segments: Segments, settings: ShapeSettings, origin: FloatArray
) -> FloatArray:
    """Put circles around pieces, and say what they look like."""
    counts, sizes, is_whole = pieces.counts, pieces.sizes, pieces.is_whole
    table = np.empty((11, len(counts)))
    fits = fit(pieces.points, pieces.starts, sizes)
    away = fits.place - origin
    distances = np.hypot(away[0], away[1])
    sine = _half_widths(pieces, segments)
    # Seen from here a circle is as wide as this, and its points are so far in front of it.
    scale = 1.0 / (1.0 - MEAN_DEPTH * sine)
    seen = np.empty((3, len(counts)))
    np.add(away * scale, origin, out=seen[:RADIUS])
    radii = np.multiply(distances * scale, sine, out=seen[RADIUS])
    flat_error = fits.variances[1] * (sizes / np.maximum(sizes - 2.0, 0.5))
    noise = settings.noise**2
    is_few = counts < settings.round_points
    is_bent = fits.round_error <= settings.round_tolerance**2
    depth = noise + (0.3 * ROUND_DEPTH) * (radii * radii)
    is_flat = flat_error < np.where(is_whole, depth, 4.0 * noise)
    is_circle = is_whole & (radii <= settings.maximum_radius) & (is_bent | is_few) & ~is_flat
    is_fitted = is_bent & ~(is_few | pieces.is_wall)
    is_fitted &= _is_plainly_round(fits, flat_error, away, settings)
    is_circle |= is_fitted
    is_fitted &= ~is_whole | (counts >= FEW)
    is_straight = is_flat | is_few
    _place(table, pieces)
    table[CONFIDENCE] = sizes / (sizes + float(settings.minimum_points))
    hidden = (~(is_circle | is_whole | pieces.is_wall)).nonzero()[0]
    if len(hidden):
        _complete(table, pieces, fits, hidden, away, settings)
    np.copyto(table[: RADIUS + 1], seen, where=is_circle)
    np.copyto(table[: RADIUS + 1], fits.circle, where=is_fitted)
    np.maximum(table[RADIUS], settings.minimum_radius, out=table[RADIUS])
    exact = 0.02 + (0.3 * segments.increment) * distances
    table[DEVIATION] = np.where(is_whole, exact, np.where(is_circle, 0.06, 0.15))
    _measure(table, fits, is_circle, is_straight)
    return table


def _half_widths(pieces: _Pieces, segments: Segments) -> FloatArray:
    """Return the sine of half the angle under which each piece is seen, as far as it tells."""
    beams = segments.beams
    width = beams[pieces.ends] - beams[pieces.starts] + 1
    sine: FloatArray = np.sin(np.minimum(width * (0.5 * segments.increment), WIDEST_HALF))
    return sine


def _is_plainly_round(
    fits: Fits, flat_error: FloatArray, away: FloatArray, settings: ShapeSettings
) -> Flags:
    """Tell where a circle fits far better than a line, and its centre is behind the points."""
    behind = fits.circle[:RADIUS] - fits.place
    behind *= away
    is_round: Flags = behind[0] > -behind[1]
    is_round &= fits.circle[RADIUS] <= settings.maximum_radius
    is_round &= flat_error > 2.0 * np.maximum(fits.round_error, settings.noise**2)
    return is_round


def _complete(
    table: FloatArray,
    pieces: _Pieces,
    fits: Fits,
    rows: Indices,
    away: FloatArray,
    settings: ShapeSettings,
) -> None:
    """Guess the circles of things of which a part is hidden, unless that is plainly straight.

    What is seen is taken for a part of something at least as large as is usual, that goes on at
    the hidden end, away from the sensor. The circle still holds all points.
    """
    half_chord = table[RADIUS][rows]
    sagitta = half_chord * half_chord * (1.0 / settings.maximum_radius)
    is_open = fits.variances[1][rows] >= settings.noise**2 + 0.03 * (sagitta * sagitta)
    is_open |= pieces.counts[rows] < settings.round_points
    rows = rows[is_open]
    if len(rows) == 0:
        return
    half_chord = half_chord[is_open]
    radii = np.maximum(1.2 * half_chord, USUAL_RADIUS)
    away = away.take(rows, axis=1)
    away /= np.maximum(np.hypot(away[0], away[1]), 1e-9)
    # Positive angles are to the left of what is seen: there the last point is.
    begins, ends = pieces.is_cut.take(rows, axis=1)
    side = np.subtract(ends, begins, dtype=np.float64) * (radii - half_chord)
    side *= math.copysign(1.0, pieces.turn)
    deep = MEAN_DEPTH * radii
    centres = fits.place.take(rows, axis=1) + deep * away
    centres[0] -= side * away[1]
    centres[1] += side * away[0]
    # A row is a view, and to index it costs a third of what it costs to index the table.
    table[X][rows], table[Y][rows] = centres
    table[RADIUS][rows] = np.hypot(deep, side) + half_chord


def _place(table: FloatArray, pieces: _Pieces) -> None:
    """Put circles around the middle between the ends that hold all points."""
    table[WHOLE], table[WALL] = pieces.is_whole, pieces.is_wall
    starts, points = pieces.starts, pieces.points
    middles = points.take(starts, axis=1)
    middles += points.take(pieces.ends, axis=1)
    np.multiply(middles, 0.5, out=table[:RADIUS])
    off = points - table[:RADIUS].repeat(pieces.counts, axis=1)
    off *= off
    squares = np.add(off[0], off[1], out=off[0])
    np.sqrt(np.maximum.reduceat(squares, starts), out=table[RADIUS])


def _measure(table: FloatArray, fits: Fits, is_circle: Flags, is_straight: Flags) -> None:
    """Fill in kind and extents; points that are spread evenly tell them by variance."""
    extents, kind = table[LENGTH:HEADING], table[KIND]
    np.maximum(fits.variances, 0.0, out=extents)
    extents *= 12.0
    np.sqrt(extents, out=extents)
    table[WIDTH] *= ~is_straight
    np.copyto(extents, 2.0 * table[RADIUS], where=is_circle)
    np.multiply(fits.heading, ~is_circle, out=table[HEADING])
    kind[:] = np.where(is_straight, SEGMENT, BOX)
    kind[is_circle] = CIRCLE
