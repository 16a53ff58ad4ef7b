"""Hygiene of a scan: which beams returned, which saw nothing, which are broken."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from robot_system.core.values import FloatArray, Pose, Scan, Twist

FULL_TURN = 2.0 * math.pi
LONGEST_SCAN = 1.0
"""A scan that claims to take longer (s) has no times of beams that can be believed."""
STANDING = Twist()


@dataclass(frozen=True, slots=True, eq=False)
class Returns:
    """The points that the LiDAR saw, in the base frame, in the order of their beams.

    A beam is broken when it is NaN, negative or closer than the sensor can measure; a beam
    that reaches the maximum range, or infinity, is free. `points` are a row of x and one of y.
    `broken` counts the broken beams, `own` the points on the base; `turn` is -1 when the beams
    go round to the right.
    """

    beams: NDArray[np.intp]
    ranges: FloatArray
    points: FloatArray
    is_broken: NDArray[np.bool_]
    broken: int
    increment: float
    is_full_turn: bool
    range_max: float
    own: int = 0
    turn: float = 1.0

    @property
    def x(self) -> FloatArray:
        """Return how far each point is ahead."""
        ahead: FloatArray = self.points[0]
        return ahead

    @property
    def y(self) -> FloatArray:
        """Return how far each point is to the left."""
        beside: FloatArray = self.points[1]
        return beside

    @property
    def valid_share(self) -> float:
        """Return the share of beams that are not broken."""
        count = len(self.is_broken)
        return 1.0 - self.broken / count if count else 0.0

    def picked(self, is_picked: NDArray[np.bool_], own: int = 0) -> Returns:
        """Return these of the points, with the same beams."""
        picked = is_picked.nonzero()[0]
        return Returns(
            self.beams[picked],
            self.ranges[picked],
            self.points.take(picked, axis=1),
            self.is_broken,
            self.broken,
            self.increment,
            self.is_full_turn,
            self.range_max,
            own,
            self.turn,
        )


def problem_of(scan: Scan) -> str:
    """Return why a scan can not be used at all, or nothing."""
    limits = (scan.angle_min, scan.angle_increment, scan.range_min, scan.range_max)
    if not all(math.isfinite(limit) for limit in limits):
        return "scan geometry is not finite"
    if not 0.0 <= scan.range_min < scan.range_max:
        return "scan has no range of measurement"
    if scan.ranges.ndim != 1 or len(scan.ranges) < 2:
        return "scan has no beams"
    if scan.angle_increment == 0.0:
        return "scan has no angle between beams"
    if (len(scan.ranges) - 1) * abs(scan.angle_increment) > FULL_TURN + 1e-3:
        return "scan covers more than one turn"
    return ""


class ScanReader:
    """Turns scans into points in the base frame; keeps the directions of the last geometry.

    `outline` is length and width (m) of the base: points inside of it are the robot itself.
    """

    def __init__(self, mount: Pose, outline: tuple[float, float] = (0.0, 0.0)) -> None:
        self._mount = mount
        self._length, self._width = outline
        self._own_reach = 0.5 * math.hypot(*outline) + math.hypot(mount.x, mount.y)
        self._geometry: tuple[int, float, float] = (0, 0.0, 0.0)
        self._place = np.array([[mount.x], [mount.y]])
        self._directions: FloatArray = np.zeros((2, 0))

    @property
    def directions(self) -> FloatArray:
        """Return a row of cosines and one of sines, in the base frame, of the last beams."""
        return self._directions

    def read(self, scan: Scan, twist: Twist = STANDING) -> Returns:
        """Return the points of a scan in which `problem_of` found no problem.

        With a twist of the base, and times of beams in the scan, each point is put where it is
        seen from the base at the stamp of the scan, which is the time of its first beam.
        """
        self._follow_geometry(scan)
        ranges = scan.ranges.astype(np.float64)
        is_measured = ranges >= scan.range_min
        beams = (is_measured & (ranges < scan.range_max)).nonzero()[0]
        seen, points = ranges, self._directions
        if len(beams) < len(ranges):
            seen, points = ranges[beams], points.take(beams, axis=1)
        points = points * seen
        points += self._place
        duration = scan.time_increment * len(ranges)
        if twist != STANDING and 0.0 < abs(duration) <= LONGEST_SCAN:
            seconds = beams.astype(np.float64) * scan.time_increment
            points = seen_at_once(points, seconds, twist)
        increment = abs(scan.angle_increment)
        returns = Returns(
            beams=beams,
            ranges=seen,
            points=points,
            is_broken=~is_measured,
            broken=len(ranges) - int(np.count_nonzero(is_measured)),
            increment=increment,
            is_full_turn=len(ranges) * increment > FULL_TURN - 0.5 * increment,
            range_max=scan.range_max,
            turn=math.copysign(1.0, scan.angle_increment),
        )
        return self._without_own(returns)

    def _without_own(self, returns: Returns) -> Returns:
        if not len(returns.ranges) or returns.ranges.min() > self._own_reach:
            return returns
        x, y = np.abs(returns.points)
        is_own = (x < 0.5 * self._length) & (y < 0.5 * self._width)
        own = int(np.count_nonzero(is_own))
        return returns.picked(~is_own, own) if own else returns

    def _follow_geometry(self, scan: Scan) -> None:
        geometry = (len(scan.ranges), scan.angle_min, scan.angle_increment)
        if geometry != self._geometry:
            angles = scan.angles + self._mount.theta
            self._directions = np.array([np.cos(angles), np.sin(angles)])
            self._geometry = geometry


def seen_at_once(points: FloatArray, seconds: FloatArray, twist: Twist) -> FloatArray:
    """Return points, each given in the base frame of its own time, in that of time zero."""
    half = 0.5 * twist.angular * seconds
    chord = twist.linear * seconds * np.sinc(half / math.pi)
    cosine, sine = np.cos(2.0 * half), np.sin(2.0 * half)
    x, y = points
    return np.array(
        [
            cosine * x - sine * y + chord * np.cos(half),
            sine * x + cosine * y + chord * np.sin(half),
        ]
    )
