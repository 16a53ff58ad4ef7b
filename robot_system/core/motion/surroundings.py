"""What stands near the base: the newest raw scan, and what it showed before it left the view."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from robot_system.core.geometry import compose, pose_at, to_inner, to_outer
from robot_system.core.time import Time
from robot_system.core.values import Float32Array, FloatArray, Odometry, Pose, Scan

# Remembered points closer together than this are one (m).
GRAIN = 0.02
FROZEN_SCANS = 3
MOST_BEAMS = 720


class Surroundings:
    """Points of static things around the base, in the odometry frame.

    Within its field of view the newest scan is the truth; what left the field of view is
    remembered, so that turning and backing off are safe with a LiDAR that does not see behind.
    Only what is nearer than `reach` is kept: nothing further away can matter for the next motion.
    """

    def __init__(self, mount: Pose, memory: float, reach: float) -> None:
        self._mount = mount
        self._memory = memory
        self._reach = reach
        self.reset()

    def reset(self) -> None:
        """Forget everything."""
        self.points: FloatArray = np.zeros((0, 2))
        self.stamp: Time = 0
        self.valid_share = 0.0
        self._base = Pose()
        self._nearest = math.inf
        self._identical = 0
        self._last_ranges = np.zeros(0, np.float32)

    @property
    def is_frozen(self) -> bool:
        """Tell whether the same ranges came again and again: noise makes that impossible."""
        return self._identical >= FROZEN_SCANS

    def add(self, scan: Scan, odometry: Odometry) -> None:
        """Take a scan that was measured at the pose of an odometry."""
        ranges = scan.ranges
        # A world without any return looks the same each time, without being frozen.
        is_same = np.array_equal(ranges, self._last_ranges, equal_nan=True)
        self._identical = self._identical + 1 if is_same and np.isfinite(ranges).any() else 0
        self._last_ranges = ranges
        self.stamp = scan.stamp
        self._base = base = pose_at(odometry, scan.stamp)
        pose = compose(base, self._mount)
        remembered = self._out_of_view(scan, pose)
        is_hit = (ranges >= scan.range_min) & (ranges <= scan.range_max)
        self.valid_share = _share(is_hit | (ranges == np.inf))
        hits = np.where(is_hit, ranges, np.float32(np.inf))
        kept = _closest_of_groups(hits)
        kept = kept[hits[kept] <= self._reach]
        angles = scan.angle_min + scan.angle_increment * kept
        distances = hits[kept].astype(np.float64)
        x, y = to_outer(pose, distances * np.cos(angles), distances * np.sin(angles))
        self.points = points = np.concatenate((_rows(x, y), remembered))
        away_x, away_y = points[:, 0] - base.x, points[:, 1] - base.y
        squared = away_x * away_x + away_y * away_y
        self._nearest = math.sqrt(float(squared.min())) if len(points) else math.inf

    def room(self, base: Pose) -> float:
        """Return a distance from the base within which there is no point: quick, not exact."""
        return self._nearest - math.hypot(base.x - self._base.x, base.y - self._base.y)

    def around(self, base: Pose) -> FloatArray:
        """Return the points in the frame of the base."""
        return _into(self.points, base)

    def _out_of_view(self, scan: Scan, pose: Pose) -> FloatArray:
        if len(self.points) == 0 or self._memory <= 0.0:
            return np.zeros((0, 2))
        local = _into(self.points, pose)
        squared = np.einsum("ij,ij->i", local, local)
        bearing = np.arctan2(local[:, 1], local[:, 0])
        end = scan.angle_min + scan.angle_increment * len(scan.ranges)
        low, high = min(scan.angle_min, end), max(scan.angle_min, end)
        is_seen = ((bearing - low) % (2.0 * math.pi)) <= high - low
        is_seen &= squared >= scan.range_min**2
        remembered: FloatArray = self.points[~is_seen & (squared <= self._memory**2)]
        if len(remembered) < 400:
            return remembered
        cells = np.round(remembered / GRAIN).astype(np.int64)
        _, first = np.unique(cells[:, 0] * 1_000_003 + cells[:, 1], return_index=True)
        thinned: FloatArray = remembered[np.sort(first)]
        return thinned


def _closest_of_groups(ranges: Float32Array) -> NDArray[np.intp]:
    """Return the closest beam of each group of neighbours, at most MOST_BEAMS of them.

    More beams than that are closer together than the margin that is kept.
    """
    size = math.ceil(len(ranges) / MOST_BEAMS)
    if size <= 1:
        return np.arange(len(ranges))
    starts = np.arange(0, len(ranges), size)
    missing = len(starts) * size - len(ranges)
    groups = np.concatenate((ranges, np.full(missing, np.inf, np.float32))).reshape(-1, size)
    closest: NDArray[np.intp] = starts + groups.argmin(axis=1)
    return closest


def _share(flags: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> float:
    return float(np.count_nonzero(flags)) / len(flags) if len(flags) else 0.0


def _into(points: FloatArray, pose: Pose) -> FloatArray:
    return _rows(*to_inner(pose, points[:, 0], points[:, 1]))


def _rows(x: FloatArray, y: FloatArray) -> FloatArray:
    points = np.empty((len(x), 2))
    points[:, 0], points[:, 1] = x, y
    return points
