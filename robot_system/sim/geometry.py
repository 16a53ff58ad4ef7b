"""Plane geometry that the parts of the simulator share."""

from __future__ import annotations

import math

import numpy as np

from robot_system.core.values import FloatArray, Pose

_CORNERS = np.array([(0.5, 0.5), (-0.5, 0.5), (-0.5, -0.5), (0.5, -0.5)])


def wrapped(angle: float) -> float:
    """Return the angle in [-pi, pi)."""
    return (angle + math.pi) % (2.0 * math.pi) - math.pi


def along_arc(pose: Pose, linear: float, angular: float, duration: float) -> Pose:
    """Return where constant speeds lead in this time, exactly."""
    turn = angular * duration
    theta = pose.theta + turn
    if abs(turn) < 1e-6:
        middle = pose.theta + 0.5 * turn
        way = linear * duration
        return Pose(
            pose.x + way * math.cos(middle), pose.y + way * math.sin(middle), wrapped(theta)
        )
    radius = linear / angular
    return Pose(
        pose.x + radius * (math.sin(theta) - math.sin(pose.theta)),
        pose.y - radius * (math.cos(theta) - math.cos(pose.theta)),
        wrapped(theta),
    )


def box_edges(boxes: FloatArray) -> FloatArray:
    """Return the four edges of each box (x, y, length, width, yaw) as segments, box by box."""
    cosine, sine = np.cos(boxes[:, 4, None]), np.sin(boxes[:, 4, None])
    along = _CORNERS[:, 0] * boxes[:, 2, None]
    across = _CORNERS[:, 1] * boxes[:, 3, None]
    x = boxes[:, 0, None] + cosine * along - sine * across
    y = boxes[:, 1, None] + sine * along + cosine * across
    edges = np.stack([x, y, np.roll(x, -1, axis=1), np.roll(y, -1, axis=1)], axis=-1)
    return edges.reshape(-1, 4)


def distance_to_circles(x: FloatArray, y: FloatArray, circles: FloatArray) -> FloatArray:
    """Return the distance of each point (rows) to each circle's rim, negative inside."""
    distance: FloatArray = np.hypot(x[:, None] - circles[:, 0], y[:, None] - circles[:, 1])
    return distance - circles[:, 2]


def distance_to_segments(x: FloatArray, y: FloatArray, segments: FloatArray) -> FloatArray:
    """Return the distance of each point (rows) to each segment (columns)."""
    ahead_x, ahead_y = segments[:, 2] - segments[:, 0], segments[:, 3] - segments[:, 1]
    square = np.maximum(ahead_x * ahead_x + ahead_y * ahead_y, 1e-18)
    to_x, to_y = x[:, None] - segments[:, 0], y[:, None] - segments[:, 1]
    share = np.clip((to_x * ahead_x + to_y * ahead_y) / square, 0.0, 1.0)
    distance: FloatArray = np.hypot(to_x - share * ahead_x, to_y - share * ahead_y)
    return distance


def distance_to_boxes(x: FloatArray, y: FloatArray, boxes: FloatArray) -> FloatArray:
    """Return the distance of each point (rows) to each box's edge, negative inside."""
    to_x, to_y = x[:, None] - boxes[:, 0], y[:, None] - boxes[:, 1]
    cosine, sine = np.cos(boxes[:, 4]), np.sin(boxes[:, 4])
    beyond_x = np.abs(cosine * to_x + sine * to_y) - 0.5 * boxes[:, 2]
    beyond_y = np.abs(cosine * to_y - sine * to_x) - 0.5 * boxes[:, 3]
    outside = np.hypot(np.maximum(beyond_x, 0.0), np.maximum(beyond_y, 0.0))
    distance: FloatArray = outside + np.minimum(np.maximum(beyond_x, beyond_y), 0.0)
    return distance
