"""Tracks: what was seen from scan to scan, with an id, a velocity and how sure both are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from robot_system.core.perception import shapes as shape
from robot_system.core.perception.association import Indices, cheapest_pairs
from robot_system.core.time import Time, to_seconds
from robot_system.core.values import FloatArray

Flags = NDArray[np.bool_]
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
COST_LIMIT = 25.0
"""Squared distance in standard deviations (and what else makes partners unlike) of a pair."""
RADIUS_TOLERANCE = 0.15
FIRM_SCANS = 3
"""What was seen clearly in so many scans is known well enough to be predicted."""
SLOWNESS = 0.6
"""Time constant (s) of the place that follows slowly."""


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
    numbers for its covariance. All filters are computed at once.
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
        table = self.table
        tracks, seen = self._pairs(shapes)
        parts = [table]
        if len(tracks) < table.shape[1]:
            parts = [table.take(tracks, axis=1), self._missed(tracks, hides)]
        if len(tracks):
            self._update(parts[0], shapes.take(seen, axis=1))
        if len(seen) < shapes.shape[1]:
            parts.append(self._born(self._unknown(shapes, seen, parts[0])))
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
        if not table.shape[1]:
            return
        # A speed that is not sure yet is no guide to something that is hidden.
        moves = (table[UNSEEN] == 0.0) | (table[MOVING] > 0.0)
        places, (place, speed, both) = table[X:VX], table[PP:RADIUS]
        places += table[VX:PP] * (moves * elapsed)
        push = (settings.acceleration * elapsed) ** 2
        gained = elapsed * speed
        place += elapsed * (2.0 * both + gained + 0.25 * push * elapsed)
        gained += 0.5 * push * elapsed
        both += gained
        speed += push
        ages = table[AGE]
        ages += elapsed

    def _pairs(self, shapes: FloatArray) -> tuple[Indices, Indices]:
        """Return which tracks are seen, and in which shapes."""
        table, settings = self.table, self._settings
        off = table[X:VX, :, None] - shapes[: shape.RADIUS, None, :]
        off *= off
        squares = np.add(off[0], off[1]).ravel()
        near = (squares <= settings.gate**2).nonzero()[0]
        tracks, seen = np.divmod(near, shapes.shape[1])
        variances = table[PP][tracks] + (shapes[shape.DEVIATION] ** 2)[seen]
        unlike = table[RADIUS][tracks] - shapes[shape.RADIUS][seen]
        unlike *= unlike
        costs = squares[near] / variances + unlike * (1.0 / RADIUS_TOLERANCE**2)
        if costs.max(initial=0.0) > COST_LIMIT:
            able = (costs <= COST_LIMIT).nonzero()[0]
            tracks, seen, costs = tracks[able], seen[able], costs[able]
        return cheapest_pairs(tracks, seen, costs)

    def _update(self, old: FloatArray, new: FloatArray) -> None:
        """Take what is seen now into the tracks it belongs to."""
        # Views: to add to a part of a table by its name would write it twice.
        places, speeds, radii = old[X:VX], old[VX:PP], old[RADIUS]
        covariances = old[PP : PV + 1 : PV - PP]
        wall = new[shape.WALL]
        free = 1.0 - wall
        is_clear = (new[shape.WHOLE] > 0.0) | (new[shape.KIND] == shape.CIRCLE)
        is_loose = old[FIRM] < FIRM_SCANS
        gains = covariances / (covariances[0] + new[shape.DEVIATION] ** 2)
        # A piece of a wall is where it is seen, and has no speed: its gains are one and zero.
        gains *= free
        gains[0] += wall
        left = wall - gains[0]
        left += 1.0
        off = new[: shape.RADIUS] - places
        is_explained = is_clear | is_loose
        is_explained |= wall > 0.0
        if np.count_nonzero(is_explained) < len(radii):
            off *= np.maximum(_excess(off, radii), is_explained)
        places += gains[0] * off
        speeds += gains[1] * off
        speeds *= free
        old[VV] -= gains[1] * covariances[1]
        covariances *= left
        wider = new[shape.RADIUS] - radii
        is_loose &= wider > 0.0
        is_loose |= is_clear
        wider *= np.maximum(0.3 * is_loose, wall)
        radii += wider
        old[FIRM] += is_clear
        old[MISSES : UNSEEN + 1] = 0.0
        old[WALL:] = new[shape.WALL :]
        self._judge(old, is_clear)

    def _judge(self, table: FloatArray, is_clear: Flags) -> None:
        """Tell what moves, by evidence that grows and shrinks with time."""
        settings, elapsed = self._settings, self._elapsed
        slow = table[SLOW_X : SLOW_Y + 1]
        way = table[X:VX] - slow
        slow += way * (elapsed / (SLOWNESS + elapsed))
        squares = table[VX:PP] ** 2
        square = squares[0] + squares[1]
        evidence, moving = table[EVIDENCE], table[MOVING]
        supports = square > np.maximum(6.0 * table[VV], settings.moving_speed**2)
        # In most scans nothing moves and nothing is about to.
        if not (np.count_nonzero(supports) or np.count_nonzero(moving)):
            evidence -= elapsed
            np.maximum(evidence, 0.0, out=evidence)
            return
        is_moving = moving > 0.0
        way *= way
        supports &= is_clear & (way[0] + way[1] > settings.moving_way**2)
        supports |= is_moving & (square > (0.5 * settings.moving_speed) ** 2)
        evidence += np.where(supports, elapsed, -elapsed)
        # Something that turns out to be a piece of a wall stands from then on.
        evidence *= table[WALL] == 0.0
        np.minimum(np.maximum(evidence, 0.0), settings.moving_time, out=evidence)
        starts = evidence >= settings.moving_time - 1e-9
        table[MOVING] = starts | (is_moving & (evidence > 0.0))

    def _unknown(self, shapes: FloatArray, seen: Indices, tracks: FloatArray) -> FloatArray:
        """Return the shapes that belong to no track, nor are a part of something seen now."""
        is_old = np.zeros(shapes.shape[1], np.bool_)
        is_old[seen] = True
        found: FloatArray = shapes.take((~is_old).nonzero()[0], axis=1)
        # What is in the middle of the circle of something that is no wall is a part of it.
        reach = tracks[RADIUS] * (tracks[WALL] == 0.0)
        off = found[: shape.RADIUS, :, None] - tracks[X:VX, None, :]
        inside = np.hypot(off[0], off[1])
        inside += 0.5 * found[shape.RADIUS][:, None]
        whole = (~np.logical_or.reduce(inside < reach, axis=1)).nonzero()[0]
        return found if len(whole) == found.shape[1] else found.take(whole, axis=1)

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


def _excess(off: FloatArray, radii: FloatArray) -> FloatArray:
    """Return the share of the way to a visible part that its circle does not explain.

    Of something known only a part is seen: as long as that lies within the circle, it says
    nothing of where the middle is.
    """
    distances = np.maximum(np.hypot(off[0], off[1]), 1e-9)
    share: FloatArray = np.maximum(1.0 - radii / distances, 0.0)
    return share
