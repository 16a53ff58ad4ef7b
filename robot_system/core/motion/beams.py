"""What each beam of a raw scan says: something is there, all is free, or nothing is known."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from robot_system.core.values import Float32Array, FloatArray, Scan

MOST_BEAMS = 720
# A gap of beams that tell nothing, this wide, may hide something (rad).
BLIND = 0.1


class Reader:
    """Reads scans of one LiDAR; keeps the directions of its beams."""

    def __init__(self, no_return_is_free: bool) -> None:
        self._no_return_is_free = no_return_is_free
        self._geometry: tuple[int, float, float] = (0, 0.0, 0.0)
        self._cosines: FloatArray = np.zeros(0)
        self._sines: FloatArray = np.zeros(0)

    def read(self, scan: Scan) -> Beams:
        """Return what the beams of a scan say."""
        geometry = (len(scan.ranges), scan.angle_min, scan.angle_increment)
        if geometry != self._geometry:
            angles = scan.angle_min + scan.angle_increment * np.arange(geometry[0], dtype=float)
            self._cosines, self._sines = np.cos(angles), np.sin(angles)
            self._geometry = geometry
        return Beams(scan, self._cosines, self._sines, self._no_return_is_free)


class Beams:
    """One scan. `hits` has the range of each beam that met something, infinity elsewhere.

    Minus infinity means closer than can be measured; anything else below the least range, and
    what is not a number, means that the beam is broken. Beyond the greatest range nothing was
    met: that is free space, or nothing at all where glass stands around (`no_return_is_free`).
    """

    def __init__(
        self, scan: Scan, cosines: FloatArray, sines: FloatArray, no_return_is_free: bool
    ) -> None:
        ranges = scan.ranges
        is_near = ranges == -np.inf
        is_hit = (ranges >= scan.range_min) & (ranges <= scan.range_max)
        is_told = is_hit | is_near | (ranges > scan.range_max)
        self.angle_min, self.increment = scan.angle_min, scan.angle_increment
        self.range_min = scan.range_min
        self.count = len(ranges)
        self.hits: Float32Array = np.where(is_hit, ranges, np.float32(np.inf))
        if is_near.any():
            self.hits[is_near] = scan.range_min
        self.is_blind: NDArray[np.bool_] = ~(is_told if no_return_is_free else is_hit | is_near)
        self._cosines, self._sines = cosines, sines
        told = int(np.count_nonzero(is_told))
        self.told_share = told / self.count if self.count else 0.0
        self.blind_count = int(np.count_nonzero(self.is_blind))

    def through(self) -> Float32Array:
        """Return how far each beam and both beside it went, nothing where one tells nothing."""
        free = self.hits
        if self.blind_count:
            free = np.where(self.is_blind, np.float32(0.0), free)
        least = free.copy()
        np.minimum(least[1:], free[:-1], out=least[1:])
        np.minimum(least[:-1], free[1:], out=least[:-1])
        return least

    def nearest(self, bearing: FloatArray) -> NDArray[np.int64]:
        """Return the beam closest to each bearing; one beyond the last where there is none."""
        turn = 2.0 * math.pi / abs(self.increment)
        index = np.rint(((bearing - self.angle_min) / self.increment) % turn).astype(np.int64)
        # A bearing just before the first beam is closest to that one.
        index[index >= round(turn)] = 0
        return index

    def points(self, distances: Float32Array, reach: float) -> tuple[FloatArray, FloatArray]:
        """Return the ends of the beams in the frame of the LiDAR that are within reach."""
        kept = _closest_of_groups(distances, reach)
        way = distances[kept].astype(np.float64)
        return way * self._cosines[kept], way * self._sines[kept]

    def blind_gaps(self) -> list[tuple[int, int]]:
        """Return first and last but one of each run of blind beams that may hide something."""
        width = max(2, math.ceil(BLIND / abs(self.increment)))
        if self.blind_count < width:
            return []
        edges = np.flatnonzero(np.diff(np.concatenate(((False,), self.is_blind, (False,)))))
        runs: list[list[int]] = edges.reshape(-1, 2).tolist()
        return [(begin, end) for begin, end in runs if end - begin >= width]

    def directions(self, begin: int, end: int) -> tuple[FloatArray, FloatArray]:
        """Return cosine and sine of some beams in the frame of the LiDAR."""
        return self._cosines[begin:end], self._sines[begin:end]


def _closest_of_groups(ranges: Float32Array, reach: float) -> NDArray[np.intp]:
    """Return the closest beam of each group of neighbours, at most MOST_BEAMS, within reach.

    More beams than that are closer together than the margin that is kept.
    """
    size = math.ceil(len(ranges) / MOST_BEAMS)
    if size <= 1:
        return np.flatnonzero(ranges <= reach)
    starts = np.arange(0, len(ranges), size)
    missing = len(starts) * size - len(ranges)
    groups = np.concatenate((ranges, np.full(missing, np.inf, np.float32))).reshape(-1, size)
    closest: NDArray[np.intp] = starts + groups.argmin(axis=1)
    return closest[ranges[closest] <= reach]
