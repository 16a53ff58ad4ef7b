"""Which arc to take now: follows a way, keeps its distance, turns or backs off when it must."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum, unique

import numpy as np

from robot_system.core.policy.arcs import ArcSettings, FreeWays, arc_table
from robot_system.core.values import Float32Array, FloatArray

CURVATURES = (0.0, 0.15, 0.3, 0.5, 0.75, 1.05, 1.4, 1.8, 2.2)
LENGTHS = (0.25, 0.5, 0.9, 1.4)
STOP_GAP = 0.06
"""Never drive closer to the end of a free way than this (m)."""


@unique
class Mode(Enum):
    """What the robot is doing to follow its way."""

    DRIVE = "driving"
    TURN = "turning"
    REVERSE = "backing off"
    HOLD = "blocked"


@dataclass(frozen=True, slots=True)
class SteeringSettings:
    """Limits (m/s, m/s2, rad/s), the margins and the speed and price (m) of each of them."""

    speed: float
    reverse_speed: float
    acceleration: float
    turn_rate: float
    margins: tuple[float, ...]
    margin_speeds: tuple[float, ...]
    margin_prices: tuple[float, ...] = (2.0, 0.8, 0.25, 0.0)
    lateral_acceleration: float = 1.2
    offset_price: float = 1.5
    heading_price: float = 0.35
    change_price: float = 0.04
    turn_from: float = 1.2
    turn_until: float = 0.3
    look_ahead: float = 0.6


@dataclass(frozen=True, slots=True)
class Steer:
    """An arc to follow: curvature (1/m), or turn rate (rad/s) on the spot, and free metres."""

    mode: Mode
    speed: float = 0.0
    curvature: float = 0.0
    turn_rate: float = 0.0
    free: float = 0.0


class Steering:
    """Chooses among arcs of fixed curvature; remembers its mode, so that it does not dither."""

    def __init__(self, settings: SteeringSettings, length: float, width: float) -> None:
        self._settings = settings
        sharp = tuple(-curvature for curvature in reversed(CURVATURES[1:]))
        curvatures = sharp + CURVATURES
        self._curvatures = np.array(curvatures)
        reach = 2.2 + 0.5 * max(settings.speed - 1.0, 0.0)
        self._table = arc_table(ArcSettings(length, width, settings.margins, curvatures, reach))
        self._lengths = np.array(LENGTHS)
        self._needed = self._lengths[None, :, None] + STOP_GAP
        # By how many of the margins are free; with none of them an arc is not open anyway.
        self._prices = np.array((settings.margin_prices[0], *settings.margin_prices))
        angle = np.outer(self._lengths, self._curvatures)
        chord = self._lengths[:, None] * np.sinc(0.5 * angle / np.pi)
        self._end_x = (chord * np.cos(0.5 * angle)).reshape(-1, 1)
        self._end_y = (chord * np.sin(0.5 * angle)).reshape(-1, 1)
        self._end_angle = angle.ravel()
        self._ends = np.arange(angle.size)
        self.reset()

    def reset(self) -> None:
        """Forget the mode."""
        self._mode = Mode.DRIVE
        self._curvature = 0.0
        self._turn_sign = 0.0
        self._backed = 0.0

    def choose(self, x: FloatArray, y: FloatArray, way: FloatArray, goal_distance: float) -> Steer:
        """Return the arc for points and way in the base frame."""
        ahead = self._table.look_up(x, y)
        error = _bearing(way, self._settings.look_ahead)
        steer = self._continued(ahead, x, y, way, error, goal_distance)
        self._mode = steer.mode
        return steer

    def _continued(
        self,
        ahead: FreeWays,
        x: FloatArray,
        y: FloatArray,
        way: FloatArray,
        error: float,
        goal_distance: float,
    ) -> Steer:
        settings = self._settings
        if self._mode is Mode.REVERSE:
            return self._reverse_or_leave(ahead, x, y, way, error, goal_distance)
        until = settings.turn_until if self._mode is Mode.TURN else settings.turn_from
        if abs(error) <= until:
            steer = self._drive(ahead, way, goal_distance)
            if steer is not None:
                return steer
        turn = self._turn(ahead, error)
        if turn is not None:
            return turn
        if abs(error) > 0.5 * math.pi:
            return (
                self._reverse(x, y, way, error)
                or self._drive(ahead, way, goal_distance)
                or Steer(Mode.HOLD)
            )
        return (
            self._drive(ahead, way, goal_distance)
            or self._reverse(x, y, way, error)
            or Steer(Mode.HOLD)
        )

    def _reverse_or_leave(
        self,
        ahead: FreeWays,
        x: FloatArray,
        y: FloatArray,
        way: FloatArray,
        error: float,
        goal_distance: float,
    ) -> Steer:
        side = 0 if error > 0.0 else 1
        can_turn = float(ahead.radians[1, side]) > abs(error)
        if can_turn and abs(error) > self._settings.turn_from:
            turn = self._turn(ahead, error)
            if turn is not None:
                return turn
        if abs(error) <= self._settings.turn_from:
            steer = self._drive(ahead, way, goal_distance, shortest=1)
            if steer is not None:
                return steer
        return (
            self._reverse(x, y, way, error)
            or self._turn(ahead, error)
            or self._drive(ahead, way, goal_distance)
            or Steer(Mode.HOLD)
        )

    def _drive(
        self, free: FreeWays, way: FloatArray, goal_distance: float, shortest: int = 0
    ) -> Steer | None:
        chosen = self._best(free.metres, way, shortest)
        if chosen is None:
            return None
        _, arc, margin = chosen
        settings = self._settings
        self._curvature = float(self._curvatures[arc])
        metres = free.metres[:, arc]
        level = max(margin, 0)
        way_to_stop = max(float(metres[min(level, 1)]) - STOP_GAP, 0.02)
        speed = min(
            settings.speed,
            self._margin_speed(metres),
            math.sqrt(2.0 * 0.8 * settings.acceleration * way_to_stop),
            math.sqrt(2.0 * 0.5 * settings.acceleration * max(goal_distance, 0.02)),
        )
        bend = abs(self._curvature)
        if bend > 0.0:
            speed = min(
                speed, settings.turn_rate / bend, math.sqrt(settings.lateral_acceleration / bend)
            )
        return Steer(Mode.DRIVE, speed, self._curvature, free=way_to_stop)

    def _margin_speed(self, metres: Float32Array) -> float:
        """Return how fast an arc may be driven: the narrower it is ahead, the slower."""
        settings = self._settings
        allowed = settings.speed
        for margin, speed in enumerate(settings.margin_speeds):
            wider = float(metres[margin + 1]) if margin + 1 < len(metres) else math.inf
            distance = max(wider - STOP_GAP, 0.0)
            braking = 2.0 * 0.6 * settings.acceleration * distance
            allowed = min(allowed, math.sqrt(speed * speed + braking))
        return allowed

    def _best(
        self, metres: Float32Array, way: FloatArray, shortest: int
    ) -> tuple[int, int, int] | None:
        """Return (length, arc, widest free margin) of the cheapest arc that leads on."""
        settings = self._settings
        is_free = metres[:, None, :] >= self._needed
        free_margins = is_free.sum(axis=0)
        for least in (2, 1):
            is_open = free_margins >= least
            is_open[:shortest] = False
            if is_open.any():
                break
        else:
            return None
        cost = self._cost(way).reshape(free_margins.shape)
        cost += self._prices.take(free_margins)
        cost += settings.change_price * np.abs(self._curvatures - self._curvature)
        cost[~is_open] = math.inf
        length, arc = divmod(int(cost.argmin()), len(self._curvatures))
        return length, arc, int(free_margins[length, arc]) - 1

    def _cost(self, way: FloatArray) -> FloatArray:
        """Return the metres that are left from the end of each arc, with what is off the way."""
        settings = self._settings
        x, y = way.T
        step_x, step_y = x[1:] - x[:-1], y[1:] - y[:-1]
        left, directions = np.zeros(len(way)), np.zeros(len(way))
        if len(step_x):
            left[:-1] = np.hypot(step_x, step_y)[::-1].cumsum()[::-1]
            np.arctan2(step_y, step_x, out=directions[:-1])
            directions[-1] = directions[-2]
        across, along = self._end_x - x, self._end_y - y
        across *= across
        along *= along
        across += along
        price = np.sqrt(across, out=across)
        price *= settings.offset_price
        price += left
        nearest = price.argmin(axis=1)
        turned = np.abs(self._end_angle - directions.take(nearest))
        turned = np.minimum(turned, np.abs(2.0 * math.pi - turned))
        turned *= settings.heading_price
        cost: FloatArray = price[self._ends, nearest] + turned
        return cost

    def _turn(self, free: FreeWays, error: float) -> Steer | None:
        """Turn toward the way, or the other way round where only that is free."""
        if self._mode is not Mode.TURN:
            self._turn_sign = 0.0
        left, right = float(free.radians[0, 0]), float(free.radians[0, 1])
        wanted = {1.0: error % (2.0 * math.pi), -1.0: -error % (2.0 * math.pi)}
        room = {1.0: left, -1.0: right}
        signs = (1.0, -1.0) if error >= 0.0 else (-1.0, 1.0)
        if self._turn_sign == -signs[0] and min(wanted.values()) > 0.5:
            signs = (-signs[0], signs[0])
        for sign in signs:
            if room[sign] >= min(wanted[sign], math.pi) + 0.05:
                self._turn_sign = sign
                rate = min(self._settings.turn_rate, 0.3 + 1.5 * wanted[sign])
                return Steer(Mode.TURN, turn_rate=sign * min(rate, 0.2 + 2.0 * room[sign]))
        return None

    def _reverse(
        self, x: FloatArray, y: FloatArray, way: FloatArray, error: float
    ) -> Steer | None:
        """Back off: along the way where it leads behind, else to where most is free."""
        free = self._table.look_up(-x, y)
        settings = self._settings
        if abs(error) > 0.5 * math.pi:
            chosen = self._best(free.metres, way * (-1.0, 1.0), 0)
            if chosen is None:
                return None
            arc = chosen[1]
        else:
            metres = np.minimum(free.metres, 0.8).sum(axis=0) - 0.05 * np.abs(self._curvatures)
            arc = int(metres.argmax())
        room = float(free.metres[1, arc])
        if room < STOP_GAP + 0.05:
            room = float(free.metres[0, arc])
        if room < STOP_GAP:
            return None
        curvature = float(self._curvatures[arc])
        speed = min(
            settings.reverse_speed,
            math.sqrt(2.0 * 0.5 * settings.acceleration * max(room - 0.5 * STOP_GAP, 0.0)),
            settings.turn_rate / max(abs(curvature), 1e-3),
        )
        return Steer(Mode.REVERSE, -speed, curvature, free=room)


def _bearing(way: FloatArray, look_ahead: float) -> float:
    """Return the direction of the first point of the way that is some distance away."""
    squares = (way * way).sum(axis=1)
    nearest = int(squares.argmin())
    is_far = squares[nearest:] >= look_ahead * look_ahead
    first = int(is_far.argmax())
    target = way[nearest + first] if is_far[first] else way[-1]
    return math.atan2(float(target[1]), float(target[0]))
