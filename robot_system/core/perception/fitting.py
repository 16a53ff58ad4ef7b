"""Lines and circles by least squares, for many runs of points at once, from their sums."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from robot_system.core.values import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Fits:
    """Of each run: its mean point, its main direction, and how well a line and a circle fit.

    `flat_error` is the variance across the line, `length_variance` that along it (m2). The
    circle is that of Kasa; `round_error` is the variance of the distances from it (m2). `place`
    and `centre`, the mean point and the centre of the circle, have a row each for x and y.
    """

    place: FloatArray
    flat_error: FloatArray
    length_variance: FloatArray
    heading: FloatArray
    centre: FloatArray
    radius: FloatArray
    round_error: FloatArray


def fit(points: FloatArray, starts: NDArray[np.intp], counts: FloatArray) -> Fits:
    """Return line and circle of each run of points, which are given as a row of x and one of y.

    Rows that are treated in the same way are treated at once: what counts are the calls.
    """
    means = _means(points, starts, counts)
    place, xy, moments, zz = means[:2], means[4], means[5:7], means[7]
    half_sum = 0.5 * (means[2] + means[3])
    half_difference = 0.5 * (means[2] - means[3])
    root = np.hypot(half_difference, xy)
    flat_error, length_variance = half_sum - root, half_sum + root
    # The centre solves [[xx, xy], [xy, yy]] centre = 0.5 moments; the product is the determinant.
    centre = moments * means[3:1:-1]
    centre -= moments[::-1] * xy
    centre *= 0.5 / np.maximum(flat_error * length_variance, 1e-12)
    explained = centre * moments
    off = zz - 2.0 * (explained[0] + explained[1])
    away = centre - place
    away *= away
    # The mean square distance from the centre.
    square = away[0] + away[1] + 2.0 * half_sum
    return Fits(
        place=place,
        flat_error=flat_error,
        length_variance=length_variance,
        heading=0.5 * np.arctan2(xy, half_difference),
        centre=centre,
        radius=np.sqrt(square),
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
