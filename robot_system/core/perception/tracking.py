"""Tracks: what was seen from scan to scan, with an id, a velocity and how sure both are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from robot_system.core.perception import _fast
from robot_system.core.perception import shapes as shape
from robot_system.core.perception.segmentation import Flags, Indices
from robot_system.core.time import Time, to_seconds
from robot_system.core.values import FloatArray

Hides = Callable[[FloatArray, FloatArray, FloatArray], Flags]
"""Tells of circles (x, y, radius) whether something hides them from the sensor."""

# fmt: off
(
    ID, X, Y, VX, VY, PP, VV, PV, RADIUS, SLOW_X, SLOW_Y, AGE, FIRM, MISSES, UNSEEN, EVIDENCE,
    MOVING, WALL, KIND, CONFIDENCE, LENGTH, WIDTH, HEADING,
) = range(23)
# fmt: on
"""The rows of the table of tracks; each column is one track.

PP, PV and VV are the covariance of place and speed along each axis; SLOW is a place that follows
slowly, by which going somewhere is told from trembling.
"""
FIRST_SPEED_VARIANCE = 1.0
FIRM_SCANS = 3
"""What was seen clearly in so many scans is known well enough to be predicted."""


@dataclass(frozen=True, slots=True)
class TrackSettings:
    """How tracks live: lengths in m, speeds in m/s, times in s, acceleration in m/s2.

    `gate` is the farthest that a track is looked for from where it should be. Something is
    moving when for `moving_time` it is faster than `moving_speed`, beyond doubt, and
    `moving_way` away from where it was; it stands again when slower than half of that as long.
    What is hidden lives on for `coast_time`, what should be seen and is not for `lost_scans`.
    """

    gate: float = 0.5
    acceleration: float = 0.6
    moving_speed: float = 0.2
    moving_way: float = 0.08
    moving_time: float = 0.2
    coast_time: float = 1.5
    lost_scans: int = 3
    longest_pause: float = 0.5


class Tracker:
    """Follows shapes in a frame that stands still by one Kalman filter of constant velocity each.

    Errors along x and y are taken to be equal and independent, so that each filter has three
    numbers for its covariance.
    """

    def __init__(self, settings: TrackSettings) -> None:
        self._settings = settings
        self.reset()

    def reset(self) -> None:
        """Forget all tracks, and count ids from 1."""
        self._next = 1
        self._stamp: Time | None = None
        self.table: FloatArray = np.zeros((23, 0))

    def step(self, stamp: Time, shapes: FloatArray, hides: Hides) -> FloatArray:
        """Take the table of the shapes of one scan, in the frame of the tracks; return them.

        First are those that are seen, then those that are not, then the new ones.
        """
        self._predict(stamp)
        settings, table = self._settings, self.table
        pairs = _fast.pairs(table, shapes, settings.gate)
        tracks, seen = (np.frombuffer(numbers, np.intp) for numbers in pairs)
        parts = [table]
        if len(tracks) < table.shape[1]:
            parts = [table.take(tracks, axis=1), self._missed(tracks, hides)]
        _fast.update(
            parts[0],
            shapes,
            seen,
            self._elapsed,
            settings.moving_speed,
            settings.moving_way,
            settings.moving_time,
            FIRM_SCANS,
        )
        if len(seen) < shapes.shape[1]:
            new = np.frombuffer(_fast.unknown(parts[0], shapes, seen), np.intp)
            parts.append(self._born(shapes.take(new, axis=1)))
        self.table = np.concatenate(parts, axis=1) if len(parts) > 1 else table
        return self.table

    def _predict(self, stamp: Time) -> None:
        settings, table = self._settings, self.table
        elapsed = 0.0 if self._stamp is None else to_seconds(stamp - self._stamp)
        if not 0.0 <= elapsed <= settings.longest_pause:
            table = self.table = np.zeros((23, 0))
            elapsed = 0.0
        self._stamp = stamp
        self._elapsed = elapsed
        _fast.predict(table, elapsed, settings.acceleration)

    def _missed(self, seen: Indices, hides: Hides) -> FloatArray:
        """Age the tracks that are not seen; return those of them that live on."""
        settings = self._settings
        is_missed = self.table[WALL] == 0.0
        is_missed[seen] = False
        table: FloatArray = self.table.take(is_missed.nonzero()[0], axis=1)
        if not table.shape[1]:
            return table
        unseen, misses = table[UNSEEN], table[MISSES]
        unseen += self._elapsed
        misses += ~hides(table[X], table[Y], table[RADIUS])
        lives = (table[FIRM] >= FIRM_SCANS) & (unseen <= settings.coast_time)
        lives &= misses <= settings.lost_scans
        living = lives.nonzero()[0]
        return table if len(living) == len(lives) else table.take(living, axis=1)

    def _born(self, shapes: FloatArray) -> FloatArray:
        count = shapes.shape[1]
        table = np.zeros((23, count))
        table[ID] = np.arange(self._next, self._next + count)
        self._next += count
        table[X:VX] = table[SLOW_X : SLOW_Y + 1] = shapes[: shape.RADIUS]
        table[PP] = shapes[shape.DEVIATION] ** 2
        table[VV] = FIRST_SPEED_VARIANCE * (shapes[shape.WALL] == 0.0)
        table[RADIUS] = shapes[shape.RADIUS]
        table[WALL:] = shapes[shape.WALL :]
        return table
