"""What stands near the base: the newest raw scan, what it showed before, what it never saw."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from robot_system.core.geometry import compose, pose_at, to_inner, to_outer
from robot_system.core.motion.beams import Beams, Reader
from robot_system.core.motion.footprint import Footprint
from robot_system.core.motion.seen import GRAIN as SEEN_GRAIN
from robot_system.core.motion.seen import SeenSpace, middle_of
from robot_system.core.time import Time
from robot_system.core.values import Float32Array, FloatArray, Odometry, Pose, Scan

# Remembered points closer together than this are one (m).
GRAIN = 0.02
# Remembered points are made fewer from so many on.
MANY = 400
FROZEN_SCANS = 3
# Where what is not seen is taken to stand, outside of the footprint (m).
OUTSIDE = 0.01
# A beam that ends this close to a remembered point shows the same thing (m).
SAME = 0.05


@dataclass(frozen=True, slots=True)
class SurroundingsSettings:
    """Where the LiDAR is, how far what it showed matters and is remembered (m).

    `backing_reach` is how far from the centre of the base something unseen may matter, and
    `room_at_start` the radius around it that is taken as seen at the beginning. Without
    `unseen_is_free` what was never in view counts as occupied.
    """

    mount: Pose
    footprint: Footprint
    memory: float
    reach: float
    backing_reach: float = 0.7
    room_at_start: float = 0.45
    unseen_is_free: bool = False
    no_return_is_free: bool = True


class Surroundings:
    """Points of static things around the base, in the odometry frame.

    Within its field of view the newest scan is the truth; what left the field of view is
    remembered, so that turning and backing off are safe with a LiDAR that does not see behind.
    Where it never looked something is taken to stand. Only what is near is kept: nothing further
    away can matter for the next motion.
    """

    def __init__(self, settings: SurroundingsSettings) -> None:
        self._mount = mount = settings.mount
        self._footprint = settings.footprint
        self._middle = middle_of(settings.footprint)
        # What counts as seen is remembered a little less far than the points that were seen.
        self._memory = 0.0
        if settings.memory > 0.0:
            self._memory = settings.memory + math.hypot(mount.x, mount.y) + 2.0 * SEEN_GRAIN
        self._reach = max(settings.reach, self._memory)
        self._reader = Reader(settings.no_return_is_free)
        self._space: SeenSpace | None = None
        if not settings.unseen_is_free:
            self._space = SeenSpace(
                settings.footprint, settings.memory, settings.room_at_start, settings.backing_reach
            )
        self.reset()

    def reset(self) -> None:
        """Forget everything."""
        self.points: FloatArray = np.zeros((0, 2))
        self._seen = self.points
        self.unseen_count = 0
        self.stamp: Time = 0
        self.valid_share = 0.0
        self._base = Pose()
        self._nearest = math.inf
        self._identical = 0
        self._last_ranges = np.zeros(0, np.float32)
        if self._space is not None:
            self._space.reset()

    @property
    def is_frozen(self) -> bool:
        """Tell whether the same ranges came again and again: noise makes that impossible."""
        return self._identical >= FROZEN_SCANS

    def add(self, scan: Scan, odometry: Odometry) -> None:
        """Take a scan that was measured at the pose of an odometry."""
        self._watch_for_repeats(scan.ranges)
        self.stamp = scan.stamp
        self._base = base = pose_at(odometry, scan.stamp)
        pose = compose(base, self._mount)
        beams = self._reader.read(scan)
        self.valid_share = beams.told_share
        hits = _rows(*to_outer(pose, *beams.points(beams.hits, self._reach)))
        unseen = self._out_of_sight(beams, base, pose)
        self._seen = np.concatenate((hits, self._seen))
        blind = self._blind_sectors(beams, pose)
        self.unseen_count = len(unseen)
        if len(blind) or len(unseen):
            self.points = np.concatenate((self._seen, blind, unseen))
        else:
            self.points = self._seen
        away_x, away_y = self.points[:, 0] - base.x, self.points[:, 1] - base.y
        squared = away_x * away_x + away_y * away_y
        self._nearest = math.sqrt(float(squared.min())) if len(squared) else math.inf

    def room(self, base: Pose) -> float:
        """Return a distance from the base within which there is no point: quick, not exact."""
        return self._nearest - math.hypot(base.x - self._base.x, base.y - self._base.y)

    def around(self, base: Pose) -> FloatArray:
        """Return the points in the frame of the base, those of what was never seen last."""
        return _rows(*to_inner(base, self.points[:, 0], self.points[:, 1]))

    def _watch_for_repeats(self, ranges: Float32Array) -> None:
        # A world without any return looks the same each time, without being frozen.
        is_same = ranges is self._last_ranges or (
            ranges.shape == self._last_ranges.shape
            and ranges.tobytes() == self._last_ranges.tobytes()
        )
        self._identical = self._identical + 1 if is_same and np.isfinite(ranges).any() else 0
        self._last_ranges = ranges

    def _blind_sectors(self, beams: Beams, pose: Pose) -> FloatArray:
        """Return a point at the edge of the base for every beam of a wide gap.

        What nobody can see counts as if something stood right there: the base may not move
        into it, and may turn and leave.
        """
        found = [self._edge(*beams.directions(*gap)) for gap in beams.blind_gaps()]
        if not found:
            return np.zeros((0, 2))
        x, y = np.concatenate(found, axis=1)
        return _rows(*to_outer(pose, x, y))

    def _edge(self, cosine: FloatArray, sine: FloatArray) -> FloatArray:
        """Return the points just outside of the footprint in some directions of the LiDAR."""
        mount, footprint = self._mount, self._footprint
        turned_x = cosine * math.cos(mount.theta) - sine * math.sin(mount.theta)
        turned_y = cosine * math.sin(mount.theta) + sine * math.cos(mount.theta)
        with np.errstate(divide="ignore"):
            ahead = _to_side(mount.x, turned_x, 0.5 * footprint.length)
            beside = _to_side(mount.y, turned_y, 0.5 * footprint.width)
        way = np.minimum(ahead, beside) + OUTSIDE
        return np.stack((way * cosine, way * sine))

    def _out_of_sight(self, beams: Beams, base: Pose, pose: Pose) -> FloatArray:
        """Keep the points that the scan does not show; return where it was never looked."""
        if self._memory <= 0.0:
            self._seen = np.zeros((0, 2))
        through = beams.through()
        if len(self._seen):
            self._keep_hidden(beams, through, base, pose)
        if self._space is None:
            return np.zeros((0, 2))
        self._space.look(beams, through, base, pose)
        return _rows(*self._space.unseen(beams, base, pose))

    def _keep_hidden(self, beams: Beams, through: Float32Array, base: Pose, pose: Pose) -> None:
        """Keep the remembered points that no beam can tell of, and that can be there."""
        seen = self._seen
        x, y = to_inner(pose, seen[:, 0], seen[:, 1])
        squared = x * x + y * y
        nearest = beams.nearest(np.arctan2(y, x))
        is_in_view = nearest < beams.count
        if beams.blind_count:
            # Only a beam that measured tells that something is not there any more.
            is_in_view[is_in_view] = ~beams.is_blind[nearest[is_in_view]]
        is_in_view &= squared >= beams.range_min**2
        if self._space is not None:
            self._hide_covered(through, nearest, is_in_view, squared)
        # Where the base itself stands nothing else does: such a point was noise.
        is_under = self._middle.squared_gaps(*to_inner(base, seen[:, 0], seen[:, 1])) == 0.0
        kept = seen[~(is_in_view | is_under) & (squared <= self._memory**2)]
        self._seen = _thinned(kept) if len(kept) >= MANY else kept

    def _hide_covered(
        self,
        through: Float32Array,
        nearest: np.ndarray[tuple[int], np.dtype[np.int64]],
        is_in_view: np.ndarray[tuple[int], np.dtype[np.bool_]],
        squared: FloatArray,
    ) -> None:
        """Let what something else stands in front of count as never seen: it is still there."""
        shown = np.flatnonzero(is_in_view)
        reached = through[nearest[shown]] + SAME
        covered = shown[reached * reached < squared[shown]]
        if len(covered) and self._space is not None:
            self._space.hide(self._seen[covered, 0], self._seen[covered, 1])


def _thinned(points: FloatArray) -> FloatArray:
    cells = np.round(points / GRAIN).astype(np.int64)
    _, first = np.unique(cells[:, 0] * 1_000_003 + cells[:, 1], return_index=True)
    thinned: FloatArray = points[np.sort(first)]
    return thinned


def _to_side(offset: float, direction: FloatArray, half: float) -> FloatArray:
    """Return the way along a direction to the side of a box that it leads to."""
    way: FloatArray = (np.copysign(half, direction) - offset) / direction
    return way


def _rows(x: FloatArray, y: FloatArray) -> FloatArray:
    # Each column in one piece: they are worked with one by one.
    points = np.empty((2, len(x)))
    points[0], points[1] = x, y
    return points.T
