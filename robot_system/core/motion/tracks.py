"""Moving obstacles by their tracks: where they will be while the base drives on and brakes."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from robot_system.core.geometry import to_inner
from robot_system.core.motion.footprint import Footprint, seen_along
from robot_system.core.motion.limits import MotionLimits, stopping_time
from robot_system.core.time import Instant, Time
from robot_system.core.values import FloatArray, Obstacles, Pose, Twist

# Slower than this a track counts as standing, which the raw scan shows (m/s); faster is no track.
SLOWEST, FASTEST = 0.15, 5.0
# What is larger or further away is no track (m).
LARGEST, FARTHEST = 5.0, 1e6
# Shares of a twist that are looked at, and how far apart the moments are (s).
SHARES = np.array([1.0, 0.75, 0.5, 0.25])
MOMENT = 0.05
# Closer by less than this is not closer (m).
SLACK = 1e-3


class MovingObstacles:
    """The newest tracks; without any, or with old ones, they say nothing, and hold nothing."""

    def __init__(self, max_age: float) -> None:
        self._max_age = max_age
        self.reset()

    def reset(self) -> None:
        """Forget them."""
        self._stamp: Time = 0
        self._received: Instant | None = None
        self._rows: FloatArray = np.zeros((0, 5))

    def take(self, obstacles: Obstacles, now: Instant) -> None:
        """Take tracks: those that move, and whose numbers can be."""
        self._received = None
        velocities = obstacles.velocities
        count = len(obstacles.ids)
        is_whole = (
            obstacles.valid
            and velocities.shape == (count, 2) == obstacles.positions.shape
            and obstacles.radii.shape == (count,)
        )
        if not is_whole or not count or not velocities.any():
            return
        rows = np.column_stack((obstacles.positions, velocities, obstacles.radii))
        with np.errstate(over="ignore"):
            speed = np.hypot(velocities[:, 0], velocities[:, 1])
        is_moving = (speed >= SLOWEST) & (speed <= FASTEST)
        is_possible = (rows[:, 4] >= 0.0) & (rows[:, 4] <= LARGEST)
        is_possible &= (np.abs(rows) < FARTHEST).all(axis=1)
        self._rows = rows[is_moving & is_possible]
        if len(self._rows):
            self._stamp, self._received = obstacles.stamp, now

    def free_share(
        self,
        twist: Twist,
        base: Pose,
        footprint: Footprint,
        margin: float,
        limits: MotionLimits,
        reaction: float,
        now: Instant,
    ) -> float:
        """Return the greatest share of a twist that does not bring the base closer to contact.

        For each share the base goes on for the reaction time and then brakes on its arc. A place
        where the obstacle would come as close to a base that stands holds nothing: to get out of
        its way is free.
        """
        near = self._near(base, twist, footprint, limits, reaction, now)
        if near is None:
            return 1.0
        rows, age = near
        ends = reaction + SHARES * stopping_time(twist, limits)
        count = max(2, math.ceil(float(ends[0]) / MOMENT))
        times = ends[:, None] * (np.arange(1, count + 1) / count)
        driven = _driven(times, SHARES[:, None], ends[:, None], reaction)
        gaps = _gaps(rows, age, times, driven, twist, footprint)
        standing = _gaps(rows, age, times, np.zeros_like(times), twist, footprint)
        is_closer: NDArray[np.bool_] = (gaps < margin) & (gaps < standing - SLACK)
        return float(SHARES[~np.any(is_closer, axis=(0, 2))].max(initial=0.0))

    def _near(
        self,
        base: Pose,
        twist: Twist,
        footprint: Footprint,
        limits: MotionLimits,
        reaction: float,
        now: Instant,
    ) -> tuple[FloatArray, float] | None:
        """Return the tracks that can be met at all, in the frame of the base, and their age."""
        received = self._received
        if received is None:
            return None
        age = (now.stamp - self._stamp) * 1e-9
        if not -self._max_age <= age <= self._max_age or now.since(received) > self._max_age:
            return None
        rows = self._rows
        horizon = reaction + stopping_time(twist, limits)
        x, y = to_inner(base, rows[:, 0], rows[:, 1])
        turn = Pose(0.0, 0.0, base.theta)
        along, across = to_inner(turn, rows[:, 2], rows[:, 3])
        reach = np.hypot(along, across) * (horizon + abs(age)) + rows[:, 4]
        reach += abs(twist.linear) * horizon + 2.0 * footprint.radius
        is_near = x * x + y * y <= reach * reach
        if not is_near.any():
            return None
        return np.column_stack((x, y, along, across, rows[:, 4]))[is_near], max(age, 0.0)


def _driven(times: FloatArray, share: FloatArray, ends: FloatArray, reaction: float) -> FloatArray:
    """Return for how long the full twist would have to be held to get as far."""
    braking = np.maximum(times - reaction, 0.0)
    slowing = np.maximum(ends - reaction, 1e-9)
    driven: FloatArray = share * (np.minimum(times, reaction) + braking)
    driven -= 0.5 * share * braking * braking / slowing
    return driven


def _gaps(
    rows: FloatArray,
    age: float,
    times: FloatArray,
    driven: FloatArray,
    twist: Twist,
    footprint: Footprint,
) -> FloatArray:
    """Return the free distance of each track from the base, by track, share and moment."""
    ahead = times[None] + age
    x = rows[:, 0, None, None] + rows[:, 2, None, None] * ahead
    y = rows[:, 1, None, None] + rows[:, 3, None, None] * ahead
    gaps = np.sqrt(footprint.squared_gaps(*seen_along(x, y, twist, driven[None])))
    return gaps - rows[:, 4, None, None]
