"""What stands near the base: the newest raw scan, and what it showed before it left the view."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from robot_system.core.geometry import compose, pose_at, to_inner, to_outer
from robot_system.core.motion.footprint import Footprint
from robot_system.core.time import Time
from robot_system.core.values import Float32Array, FloatArray, Odometry, Pose, Scan

# Remembered points closer together than this are one (m).
GRAIN = 0.02
FROZEN_SCANS = 3
MOST_BEAMS = 720
# A gap of broken beams this wide may hide something (rad).
BLIND = 0.1
# Where what is not seen is taken to stand, outside of the footprint (m).
OUTSIDE = 0.01


class Surroundings:
    """Points of static things around the base, in the odometry frame.

    Within its field of view the newest scan is the truth; what left the field of view is
    remembered, so that turning and backing off are safe with a LiDAR that does not see behind.
    Only what is nearer than `reach` is kept: nothing further away can matter for the next motion.
    """

    def __init__(self, mount: Pose, footprint: Footprint, memory: float, reach: float) -> None:
        self._mount = mount
        self._footprint = footprint
        self._memory = memory
        self._reach = reach
        self.reset()

    def reset(self) -> None:
        """Forget everything."""
        self.points: FloatArray = np.zeros((0, 2))
        self._seen = self.points
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
        hits, is_broken = _read(scan)
        self.valid_share = _share(~is_broken)
        remembered = self._out_of_view(scan, pose, is_broken)
        self._seen = np.concatenate((self._points_of(scan, hits, pose), remembered))
        blind = self._points_of(scan, self._blind_sectors(scan, is_broken), pose)
        self.points = points = np.concatenate((self._seen, blind))
        away_x, away_y = points[:, 0] - base.x, points[:, 1] - base.y
        squared = away_x * away_x + away_y * away_y
        self._nearest = math.sqrt(float(squared.min())) if len(points) else math.inf

    def _points_of(self, scan: Scan, hits: Float32Array, pose: Pose) -> FloatArray:
        kept = _closest_of_groups(hits)
        kept = kept[hits[kept] <= self._reach]
        angles = scan.angle_min + scan.angle_increment * kept
        distances = hits[kept].astype(np.float64)
        return _rows(*to_outer(pose, distances * np.cos(angles), distances * np.sin(angles)))

    def room(self, base: Pose) -> float:
        """Return a distance from the base within which there is no point: quick, not exact."""
        return self._nearest - math.hypot(base.x - self._base.x, base.y - self._base.y)

    def around(self, base: Pose) -> FloatArray:
        """Return the points in the frame of the base."""
        return _into(self.points, base)

    def _blind_sectors(self, scan: Scan, is_broken: NDArray[np.bool_]) -> Float32Array:
        """Return the edge of the base for every beam of a wide gap, infinity for all others.

        What nobody can see counts as if something stood right there: the base may not move
        into it, and may turn and leave.
        """
        found = np.full(len(is_broken), np.inf, np.float32)
        width = max(2, math.ceil(BLIND / abs(scan.angle_increment)))
        if np.count_nonzero(is_broken) < width:
            return found
        edges = np.flatnonzero(np.diff(np.concatenate(((False,), is_broken, (False,)))))
        for begin, end in edges.reshape(-1, 2).tolist():
            if end - begin >= width:
                angles = scan.angle_min + scan.angle_increment * np.arange(
                    begin, end, dtype=np.float64
                )
                found[begin:end] = self._edge(angles)
        return found

    def _edge(self, angles: FloatArray) -> FloatArray:
        """Return how far the LiDAR is from just outside of the footprint, in some directions."""
        mount, half = self._mount, (0.5 * self._footprint.length, 0.5 * self._footprint.width)
        with np.errstate(divide="ignore"):
            ahead = _to_side(mount.x, np.cos(angles + mount.theta), half[0])
            beside = _to_side(mount.y, np.sin(angles + mount.theta), half[1])
        edge: FloatArray = np.minimum(ahead, beside) + OUTSIDE
        return edge

    def _out_of_view(self, scan: Scan, pose: Pose, is_broken: NDArray[np.bool_]) -> FloatArray:
        if len(self._seen) == 0 or self._memory <= 0.0:
            return np.zeros((0, 2))
        local = _into(self._seen, pose)
        squared = np.einsum("ij,ij->i", local, local)
        bearing = np.arctan2(local[:, 1], local[:, 0])
        beams = (bearing - scan.angle_min) / scan.angle_increment
        turn = 2.0 * math.pi / abs(scan.angle_increment)
        nearest = np.round(beams % turn).astype(np.int64)
        is_seen = nearest < len(is_broken)
        # Only a beam that measured tells that something is not there any more.
        is_seen[is_seen] = ~is_broken[nearest[is_seen]]
        is_seen &= squared >= scan.range_min**2
        remembered: FloatArray = self._seen[~is_seen & (squared <= self._memory**2)]
        if len(remembered) < 400:
            return remembered
        cells = np.round(remembered / GRAIN).astype(np.int64)
        _, first = np.unique(cells[:, 0] * 1_000_003 + cells[:, 1], return_index=True)
        thinned: FloatArray = remembered[np.sort(first)]
        return thinned


def _read(scan: Scan) -> tuple[Float32Array, NDArray[np.bool_]]:
    """Return the range of each hit, infinity elsewhere, and which beams measured nothing at all.

    Minus infinity means closer than can be measured; anything else below the least range, and
    what is not a number, means that the beam is broken.
    """
    ranges = scan.ranges
    is_near = ranges == -np.inf
    is_hit = (ranges >= scan.range_min) & (ranges <= scan.range_max)
    is_broken = ~(is_hit | is_near | (ranges > scan.range_max))
    hits = np.where(is_hit, ranges, np.float32(np.inf))
    hits[is_near] = scan.range_min
    return hits, is_broken


def _to_side(offset: float, direction: FloatArray, half: float) -> FloatArray:
    """Return the way along a direction to the side of a box that it leads to."""
    way: FloatArray = (np.copysign(half, direction) - offset) / direction
    return way


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
