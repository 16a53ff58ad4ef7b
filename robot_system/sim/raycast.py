"""Ray casting of a planar LiDAR against circles and segments, without a loop over beams.

Beams are uniform in angle, so the beams that can meet an obstacle are one run of indices. The
runs of all obstacles are laid end to end, each pair is intersected once, and the smallest range
per beam remains: the work follows what is seen, not beams times obstacles.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from robot_system.core.values import FloatArray, Pose

_TURN = 2.0 * math.pi
_Indices = NDArray[np.intp]
_EDGE_ON = 1e-9
"""A segment in line with the sensor (m2) shows no side: it can not be seen."""


@dataclass(frozen=True, slots=True, eq=False)
class Fan:
    """The beams of a LiDAR in its own frame; together they span a turn at most."""

    angle_min: float
    increment: float
    count: int
    cosines: FloatArray
    sines: FloatArray

    @classmethod
    def over(cls, field_of_view: float, count: int) -> Fan:
        """Spread beams evenly around straight ahead; a full turn has no beam twice."""
        is_full = field_of_view > _TURN - 1e-9
        increment = field_of_view / (count if is_full else max(count - 1, 1))
        angle_min = -0.5 * field_of_view
        angles = angle_min + increment * np.arange(count)
        return cls(angle_min, increment, count, np.cos(angles), np.sin(angles))

    def runs(self, low: FloatArray, width: FloatArray) -> tuple[_Indices, _Indices, _Indices]:
        """Return the beams in the intervals [low, low + width] of angle.

        They are runs of successive beams: given are the obstacle, the first beam and the number
        of beams of each run, in the order of obstacles. An interval that goes around has two.
        """
        turn = _TURN / self.increment
        start = ((low - self.angle_min) / self.increment) % turn
        end = start + width / self.increment
        first = np.ceil(start).astype(np.intp)
        beyond = np.minimum(end, self.count - 1.0).astype(np.intp) + 1
        rows = np.arange(len(low))
        around = np.flatnonzero(end >= turn)
        if len(around):
            last = np.minimum(end[around] - turn, self.count - 1.0).astype(np.intp)
            rows = np.concatenate([rows, around])
            order = np.argsort(rows, kind="stable")
            rows = rows[order]
            first = np.concatenate([first, np.zeros(len(around), np.intp)])[order]
            beyond = np.concatenate([beyond, last + 1])[order]
        return rows, first, np.maximum(beyond - first, 0)


class Scene:
    """Circles (x, y, radius) and segments (x1, y1, x2, y2) that a LiDAR can see."""

    def __init__(self, circles: FloatArray, segments: FloatArray) -> None:
        self.circles = circles
        self.segments = segments
        self._count = len(circles)
        self._radii = circles[:, 2].copy()
        self._squares = self._radii * self._radii
        columns = (circles[:, :2], segments[:, :2], segments[:, 2:])
        self._x = np.concatenate([points[:, 0] for points in columns])
        self._y = np.concatenate([points[:, 1] for points in columns])

    def with_circles(self, circles: FloatArray) -> Scene:
        """Return this scene with more circles in it."""
        return Scene(np.concatenate([self.circles, circles]), self.segments)

    def cast(self, pose: Pose, fan: Fan, range_max: float) -> FloatArray:
        """Return the range of each beam from this pose, infinity where nothing is met."""
        circles, beyond = self._count, self._count + len(self.segments)
        x, y = self._x - pose.x, self._y - pose.y
        cosine, sine = math.cos(pose.theta), math.sin(pose.theta)
        x, y = cosine * x + sine * y, cosine * y - sine * x
        distances = np.hypot(x[:circles], y[:circles])
        if (distances <= self._radii).any():
            return np.zeros(fan.count)
        rows, first, lengths = self._runs(fan, np.arctan2(y, x), distances)
        stops = lengths.cumsum()
        beams = np.arange(stops[-1] if len(stops) else 0)
        beams += (first - (stops - lengths)).repeat(lengths)
        unit_x, unit_y = fan.cosines.take(beams), fan.sines.take(beams)
        # The runs of circles come first.
        runs = int(rows.searchsorted(circles))
        split = int(stops[runs - 1]) if runs else 0
        met = np.empty(len(beams))

        row, times = rows[:runs], lengths[:runs]
        centre_x, centre_y = x.take(row).repeat(times), y.take(row).repeat(times)
        across = unit_x[:split] * centre_y - unit_y[:split] * centre_x
        depth = np.maximum(self._squares.take(row).repeat(times) - across * across, 0.0)
        met[:split] = unit_x[:split] * centre_x + unit_y[:split] * centre_y - np.sqrt(depth)

        row, times = rows[runs:] - circles, lengths[runs:]
        from_x, from_y = x[circles:beyond], y[circles:beyond]
        along_x, along_y = x[beyond:] - from_x, y[beyond:] - from_y
        offset = np.abs(from_x * along_y - from_y * along_x)
        offset[offset < _EDGE_ON] = np.inf
        slope = unit_x[split:] * along_y.take(row).repeat(times)
        slope -= unit_y[split:] * along_x.take(row).repeat(times)
        np.abs(slope, out=slope)
        np.maximum(slope, _EDGE_ON, out=slope)
        np.divide(offset.take(row).repeat(times), slope, out=met[split:])

        ranges = np.full(fan.count, range_max)
        np.minimum.at(ranges, beams, met)
        ranges[ranges >= range_max] = np.inf
        return ranges

    def _runs(
        self, fan: Fan, bearings: FloatArray, distances: FloatArray
    ) -> tuple[_Indices, _Indices, _Indices]:
        half = np.arcsin(self._radii / distances)
        circles, beyond = self._count, self._count + len(self.segments)
        begins, ends = bearings[circles:beyond], bearings[beyond:]
        span = (ends - begins + math.pi) % _TURN - math.pi
        low = np.concatenate([bearings[:circles] - half, np.where(span < 0.0, ends, begins)])
        return fan.runs(low, np.concatenate([2.0 * half, np.abs(span)]))
