"""Free space around the base: per sector, along its motion, and as one score."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from robot_system.core.perception.collision import Outline
from robot_system.core.perception.returns import FULL_TURN, STANDING, Returns
from robot_system.core.time import Time
from robot_system.core.values import Clearance, FloatArray, Twist

SAFE_GAP = 0.5
"""With nothing nearer to the outline of the base (m), distance takes nothing off the score."""
SAFE_TIME = 3.0
"""With no touch sooner on the present motion (s), time takes nothing off the score."""
UNSEEN = 1e9
"""The distance (m) that a sector nothing is known of has for the headings beside it."""


def safety_score(gap: float, time: float, valid_share: float, blocked_share: float) -> float:
    """Return how safe it is around the base and on its way, as far as can be seen: 0 to 1."""
    space = min(max(gap, 0.0) / SAFE_GAP, 1.0)
    ahead = min(max(time, 0.0) / SAFE_TIME, 1.0)
    return min(space, ahead) * valid_share * (1.0 - blocked_share)


def _closest(returns: Returns, square: FloatArray) -> tuple[float, float]:
    """Return distance and direction of the closest return."""
    if len(square) == 0:
        return returns.range_max, 0.0
    closest = int(square.argmin())
    x, y = returns.points[:, closest].tolist()
    return math.sqrt(square[closest]), math.atan2(y, x)


class ClearanceMeter:
    """Measures the closest return of each sector over the full turn, in the base frame.

    A sector that no healthy beam looks into is unknown: its distance is 0, so that unknown is
    never taken for free. A sector that was looked into without a return has the range of the
    sensor.
    """

    def __init__(self, sectors: int, outline: Outline | None = None) -> None:
        self._sectors = sectors
        self._width = FULL_TURN / sectors
        self._outline = outline or Outline(0.0, 0.0)
        self._directions: FloatArray = np.zeros((2, 0))
        self._sector_of_beam: NDArray[np.intp] = np.zeros(0, np.intp)
        self._is_covered: NDArray[np.bool_] = np.zeros(sectors, np.bool_)
        middles = -math.pi + self._width * (np.arange(sectors) + 0.5)
        self._middles = np.array([np.cos(middles), np.sin(middles)])
        # Between a heading and the nearest direction of a sector: what is in the sector is seen
        # as far to the side of the heading as this at least.
        apart = np.abs((middles - middles[0] + math.pi) % FULL_TURN - math.pi)
        apart = np.maximum(apart - 0.5 * self._width, 0.0)
        # The nearest heading first: `_free` looks at no more of them than it must.
        offsets = apart.argsort(kind="stable")[: np.count_nonzero(apart < 0.5 * math.pi)]
        self._neighbours = (np.arange(sectors) + offsets[:, None]) % sectors
        self._ahead = np.cos(apart[offsets])[:, None]
        # Nearer than this it is in the way of the base.
        with np.errstate(divide="ignore"):
            self._in_way = 0.5 * self._outline.width / np.sin(apart[offsets])[:, None]
        self._reaches = self._in_way[::-1, 0].copy()

    def measure(
        self,
        stamp: Time,
        returns: Returns,
        directions: FloatArray,
        twist: Twist = STANDING,
        path_time: float = math.inf,
        noise: float = 0.0,
        rate: float = 0.0,
    ) -> Clearance:
        """Return the clearance of one scan; `directions` are those of its beams.

        `path_time` is that until something is touched on the motion of the base, its `twist`.
        """
        self._follow_geometry(directions)
        squares = returns.points * returns.points
        square: FloatArray = np.add(squares[0], squares[1], out=squares[0])
        distances, blocked_share, valid_share = self._distances(returns, square)
        closest_distance, closest_angle = _closest(returns, square)
        return Clearance(
            stamp=stamp,
            angle_min=-math.pi,
            sector_width=self._width,
            distances=distances,
            closest_distance=closest_distance,
            closest_angle=closest_angle,
            valid_share=valid_share,
            valid=True,
            free_distances=self._free(distances, returns.range_max),
            path_distance=path_time * abs(twist.linear) if math.isfinite(path_time) else math.inf,
            path_time=path_time,
            safety_score=safety_score(self._gap(distances), path_time, valid_share, blocked_share),
            blocked_share=blocked_share,
            noise=noise,
            rate=rate,
        )

    def _distances(self, returns: Returns, square: FloatArray) -> tuple[FloatArray, float, float]:
        """Return the distance per sector, the share of blocked ones and that of healthy beams."""
        distances = np.empty(self._sectors)
        distances.fill(math.inf)
        np.minimum.at(distances, self._sector(returns.points), square)
        np.sqrt(distances, out=distances)
        valid_share = returns.valid_share
        is_seen, blocked_share = self._is_covered, 0.0
        if valid_share < 1.0:
            is_seen = np.zeros(self._sectors, np.bool_)
            is_seen[self._sector_of_beam[~returns.is_broken]] = True
            covered = int(np.count_nonzero(self._is_covered))
            blocked_share = 1.0 - int(np.count_nonzero(is_seen)) / covered
        empty = np.isinf(distances).nonzero()[0]
        if len(empty):
            distances[empty] = is_seen[empty] * returns.range_max
        return distances, blocked_share, valid_share

    def _gap(self, distances: FloatArray) -> float:
        """Return how near something is to the outline; what is over SAFE_GAP away is all one."""
        is_known = distances > 0.0
        near = (is_known & (distances < self._outline.radius + SAFE_GAP)).nonzero()[0]
        if len(near) == 0:
            return SAFE_GAP if np.count_nonzero(is_known) else 0.0
        places = self._middles.take(near, axis=1) * distances[near]
        return float(np.minimum.reduce(self._outline.gaps(places[0], places[1])))

    def _free(self, distances: FloatArray, range_max: float) -> FloatArray:
        """Return how far the base could go straight along the middle of each sector."""
        is_known = distances > 0.0
        shown = np.where(is_known, distances, UNSEEN)
        # Nothing is nearer than the nearest: that is in the way of these headings at most.
        nearest = np.minimum.reduce(shown)
        count = len(self._reaches) - int(self._reaches.searchsorted(nearest, "right"))
        shown = shown[self._neighbours[:count]]
        is_free = shown >= self._in_way[:count]
        shown *= self._ahead[:count]
        np.copyto(shown, range_max, where=is_free)
        free: FloatArray = np.minimum.reduce(shown)
        np.minimum(free, range_max, out=free)
        free -= 0.5 * self._outline.length
        np.maximum(free, 0.0, out=free)
        free *= is_known
        return free

    def _follow_geometry(self, directions: FloatArray) -> None:
        if directions is not self._directions:
            self._directions = directions
            self._sector_of_beam = self._sector(directions)
            self._is_covered = np.zeros(self._sectors, np.bool_)
            self._is_covered[self._sector_of_beam] = True

    def _sector(self, points: FloatArray) -> NDArray[np.intp]:
        turns = np.arctan2(points[1], points[0])
        turns += math.pi
        turns *= 1.0 / self._width
        sectors: NDArray[np.intp] = np.minimum(turns.astype(np.intp), self._sectors - 1)
        return sectors
