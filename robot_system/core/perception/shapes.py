"""What segments look like: circles, straight pieces and boxes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from robot_system.core.perception import _fast
from robot_system.core.perception.segmentation import Segments
from robot_system.core.values import FloatArray

ORIGIN = np.zeros((2, 1))
X, Y, RADIUS, DEVIATION, WHOLE, WALL, KIND, CONFIDENCE, LENGTH, WIDTH, HEADING = range(11)
"""The rows of a table of shapes; each column is one shape. KIND is a `Kind`."""


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
    table = _fast.shapes(
        segments.points,
        segments.starts,
        segments.counts,
        segments.is_cut,
        segments.beams,
        segments.steps,
        segments.increment,
        segments.turn,
        origin[0, 0],
        origin[1, 0],
        settings.minimum_points,
        settings.round_points,
        settings.round_tolerance,
        settings.minimum_radius,
        settings.maximum_radius,
        settings.noise,
    )
    return np.frombuffer(table).reshape(11, -1)
