"""Lines and circles by least squares, for many runs of points at once, from their sums."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from robot_system.core.values import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Fits:
    """Of each run: its mean point, its main direction, and how well a line and a circle fit.

    `variances` are a row of those along the line and one of those across it (m2). The circle is
    that of Kasa, with rows for the x and y of its centre and for its radius; `round_error` is the
    variance of the distances from it (m2). `place`, the mean point, has a row each for x and y.
    """

    place: FloatArray
    variances: FloatArray
    heading: FloatArray
    circle: FloatArray
    round_error: FloatArray


def fit(points: FloatArray, starts: NDArray[np.intp], counts: FloatArray) -> Fits:
    """Return line and circle of each run of points, which are given as a row of x and one of y.

    Rows that are treated in the same way are treated at once: what counts are the calls.
    """
    means = _means(points, starts, counts)
    place, xy, moments, zz = means[:2], means[4], means[5:7], means[7]
    both = means[2] + means[3]
    half_sum = 0.5 * both
    half_difference = 0.5 * (means[2] - means[3])
    root = np.hypot(half_difference, xy)
    variances = np.empty_like(place)
    np.add(half_sum, root, out=variances[0])
    np.subtract(half_sum, root, out=variances[1])
    # The centre solves [[xx, xy], [xy, yy]] centre = 0.5 moments; the product is the determinant.
    circle = np.empty((3, len(counts)))
    centre = np.multiply(moments, means[3:1:-1], out=circle[:2])
    centre -= moments[::-1] * xy
    centre *= 0.5 / np.maximum(variances[0] * variances[1], 1e-12)
    explained = centre * moments
    off = zz - 2.0 * (explained[0] + explained[1])
    away = centre - place
    away *= away
    # The mean square distance from the centre.
    square = away[0] + away[1] + both
    np.sqrt(square, out=circle[2])
    return Fits(
        place=place,
        variances=variances,
        heading=0.5 * np.arctan2(xy, half_difference),
        circle=circle,
        round_error=off / (4.0 * square + 1e-12),
    )


def _means(points: FloatArray, starts: NDArray[np.intp], counts: FloatArray) -> FloatArray:
    """Return x, y and the central xx, yy, xy, xz, yz, zz of each run, where z is xx + yy."""
    terms = np.empty((8, points.shape[1]))
    terms[:2] = points
    np.multiply(points, points, out=terms[2:4])
    np.multiply(points[0], points[1], out=terms[4])
    square = np.add(terms[2], terms[3], out=terms[7])
    np.multiply(points, square, out=terms[5:7])
    square *= square
    means: FloatArray = np.add.reduceat(terms, starts, axis=1)
    means /= counts
    place = means[:2]
    z = means[2] + means[3]
    means[2:4] -= place * place
    means[4] -= place[0] * place[1]
    means[5:7] -= place * z
    means[7] -= z * z
    return means
