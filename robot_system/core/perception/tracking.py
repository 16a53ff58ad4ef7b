"""Tracks: what was seen from scan to scan, with an id, a velocity and how sure both are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from robot_system.core.perception import shapes as shape
from robot_system.core.perception.association import pairs_of
from robot_system.core.time import Time, to_seconds
from robot_system.core.values import FloatArray, Kind

Flags = NDArray[np.bool_]
Hides = Callable[[FloatArray, FloatArray, FloatArray], Flags]
"""Tells of circles (x, y, radius) whether something hides them from the sensor."""

# fmt: off
(
    ID, X, Y, VX, VY, PP, PV, VV, RADIUS, SLOW_X, SLOW_Y, AGE, HITS, FIRM, MISSES, UNSEEN,
    EVIDENCE, MOVING, WALL, KIND, CONFIDENCE, LENGTH, WIDTH, HEADING,
) = range(24)
# fmt: on
"""The rows of the table of tracks; each column is one track.

PP, PV and VV are the covariance of place and speed along each axis; SLOW is a place that follows
slowly, by which going somewhere is told from trembling.
"""
FIRST_SPEED_VARIANCE = 1.0
COST_LIMIT = 25.0
"""Squared distance in standard deviations (and what else makes partners unlike) of a pair."""
RADIUS_TOLERANCE = 0.15
ONLY_PLACE = np.array([[1.0], [0.0]])
"""The gains of a piece of a wall: it is where it is seen, and has no speed."""
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
        self.table: FloatArray = np.zeros((24, 0))

    def step(self, stamp: Time, shapes: FloatArray, hides: Hides) -> FloatArray:
        """Take the table of the shapes of one scan, in the frame of the tracks; return them."""
        self._predict(stamp)
        table = self.table
        tracks, seen = pairs_of(self._costs(shapes))
        if len(tracks):
            self._update(tracks, seen, shapes)
        is_new = np.ones(shapes.shape[1], np.bool_)
        is_new[seen] = False
        is_kept = np.zeros(table.shape[1], np.bool_)
        is_kept[tracks] = True
        new = is_new.nonzero()[0]
        if len(new) and len(tracks):
            new = self._not_fragments(new, shapes, tracks)
        lost = (~is_kept & (table[WALL] == 0.0)).nonzero()[0]
        if len(lost):
            is_kept[lost] = self._miss(lost, hides)
        if len(new):
            table = np.concatenate([table[:, is_kept], self._born(shapes[:, new])], axis=1)
        elif not is_kept.all():
            table = table[:, is_kept]
        self.table = table
        return table

    def _predict(self, stamp: Time) -> None:
        settings, table = self._settings, self.table
        elapsed = 0.0 if self._stamp is None else to_seconds(stamp - self._stamp)
        if not 0.0 <= elapsed <= settings.longest_pause:
            table = self.table = np.zeros((24, 0))
            elapsed = 0.0
        self._stamp = stamp
        self._elapsed = elapsed
        if not table.shape[1]:
            return
        # A speed that is not sure yet is no guide to something that is hidden.
        moves = elapsed * ((table[UNSEEN] == 0.0) | (table[MOVING] > 0.0))
        table[X:VX] += moves * table[VX:PP]
        push = (settings.acceleration * elapsed) ** 2
        gained = elapsed * table[VV]
        table[PP] += elapsed * (2.0 * table[PV] + gained + 0.25 * push * elapsed)
        table[PV] += gained + 0.5 * push * elapsed
        table[VV] += push
        table[AGE] += elapsed

    def _costs(self, shapes: FloatArray) -> FloatArray:
        table, settings = self.table, self._settings
        across = np.subtract.outer(table[X], shapes[shape.X])
        along = np.subtract.outer(table[Y], shapes[shape.Y])
        across *= across
        along *= along
        across += along
        costs: FloatArray = across / np.add.outer(table[PP], shapes[shape.DEVIATION] ** 2)
        unlike = np.subtract.outer(table[RADIUS], shapes[shape.RADIUS])
        unlike *= unlike
        unlike *= 1.0 / RADIUS_TOLERANCE**2
        costs += unlike
        costs[(costs > COST_LIMIT) | (across > settings.gate**2)] = np.inf
        return costs

    def _update(
        self, tracks: NDArray[np.intp], seen: NDArray[np.intp], shapes: FloatArray
    ) -> None:
        old, new = self.table[:, tracks], shapes[:, seen]
        is_wall = new[shape.WALL] > 0.0
        variances = new[shape.DEVIATION] ** 2
        gains = old[PP : PV + 1] / (old[PP] + variances)
        gains[:, is_wall] = ONLY_PLACE
        off = new[: shape.RADIUS] - old[X:VX]
        is_clear = (new[shape.WHOLE] > 0.0) | (new[shape.KIND] == Kind.CIRCLE)
        part = (~is_clear & ~is_wall & (old[FIRM] >= FIRM_SCANS)).nonzero()[0]
        if len(part):
            off[:, part] *= _excess(off[:, part], old[RADIUS, part])
        old[X:VX] += gains[0] * off
        old[VX:PP] += gains[1] * off
        old[VX:PP] *= ~is_wall
        old[VV] -= gains[1] * old[PV]
        left = 1.0 - gains[0]
        left[is_wall] = 1.0
        old[PP : PV + 1] *= left
        wider = new[shape.RADIUS] - old[RADIUS]
        share = np.where(is_clear | ((wider > 0.0) & (old[FIRM] < FIRM_SCANS)), 0.3, 0.0)
        share[is_wall] = 1.0
        old[RADIUS] += share * wider
        old[HITS] += 1.0
        old[FIRM] += is_clear
        old[MISSES : UNSEEN + 1] = 0.0
        old[WALL:] = new[shape.WALL :]
        self._judge(old, is_clear)
        self.table[:, tracks] = old

    def _judge(self, table: FloatArray, is_clear: Flags) -> None:
        """Tell what moves, by evidence that grows and shrinks with time."""
        settings, elapsed = self._settings, self._elapsed
        slow = table[SLOW_X : SLOW_Y + 1]
        way = table[X:VX] - slow
        slow += way * (elapsed / (SLOWNESS + elapsed))
        squares = table[VX:PP] ** 2
        square = squares[0] + squares[1]
        is_moving = table[MOVING] > 0.0
        supports = square > settings.moving_speed**2
        supports &= square > 6.0 * table[VV]
        if supports.any():
            supports &= is_clear
            way *= way
            supports &= way[0] + way[1] > settings.moving_way**2
        if is_moving.any():
            supports |= is_moving & (square > (0.5 * settings.moving_speed) ** 2)
        evidence = table[EVIDENCE] + np.where(supports, elapsed, -elapsed)
        # Something that turns out to be a piece of a wall stands from then on.
        evidence *= table[WALL] == 0.0
        np.minimum(np.maximum(evidence, 0.0), settings.moving_time, out=table[EVIDENCE])
        table[MOVING] = np.where(
            is_moving, table[EVIDENCE] > 0.0, evidence >= settings.moving_time - 1e-9
        )

    def _not_fragments(
        self, new: NDArray[np.intp], shapes: FloatArray, tracks: NDArray[np.intp]
    ) -> NDArray[np.intp]:
        """Return the new shapes without those that are part of something else seen now."""
        others = self.table[:, tracks[self.table[WALL, tracks] == 0.0]]
        if not others.shape[1]:
            return new
        found = shapes[:, new]
        across = np.subtract.outer(found[shape.X], others[X])
        along = np.subtract.outer(found[shape.Y], others[Y])
        inside = np.sqrt(across * across + along * along)
        inside += 0.5 * found[shape.RADIUS][:, None]
        is_inside = np.any(inside < others[RADIUS], axis=1)
        kept: NDArray[np.intp] = new[~is_inside]
        return kept

    def _miss(self, lost: NDArray[np.intp], hides: Hides) -> Flags:
        """Age the tracks that were not seen; return which of them live on."""
        settings, table = self._settings, self.table[:, lost]
        table[UNSEEN] += self._elapsed
        table[MISSES] += ~hides(table[X], table[Y], table[RADIUS])
        self.table[:, lost] = table
        lives: Flags = table[FIRM] >= FIRM_SCANS
        lives &= table[UNSEEN] <= settings.coast_time
        lives &= table[MISSES] <= settings.lost_scans
        return lives

    def _born(self, shapes: FloatArray) -> FloatArray:
        count = shapes.shape[1]
        table = np.zeros((24, count))
        table[ID] = np.arange(self._next, self._next + count)
        self._next += count
        table[X:VX] = table[SLOW_X : SLOW_Y + 1] = shapes[: shape.RADIUS]
        table[PP] = shapes[shape.DEVIATION] ** 2
        table[VV] = FIRST_SPEED_VARIANCE * (shapes[shape.WALL] == 0.0)
        table[RADIUS] = shapes[shape.RADIUS]
        table[HITS] = 1.0
        table[WALL:] = shapes[shape.WALL :]
        return table


def _excess(off: FloatArray, radii: FloatArray) -> FloatArray:
    """Return the share of the way to a visible part that its circle does not explain.

    Of something known only a part is seen: as long as that lies within the circle, it says
    nothing of where the middle is.
    """
    distances = np.sqrt(off[0] * off[0] + off[1] * off[1])
    share: FloatArray = np.maximum(1.0 - radii / np.maximum(distances, 1e-9), 0.0)
    return share
