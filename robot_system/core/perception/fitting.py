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
    circle is that of Kasa; `round_error` is the variance of the distances from it (m2).
    """

    x: FloatArray
    y: FloatArray
    flat_error: FloatArray
    length_variance: FloatArray
    heading: FloatArray
    circle_x: FloatArray
    circle_y: FloatArray
    radius: FloatArray
    round_error: FloatArray


def fit(x: FloatArray, y: FloatArray, starts: NDArray[np.intp], counts: NDArray[np.intp]) -> Fits:
    """Return line and circle of each run of points."""
    terms = np.empty((8, len(x)))
    terms[0], terms[1] = x, y
    np.multiply(terms[:2], terms[:2], out=terms[2:4])
    np.multiply(x, y, out=terms[4])
    square = np.add(terms[2], terms[3], out=terms[7])
    np.multiply(terms[:2], square, out=terms[5:7])
    square *= square
    means = np.add.reduceat(terms, starts, axis=1)
    means *= 1.0 / counts
    place = means[:2]
    z = means[2] + means[3]
    means[2:4] -= place * place
    means[4] -= place[0] * place[1]
    means[5:7] -= place * z
    means[7] -= z * z
    xx, yy, xy, xz, yz, zz = means[2:]
    half_sum, half_difference = 0.5 * (xx + yy), 0.5 * (xx - yy)
    root = np.sqrt(half_difference * half_difference + xy * xy)
    half = 0.5 / np.maximum(xx * yy - xy * xy, 1e-12)
    a = (xz * yy - yz * xy) * half
    b = (yz * xx - xz * xy) * half
    to_x, to_y = a - place[0], b - place[1]
    off = zz - 2.0 * (a * xz + b * yz)
    # The mean square distance from the centre.
    square = to_x * to_x + to_y * to_y + xx + yy
    return Fits(
        x=place[0],
        y=place[1],
        flat_error=half_sum - root,
        length_variance=half_sum + root,
        heading=0.5 * np.arctan2(xy, half_difference),
        circle_x=a,
        circle_y=b,
        radius=np.sqrt(square),
        round_error=off / (4.0 * square + 1e-12),
    )
