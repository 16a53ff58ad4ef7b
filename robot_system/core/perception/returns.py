"""Hygiene of a scan: which beams returned, which saw nothing, which are broken."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from robot_system.core.values import FloatArray, Pose, Scan

FULL_TURN = 2.0 * math.pi


@dataclass(frozen=True, slots=True, eq=False)
class Returns:
    """The points that the LiDAR saw, in the base frame, in the order of their beams.

    A beam is broken when it is NaN, negative or closer than the sensor can measure; a beam
    that reaches the maximum range, or infinity, is free.
    """

    beams: NDArray[np.intp]
    ranges: FloatArray
    x: FloatArray
    y: FloatArray
    is_broken: NDArray[np.bool_]
    increment: float
    is_full_turn: bool
    range_max: float

    @property
    def valid_share(self) -> float:
        """Return the share of beams that are not broken."""
        count = len(self.is_broken)
        return 1.0 - int(np.count_nonzero(self.is_broken)) / count if count else 0.0


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
    """Turns scans into points in the base frame; keeps the directions of the last geometry."""

    def __init__(self, mount: Pose) -> None:
        self._mount = mount
        self._geometry: tuple[int, float, float] = (0, 0.0, 0.0)
        self._cosines: FloatArray = np.zeros(0)
        self._sines: FloatArray = np.zeros(0)

    @property
    def directions(self) -> tuple[FloatArray, FloatArray]:
        """Return cosine and sine, in the base frame, of each beam of the last scan."""
        return self._cosines, self._sines

    def read(self, scan: Scan) -> Returns:
        """Return the points of a scan in which `problem_of` found no problem."""
        self._follow_geometry(scan)
        ranges = scan.ranges.astype(np.float64)
        is_measured = ranges >= scan.range_min
        beams = np.flatnonzero(is_measured & (ranges < scan.range_max))
        seen = ranges[beams]
        increment = abs(scan.angle_increment)
        return Returns(
            beams=beams,
            ranges=seen,
            x=seen * self._cosines[beams] + self._mount.x,
            y=seen * self._sines[beams] + self._mount.y,
            is_broken=~is_measured,
            increment=increment,
            is_full_turn=len(ranges) * increment > FULL_TURN - 0.5 * increment,
            range_max=scan.range_max,
        )

    def _follow_geometry(self, scan: Scan) -> None:
        geometry = (len(scan.ranges), scan.angle_min, scan.angle_increment)
        if geometry != self._geometry:
            angles = scan.angles + self._mount.theta
            self._cosines, self._sines = np.cos(angles), np.sin(angles)
            self._geometry = geometry
