"""What the LiDAR's data say about the LiDAR: frozen, blocked or dirty, or mounted wrongly."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from robot_system.core.perception.returns import Returns
from robot_system.core.time import Time, from_seconds
from robot_system.core.values import Float32Array, Scan, Twist

LEAST_RETURNS = 16
"""With fewer beams that hit something, equal scans in a row may be honest."""
MOVING = 0.05
"""From this speed (m/s) or turn rate (rad/s) on the same ranges can not come again."""
TURNING = 0.3
"""From this turn rate (rad/s) on the sense of turning is looked at."""


@dataclass(frozen=True, slots=True)
class SelfCheckSettings:
    """What is not believed of a LiDAR; lengths in m, times in s, angles in rad.

    Frozen: more than `frozen_share` of the hits have exactly the range of the scan before, half
    of that while driving, in `frozen_scans` in a row. Blocked: beams side by side over
    `blocked_angle` are broken or end within `window` of the least range, for `patience`; dirty:
    so is a `dirty_share` of all. Noisy: neighbours on surfaces scatter by `noise` in
    `noisy_scans` in a row. Mounting: `own_share` of the beams end on the robot itself, or
    the picture turns with the robot instead of against it in `mirrored_looks` looks more than
    the other way round.
    """

    frozen_share: float = 0.9
    frozen_scans: int = 4
    window: float = 0.03
    blocked_angle: float = 0.09
    dirty_share: float = 0.1
    patience: float = 1.0
    noise: float = 0.15
    noisy_scans: int = 10
    own_share: float = 0.2
    mirrored_looks: int = 5


class SelfCheck:
    """Looks at one scan after the other; `problems` are what is wrong with the sensor now.

    A frozen sensor spoils what is measured; the other problems make it doubtful.
    """

    EVERY = 4
    """Window and mounting are looked at in one of so many scans."""
    WINDOW_TURN, MOUNTING_TURN = 1, 3
    """In which of them: no scan has both, nor one of them and the measurement of noise."""

    def __init__(self, settings: SelfCheckSettings) -> None:
        self._settings = settings
        self._patience = from_seconds(settings.patience)
        self.reset()

    def reset(self) -> None:
        """Forget everything."""
        self._before: Float32Array = np.zeros(0, np.float32)
        self._looked: Float32Array = np.zeros(0, np.float32)
        self._looked_at: Time = 0
        self._repeats = 0
        self._scans = 0
        self._mirrored = 0
        self._noisy = 0
        self._since: dict[str, Time] = {}
        self._blocked_since: NDArray[np.int64] = np.zeros(0, np.int64)
        self.frozen = ""
        self.window = ""
        self.mounting = ""
        self.noise = ""

    @property
    def problems(self) -> tuple[str, ...]:
        """Return everything that is wrong, the worst first."""
        found = (self.frozen, self.mounting, self.noise, self.window)
        return tuple(item for item in found if item)

    def step(self, scan: Scan, returns: Returns, twist: Twist) -> None:
        """Take the next scan, seen by a base that moves like this."""
        self._look_for_frost(scan.ranges, len(returns.ranges), twist)
        turn = self._scans % self.EVERY
        if turn == self.WINDOW_TURN:
            self._look_at_window(scan, returns)
        elif turn == self.MOUNTING_TURN:
            self._look_at_mounting(scan, returns, twist)
        self._scans += 1

    def judge_noise(self, noise: float) -> None:
        """Take the noise of the ranges (m) as it was measured last."""
        limit = self._settings.noise
        self._noisy = self._noisy + 1 if noise >= limit else 0
        is_noisy = self._noisy >= self._settings.noisy_scans
        self.noise = f"the LiDAR is noisy: ranges scatter by {limit:g} m" if is_noisy else ""

    def _look_for_frost(self, ranges: Float32Array, hits: int, twist: Twist) -> None:
        before, self._before = self._before, ranges
        if hits < LEAST_RETURNS or len(before) != len(ranges):
            self._repeats, self.frozen = 0, ""
            return
        # Infinite ranges are equal too, in both: they are not counted.
        empty = len(ranges) - hits
        same = int(np.count_nonzero(ranges == before)) - empty
        is_driving = abs(twist.linear) > MOVING or abs(twist.angular) > MOVING
        share = self._settings.frozen_share * (0.5 if is_driving else 1.0)
        self._repeats = self._repeats + 1 if same > share * hits else 0
        is_frozen = self._repeats >= self._settings.frozen_scans
        self.frozen = "the LiDAR is frozen: ranges repeat exactly" if is_frozen else ""

    def _look_at_window(self, scan: Scan, returns: Returns) -> None:
        is_blocked = ~(scan.ranges >= np.float32(scan.range_min + self._settings.window))
        if len(self._blocked_since) != len(is_blocked):
            self._blocked_since = np.full(len(is_blocked), scan.stamp, np.int64)
        self._blocked_since[~is_blocked] = scan.stamp
        is_stuck = scan.stamp - self._blocked_since >= self._patience
        stuck = int(np.count_nonzero(is_stuck))
        self.window = ""
        if not stuck:
            return
        begin, length = _longest(is_stuck, returns.is_full_turn)
        if length * returns.increment >= self._settings.blocked_angle:
            first = scan.angle_min + begin * scan.angle_increment
            last = first + (length - 1) * scan.angle_increment
            self.window = (
                f"the window is blocked from {math.degrees(first):.0f}"
                f" to {math.degrees(last):.0f} degrees"
            )
        elif stuck >= self._settings.dirty_share * len(is_stuck):
            self.window = f"the window is dirty: {stuck / len(is_stuck):.0%} of the beams are lost"

    def _look_at_mounting(self, scan: Scan, returns: Returns, twist: Twist) -> None:
        settings = self._settings
        count = len(scan.ranges)
        sees_itself = returns.own >= settings.own_share * count
        since = self._since.setdefault("own", scan.stamp) if sees_itself else scan.stamp
        if not sees_itself:
            self._since.pop("own", None)
        before, self._looked = self._looked, scan.ranges
        elapsed, self._looked_at = scan.stamp - self._looked_at, scan.stamp
        if len(before) == count and abs(twist.angular) > TURNING and 0 < elapsed < 500_000_000:
            self._compare(scan, before, twist.angular * elapsed * 1e-9)
        angle_max = scan.angle_min + (count - 1) * scan.angle_increment
        self.mounting = ""
        if max(abs(scan.angle_min), abs(angle_max)) > 2.0 * math.pi + 1e-3:
            self.mounting = (
                f"implausible angle limits: {scan.angle_min:.2f} to {angle_max:.2f} rad"
            )
        elif sees_itself and scan.stamp - since >= self._patience:
            self.mounting = (
                f"implausible mounting: {returns.own / count:.0%} of the beams end on the robot"
            )
        elif self._mirrored >= settings.mirrored_looks:
            self.mounting = "implausible mounting: the picture turns the wrong way round"

    def _compare(self, scan: Scan, before: Float32Array, turned: float) -> None:
        """Count whether the scan fits the one before better turned by this, or the other way."""
        shift = round(turned / scan.angle_increment)
        count = len(before)
        if abs(shift) < 3 or abs(shift) > count // 4:
            return
        against = _difference(scan.ranges, before, shift)
        along = _difference(scan.ranges, before, -shift)
        if along < 0.5 * against:
            self._mirrored = min(self._mirrored + 1, 2 * self._settings.mirrored_looks)
        elif against < 0.8 * along:
            self._mirrored = max(self._mirrored - 1, 0)


def _difference(ranges: Float32Array, before: Float32Array, shift: int) -> float:
    """Return the median distance of ranges, the later scan moved by so many beams.

    It is no number, and so neither less nor more than another, when there are too few.
    """
    if shift > 0:
        now, then = ranges[:-shift], before[shift:]
    else:
        now, then = ranges[-shift:], before[:shift]
    is_usable = np.isfinite(now) & np.isfinite(then)
    off = np.abs(now[is_usable] - then[is_usable])
    if len(off) < LEAST_RETURNS:
        return math.nan
    return float(np.partition(off, len(off) // 2)[len(off) // 2])


def _longest(flags: NDArray[np.bool_], is_ring: bool) -> tuple[int, int]:
    """Return begin and length of the longest run of true ones, over the seam of a full turn."""
    count = len(flags)
    if flags.all():
        return 0, count
    turn = int(np.flatnonzero(~flags)[0]) if is_ring else 0
    rolled = np.roll(flags, -turn)
    steps = np.diff(np.concatenate(((0,), rolled.astype(np.int8), (0,))))
    begins, ends = np.flatnonzero(steps == 1), np.flatnonzero(steps == -1)
    best = int((ends - begins).argmax())
    return (int(begins[best]) + turn) % count, int(ends[best] - begins[best])
