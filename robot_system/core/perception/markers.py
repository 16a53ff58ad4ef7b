"""What perception shows in rviz."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from robot_system.core.geometry import to_outer
from robot_system.core.values import Clearance, FloatArray, Marker, Markers, Obstacles, Pose, Shape

OBSTACLE_COLOUR = (1.0, 0.6, 0.1, 0.7)
MOVING_COLOUR = (0.2, 0.5, 1.0, 0.8)
CLOSEST_COLOUR = (1.0, 0.1, 0.1, 1.0)
RING_COLOUR = (0.2, 0.8, 0.3, 0.8)
HEIGHT = 0.5
LINE_WIDTH = 0.02
SHOWN_AHEAD = 1.0
"""The arrow of a moving obstacle ends where it will be after so long (s)."""


def markers_of(
    obstacles: Obstacles, clearance: Clearance, base: Pose, ring_radius: float
) -> Markers:
    """Return the obstacles, a line to the closest return and the ring of free distance.

    What moves has another colour, and a line to where it will be a second later.
    """
    moving = obstacles.is_moving.tolist() or [False] * len(obstacles.ids)
    shown = [
        Marker(
            "obstacles",
            identity,
            Shape.CYLINDER,
            MOVING_COLOUR if is_moving else OBSTACLE_COLOUR,
            (2.0 * radius, 2.0 * radius, HEIGHT),
            Pose(x, y, 0.0),
        )
        for identity, (x, y), radius, is_moving in zip(
            obstacles.ids.tolist(),
            obstacles.positions.tolist(),
            obstacles.radii.tolist(),
            moving,
            strict=True,
        )
    ]
    for row in obstacles.is_moving.nonzero()[0].tolist():
        (x, y), (along, across) = obstacles.positions[row], obstacles.velocities[row]
        end = (float(x + SHOWN_AHEAD * along), float(y + SHOWN_AHEAD * across))
        line = ((float(x), float(y)), end)
        size = (LINE_WIDTH, 0.0, 0.0)
        identity = int(obstacles.ids[row])
        shown.append(Marker("velocities", identity, Shape.LINE, MOVING_COLOUR, size, points=line))
    if clearance.valid:
        shown.append(_closest(clearance, base))
        shown.append(_ring(clearance, base, ring_radius))
    return Markers(obstacles.stamp, obstacles.frame, tuple(shown))


def _closest(clearance: Clearance, base: Pose) -> Marker:
    angle = base.theta + clearance.closest_angle
    end = (
        base.x + clearance.closest_distance * math.cos(angle),
        base.y + clearance.closest_distance * math.sin(angle),
    )
    size = (LINE_WIDTH, 0.0, 0.0)
    points = ((base.x, base.y), end)
    return Marker("closest", 0, Shape.LINE, CLOSEST_COLOUR, size, points=points)


@lru_cache(maxsize=4)
def _middles(count: int, angle_min: float, width: float) -> FloatArray:
    """Return a row of cosines and one of sines of the middles of sectors."""
    angles = angle_min + width * (np.arange(count) + 0.5)
    return np.array([np.cos(angles), np.sin(angles)])


def _ring(clearance: Clearance, base: Pose, radius: float) -> Marker:
    count = len(clearance.distances)
    ahead = _middles(count, clearance.angle_min, clearance.sector_width)
    x, y = to_outer(base, *(ahead * np.minimum(clearance.distances, radius)))
    points = tuple(zip(x.tolist(), y.tolist(), strict=True))
    size = (LINE_WIDTH, 0.0, 0.0)
    return Marker("clearance", 0, Shape.LINE, RING_COLOUR, size, points=(*points, points[0]))
