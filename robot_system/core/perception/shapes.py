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
WIDEST = 0.8
"""Sine of the half angle beyond which a circle is too close to be measured by its width."""
USUAL_RADIUS = 0.25
"""What is taken for the radius (m) of things of which only a part is seen."""
FEW = 12
"""With fewer points a circle that is seen whole is measured by its width, not by a fit."""

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
    segments: Segments, settings: ShapeSettings, origin: tuple[float, float] = (0.0, 0.0)
) -> FloatArray:
    """Return a table of shapes that together cover every segment of enough points.

    Each is a circle around (X, Y) with a RADIUS, and the DEVIATION of its centre (m). It is WHOLE
    when nothing hides a part of it, and of a WALL when its segment is longer than an obstacle.
    `origin` is where the sensor is.
    """
    is_enough = segments.counts >= settings.minimum_points
    if not is_enough.any():
        return np.zeros((11, 0))
    starts, owner, is_wall = _pieces(segments, settings, is_enough)
    counts = np.empty_like(starts)
    counts[:-1] = starts[1:] - starts[:-1]
    counts[-1] = len(segments.x) - starts[-1]
    if not is_enough.all():
        is_kept = is_enough[owner]
        kept = is_kept.nonzero()[0]
        of_points = np.repeat(is_kept, counts)
        x, y, beams = segments.x[of_points], segments.y[of_points], segments.beams[of_points]
        owner, is_wall, counts = owner[kept], is_wall[kept], counts[kept]
        starts = counts.cumsum() - counts
    else:
        x, y, beams = segments.x, segments.y, segments.beams
    is_whole = ~(segments.is_cut[0] | segments.is_cut[1])[owner] & ~is_wall
    piece = _Pieces(
        x, y, beams.astype(np.float64) * segments.increment, starts, counts, is_wall, is_whole,
        segments.is_cut[:, owner], segments.turn,
    )  # fmt: skip
    return _described(piece, segments.increment, settings, origin)


@dataclass(frozen=True, slots=True, eq=False)
class _Pieces:
    """Points in runs, none longer than an obstacle may be; `angles` are those of the beams.

    `turn` is 1 when beams follow each other to the left, -1 when to the right.
    """

    x: FloatArray
    y: FloatArray
    angles: FloatArray
    starts: Indices
    counts: Indices
    is_wall: Flags
    is_whole: Flags
    is_cut: Flags
    turn: float


def _pieces(
    segments: Segments, settings: ShapeSettings, is_enough: Flags
) -> tuple[Indices, Indices, Flags]:
    """Cut segments that are longer than an obstacle; return starts, segment, and whether cut."""
    starts = segments.starts
    way = np.zeros(len(segments.x))
    np.cumsum(segments.steps, out=way[1:])
    from_start = way[starts]
    lengths = way[starts + segments.counts - 1] - from_start
    pieces = (lengths * (0.5 / settings.maximum_radius)).astype(np.intp) + 1
    long = ((pieces > 1) & is_enough).nonzero()[0]
    # The visible half of a large circle is longer than its diameter, but its chord is not.
    bent = long[lengths[long] < math.pi * settings.maximum_radius]
    if len(bent):
        first = starts[bent]
        last = first + segments.counts[bent] - 1
        across, along = segments.x[last] - segments.x[first], segments.y[last] - segments.y[first]
        is_one = across * across + along * along <= (2.0 * settings.maximum_radius) ** 2
        pieces[bent[is_one]] = 1
        long = ((pieces > 1) & is_enough).nonzero()[0]
    if len(long) == 0:
        every = np.arange(len(starts))
        return starts, every, np.zeros(len(starts), np.bool_)
    extra = pieces[long] - 1
    owner = np.repeat(long, extra)
    number = np.arange(1, len(owner) + 1) - np.repeat(extra.cumsum() - extra, extra)
    places = from_start[owner] + number * (lengths / pieces)[owner]
    is_start = np.zeros(len(segments.x), np.bool_)
    is_start[starts] = True
    # A piece of one point at the end of a wall would say nothing of its own.
    last = starts[owner] + segments.counts[owner] - 2
    is_start[np.minimum(way.searchsorted(places), last)] = True
    starts = is_start.nonzero()[0]
    owner = segments.starts.searchsorted(starts, "right") - 1
    return starts, owner, pieces[owner] > 1


def _described(
    piece: _Pieces, increment: float, settings: ShapeSettings, origin: tuple[float, float]
) -> FloatArray:
    """Put circles around pieces, and say what they look like."""
    starts, counts, is_whole, is_wall = piece.starts, piece.counts, piece.is_whole, piece.is_wall
    fits = fit(piece.x, piece.y, starts, counts)
    ends = starts + counts - 1
    table = np.empty((11, len(starts)))
    to_x, to_y = fits.x - origin[0], fits.y - origin[1]
    distances = np.sqrt(to_x * to_x + to_y * to_y)
    half_angle = 0.5 * (piece.angles[ends] - piece.angles[starts] + increment)
    sine = np.minimum(np.sin(np.minimum(half_angle, 1.5)), WIDEST)
    # Seen from here a circle is as wide as this, and its points are so far in front of it.
    scale = 1.0 / (1.0 - MEAN_DEPTH * sine)
    radii = distances * scale * sine
    is_many = counts >= settings.round_points
    is_bent = fits.round_error <= settings.round_tolerance**2
    noise = settings.noise**2
    flat_error = fits.flat_error * counts / np.maximum(counts - 2.0, 0.5)
    is_fitted = is_bent & is_many & ~is_wall & (fits.radius <= settings.maximum_radius)
    is_fitted &= flat_error > 2.0 * np.maximum(fits.round_error, noise)
    is_fitted &= (fits.circle_x - fits.x) * to_x + (fits.circle_y - fits.y) * to_y > 0.0
    is_flat = flat_error < noise + 0.3 * ROUND_DEPTH * radii * radii
    is_circle = is_whole & ~is_flat & (radii <= settings.maximum_radius) & (is_bent | ~is_many)
    is_circle |= is_fitted
    is_fitted &= ~is_whole | (counts >= FEW)
    is_straight = np.where(is_whole, is_flat, flat_error < 4.0 * noise) | ~is_many
    _place(table, piece, ends)
    wide = (is_circle & ~is_fitted).nonzero()[0]
    table[X, wide] = origin[0] + (to_x * scale)[wide]
    table[Y, wide] = origin[1] + (to_y * scale)[wide]
    table[RADIUS, wide] = radii[wide]
    hidden = (~is_whole & ~is_circle & ~is_wall).nonzero()[0]
    if len(hidden):
        _complete(table, piece, fits, hidden, settings, origin)
    fitted = is_fitted.nonzero()[0]
    table[X, fitted] = fits.circle_x[fitted]
    table[Y, fitted] = fits.circle_y[fitted]
    table[RADIUS, fitted] = fits.radius[fitted]
    np.maximum(table[RADIUS], settings.minimum_radius, out=table[RADIUS])
    unsure = np.where(is_circle, 0.06, 0.15)
    table[DEVIATION] = np.where(is_whole, 0.02 + (0.3 * increment) * distances, unsure)
    table[WHOLE] = is_whole
    table[WALL] = is_wall
    table[KIND] = np.where(is_circle, Kind.CIRCLE, np.where(is_straight, Kind.SEGMENT, Kind.BOX))
    table[CONFIDENCE] = counts / (counts + float(settings.minimum_points))
    _measure(table, fits, is_circle, is_straight)
    return table


def _complete(
    table: FloatArray,
    piece: _Pieces,
    fits: Fits,
    rows: Indices,
    settings: ShapeSettings,
    origin: tuple[float, float],
) -> None:
    """Guess the circles of things of which a part is hidden, unless that is plainly straight.

    What is seen is taken for a part of something at least as large as is usual, that goes on at
    the hidden end, away from the sensor. The circle still holds all points.
    """
    counts = piece.counts[rows]
    half_chord = table[RADIUS, rows]
    sagitta = half_chord * half_chord / settings.maximum_radius
    is_straight = fits.flat_error[rows] < settings.noise**2 + 0.03 * sagitta * sagitta
    rows = rows[~(is_straight & (counts >= settings.round_points))]
    half_chord = table[RADIUS, rows]
    radii = np.maximum(1.2 * half_chord, USUAL_RADIUS)
    away_x, away_y = fits.x[rows] - origin[0], fits.y[rows] - origin[1]
    scale = 1.0 / np.maximum(np.sqrt(away_x * away_x + away_y * away_y), 1e-9)
    away_x, away_y = away_x * scale, away_y * scale
    # Positive angles are to the left of what is seen: there the last point is.
    side = (piece.is_cut[1, rows] * 1.0 - piece.is_cut[0, rows]) * (radii - half_chord)
    side *= np.sign(piece.turn)
    deep = MEAN_DEPTH * radii
    table[X, rows] = fits.x[rows] + deep * away_x - side * away_y
    table[Y, rows] = fits.y[rows] + deep * away_y + side * away_x
    table[RADIUS, rows] = np.hypot(deep, side) + half_chord


def _place(table: FloatArray, piece: _Pieces, ends: Indices) -> None:
    """Put circles around the middle between the ends that hold all points."""
    starts, counts = piece.starts, piece.counts
    table[X] = 0.5 * (piece.x[starts] + piece.x[ends])
    table[Y] = 0.5 * (piece.y[starts] + piece.y[ends])
    across = piece.x - np.repeat(table[X], counts)
    along = piece.y - np.repeat(table[Y], counts)
    across *= across
    along *= along
    across += along
    np.sqrt(np.maximum.reduceat(across, starts), out=table[RADIUS])


def _measure(table: FloatArray, fits: Fits, is_circle: Flags, is_straight: Flags) -> None:
    """Fill in length, width and heading; points that are spread evenly tell them by variance."""
    np.sqrt(12.0 * fits.length_variance, out=table[LENGTH])
    np.sqrt(np.maximum(12.0 * fits.flat_error, 0.0), out=table[WIDTH])
    table[WIDTH] *= ~is_straight
    table[HEADING] = fits.heading
    is_round = is_circle.nonzero()[0]
    table[LENGTH, is_round] = table[WIDTH, is_round] = 2.0 * table[RADIUS, is_round]
    table[HEADING, is_round] = 0.0
