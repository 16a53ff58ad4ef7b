"""Free distance around the base, per sector."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from robot_system.core.perception.returns import FULL_TURN, Returns
from robot_system.core.time import Time
from robot_system.core.values import Clearance, FloatArray


class ClearanceMeter:
    """Measures the closest return of each sector over the full turn, in the base frame.

    A sector that no healthy beam looks into is unknown: its distance is 0, so that unknown is
    never taken for free. A sector that was looked into without a return has the range of the
    sensor.
    """

    def __init__(self, sectors: int) -> None:
        self._sectors = sectors
        self._width = FULL_TURN / sectors
        self._cosines: FloatArray = np.zeros(0)
        self._sector_of_beam: NDArray[np.intp] = np.zeros(0, np.intp)

    def measure(
        self, stamp: Time, returns: Returns, directions: tuple[FloatArray, FloatArray]
    ) -> Clearance:
        """Return the clearance of one scan; `directions` are those of its beams."""
        self._follow_geometry(directions)
        distances = np.full(self._sectors, math.inf)
        square = returns.x * returns.x + returns.y * returns.y
        np.minimum.at(distances, self._sector(returns.x, returns.y), square)
        np.sqrt(distances, out=distances)
        is_seen = np.zeros(self._sectors, np.bool_)
        is_seen[self._sector_of_beam[~returns.is_broken]] = True
        empty = np.where(is_seen, returns.range_max, 0.0)
        distances = np.where(np.isinf(distances), empty, distances)
        closest_distance, closest_angle = returns.range_max, 0.0
        if len(square):
            closest = int(square.argmin())
            closest_distance = math.sqrt(square[closest])
            closest_angle = math.atan2(returns.y[closest], returns.x[closest])
        return Clearance(
            stamp=stamp,
            angle_min=-math.pi,
            sector_width=self._width,
            distances=distances,
            closest_distance=closest_distance,
            closest_angle=closest_angle,
            valid_share=returns.valid_share,
            valid=True,
        )

    def _follow_geometry(self, directions: tuple[FloatArray, FloatArray]) -> None:
        cosines, sines = directions
        if cosines is not self._cosines:
            self._cosines = cosines
            self._sector_of_beam = self._sector(cosines, sines)

    def _sector(self, x: FloatArray, y: FloatArray) -> NDArray[np.intp]:
        sector = ((np.arctan2(y, x) + math.pi) * (1.0 / self._width)).astype(np.intp)
        return np.minimum(sector, self._sectors - 1)
