"""DBSCAN of scikit-learn on the same points as our segmentation, and described in the same way."""

from __future__ import annotations

import numpy as np
from sklearn.cluster import DBSCAN

from bench.matching import Detections
from robot_system.core.geometry import to_outer
from robot_system.core.perception import shapes as shape
from robot_system.core.perception.returns import Returns
from robot_system.core.perception.segmentation import Segments
from robot_system.core.perception.shapes import ShapeSettings, shapes_of
from robot_system.core.values import Pose

MISSING_BEAMS = 3


def labels_of(returns: Returns, eps: float, min_samples: int) -> np.ndarray:
    """Return the cluster of each point, -1 for noise."""
    if not len(returns.x):
        return np.zeros(0, np.intp)
    points = np.column_stack((returns.x, returns.y))
    return np.asarray(DBSCAN(eps=eps, min_samples=min_samples).fit_predict(points))


def segments_of(returns: Returns, labels: np.ndarray) -> Segments:
    """Return clusters as segments, with the points of each in the order of their beams.

    What may go on behind something is told as our segmentation does it.
    """
    order = np.argsort(labels, kind="stable")
    order = order[np.count_nonzero(labels < 0) :]
    starts = np.flatnonzero(np.diff(labels[order], prepend=-1))
    counts = np.diff(starts, append=len(order))
    points, beams = returns.points.take(order, axis=1), returns.beams[order]
    steps = np.hypot(*np.diff(points, axis=1))
    turn, total = len(returns.is_broken), len(returns.beams)
    is_cut = np.zeros((2, len(starts)), bool)
    if len(starts):
        first, last = order[starts], order[starts + counts - 1]
        for side, end, step in ((0, first, -1), (1, last, 1)):
            other = (end + step) % total
            gap = step * (returns.beams[other] - returns.beams[end]) % turn
            is_near = returns.ranges[other] < returns.ranges[end]
            is_cut[side] = is_near & (gap <= MISSING_BEAMS + 1)
            is_cut[side] |= returns.is_broken[(returns.beams[end] + step) % turn]
        if not returns.is_full_turn:
            is_cut[0] |= returns.beams[first] <= MISSING_BEAMS
            is_cut[1] |= returns.beams[last] >= turn - 1 - MISSING_BEAMS
    return Segments(
        points, starts, counts, is_cut, beams, steps, returns.increment, turn=returns.turn
    )


def detections_of(segments: Segments, base: Pose, mount: Pose) -> Detections:
    """Return the obstacles that segments of one scan show, without any tracking."""
    table = shapes_of(segments, ShapeSettings(), np.array([[mount.x], [mount.y]]))
    positions = np.column_stack(to_outer(base, table[shape.X], table[shape.Y]))
    return Detections(positions, table[shape.RADIUS], table[shape.KIND])
