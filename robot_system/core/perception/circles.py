"""Circles around segments: fitted where a segment is round, covering it where it is not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from robot_system.core.perception.segmentation import Segments
from robot_system.core.values import FloatArray


@dataclass(frozen=True, slots=True)
class CircleSettings:
    """Which circles are made: lengths in m, `round_points` is the fewest for a fit."""

    minimum_points: int = 3
    round_points: int = 6
    round_tolerance: float = 0.02
    minimum_radius: float = 0.05
    maximum_radius: float = 0.6


@dataclass(frozen=True, slots=True, eq=False)
class Circles:
    """Circle i has centre (x, y), a radius, and the confidence that it is there (0 to 1)."""

    x: FloatArray
    y: FloatArray
    radii: FloatArray
    confidences: FloatArray


def circles_of(segments: Segments, settings: CircleSettings) -> Circles:
    """Return circles that together cover every segment of enough points."""
    segments = _of_enough_points(segments, settings.minimum_points)
    if len(segments.starts) == 0:
        return Circles(np.zeros(0), np.zeros(0), np.zeros(0), np.zeros(0))
    owner = segments.of_points()
    fitted, is_round = _fit(segments, owner, settings)
    starts = _cut(segments, owner, is_round, settings.maximum_radius)
    ends = np.empty_like(starts)
    ends[:-1] = starts[1:] - 1
    ends[-1] = len(owner) - 1
    x = 0.5 * (segments.x[starts] + segments.x[ends])
    y = 0.5 * (segments.y[starts] + segments.y[ends])
    counts = ends - starts + 1
    across = segments.x - np.repeat(x, counts)
    along = segments.y - np.repeat(y, counts)
    radii = np.sqrt(np.maximum.reduceat(across * across + along * along, starts))
    of_pieces = owner[starts]
    is_fitted = is_round[of_pieces]
    x = np.where(is_fitted, fitted.x[of_pieces], x)
    y = np.where(is_fitted, fitted.y[of_pieces], y)
    radii = np.where(is_fitted, fitted.radii[of_pieces], radii)
    confidences = counts / (counts + float(settings.minimum_points))
    return Circles(x, y, np.maximum(radii, settings.minimum_radius), confidences)


def _of_enough_points(segments: Segments, minimum: int) -> Segments:
    is_kept = segments.counts >= minimum
    if is_kept.all():
        return segments
    of_points = np.repeat(is_kept, segments.counts)
    counts = segments.counts[is_kept]
    starts = np.cumsum(counts) - counts
    return Segments(segments.x[of_points], segments.y[of_points], starts, counts)


def _fit(
    segments: Segments, owner: NDArray[np.intp], settings: CircleSettings
) -> tuple[Circles, NDArray[np.bool_]]:
    """Fit a circle to each segment by least squares (Kasa); tell which segments are round."""
    starts, counts = segments.starts, segments.counts.astype(np.float64)
    mean_x = np.add.reduceat(segments.x, starts) / counts
    mean_y = np.add.reduceat(segments.y, starts) / counts
    u, v = segments.x - mean_x[owner], segments.y - mean_y[owner]
    uu, vv = u * u, v * v
    square = uu + vv
    moments = np.empty((5, len(u)))
    moments[0], moments[2] = uu, vv
    np.multiply(u, v, out=moments[1])
    np.multiply(u, square, out=moments[3])
    np.multiply(v, square, out=moments[4])
    sum_uu, sum_uv, sum_vv, sum_u, sum_v = np.add.reduceat(moments, starts, axis=1)
    determinant = sum_uu * sum_vv - sum_uv * sum_uv
    is_bent = determinant > 1e-9 * counts * counts
    scale = 0.5 / np.where(is_bent, determinant, 1.0)
    a = (sum_u * sum_vv - sum_v * sum_uv) * scale
    b = (sum_v * sum_uu - sum_u * sum_uv) * scale
    radii = np.sqrt(a * a + b * b + (sum_uu + sum_vv) / counts)
    across, along = u - a[owner], v - b[owner]
    errors = np.sqrt(across * across + along * along) - radii[owner]
    spread = np.add.reduceat(errors * errors, starts) / counts
    is_round = (
        is_bent
        & (segments.counts >= settings.round_points)
        & (radii <= settings.maximum_radius)
        & (spread <= settings.round_tolerance**2)
        & (a * mean_x + b * mean_y > 0.0)
    )
    return Circles(mean_x + a, mean_y + b, radii, spread), is_round


def _cut(
    segments: Segments,
    owner: NDArray[np.intp],
    is_whole: NDArray[np.bool_],
    maximum_radius: float,
) -> NDArray[np.intp]:
    """Return where pieces start, so that none is longer than the diameter of a circle."""
    steps = np.zeros(len(owner))
    across = segments.x[1:] - segments.x[:-1]
    along = segments.y[1:] - segments.y[:-1]
    np.sqrt(across * across + along * along, out=steps[1:])
    steps[segments.starts] = 0.0
    way = np.cumsum(steps)
    way -= way[segments.starts][owner]
    lengths = way[segments.starts + segments.counts - 1]
    pieces = (lengths * (0.5 / maximum_radius)).astype(np.intp) + 1
    pieces[is_whole] = 1
    per_metre = pieces / np.maximum(lengths, 1e-9)
    piece = np.minimum((way * per_metre[owner]).astype(np.intp), pieces[owner] - 1)
    is_start = np.empty(len(owner), np.bool_)
    is_start[0] = True
    is_start[1:] = (piece[1:] != piece[:-1]) | (owner[1:] != owner[:-1])
    return np.flatnonzero(is_start)
