"""The robot's base: a differential drive that follows commands as far as its motors can."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

import numpy as np

from robot_system.core.time import Time, from_seconds
from robot_system.core.values import Twist
from robot_system.sim.noise import gaussians


@dataclass(frozen=True, slots=True)
class BaseSettings:
    """Size, limits and habits of the base; the defaults are those of a Clearpath Jackal.

    `watchdog` is after how long without a command the base brakes (s), `noise` the slip of each
    wheel as a share of its speed.
    """

    length: float = 0.508
    width: float = 0.43
    track: float = 0.376
    max_linear: float = 2.0
    max_angular: float = 4.0
    acceleration: float = 4.0
    angular_acceleration: float = 8.0
    delay: float = 0.03
    watchdog: float = 0.1
    noise: float = 0.01


@dataclass(frozen=True, slots=True)
class WheelsStuck:
    """Which wheels do not turn."""

    left: bool = False
    right: bool = False


class Base:
    """Speeds of the base from the commands that reached it: delay, limits, watchdog, faults.

    `linear` and `angular` are the speeds of the wheels, which the odometry sees;
    `slipping_linear` and `slipping_angular` are those of the body.
    """

    def __init__(self, settings: BaseSettings, rng: np.random.Generator) -> None:
        self.settings = settings
        self.linear = 0.0
        self.angular = 0.0
        self.slipping_linear = 0.0
        self.slipping_angular = 0.0
        self.stuck = WheelsStuck()
        self.is_ignoring_commands = False
        self._noise = gaussians(rng)
        self._delay = from_seconds(settings.delay)
        self._watchdog = from_seconds(settings.watchdog)
        self._waiting: deque[tuple[Time, Twist]] = deque()
        self._target = Twist()
        self._expires: Time = 0

    def command(self, twist: Twist, now: Time) -> None:
        """Take a command that arrives now; one that is not finite is a command to stand."""
        if not self.is_ignoring_commands:
            is_finite = math.isfinite(twist.linear) and math.isfinite(twist.angular)
            self._waiting.append((now + self._delay, twist if is_finite else Twist()))

    def set_clock(self, now: Time) -> None:
        """Let no command on its way arrive later than one that is given now would."""
        latest = now + self._delay
        self._waiting = deque((min(due, latest), twist) for due, twist in self._waiting)
        self._expires = min(self._expires, now + self._watchdog)

    def stop(self) -> None:
        """Stand still at once, and forget all commands."""
        self.linear = self.angular = self.slipping_linear = self.slipping_angular = 0.0
        self._waiting.clear()
        self._target = Twist()

    def block(self, is_turning: bool) -> None:
        """Lose all speed against an obstacle, but for the turn where that is free."""
        self.linear = self.slipping_linear = 0.0
        if not is_turning:
            self.angular = self.slipping_angular = 0.0

    def step(self, now: Time, duration: float) -> None:
        """Change the speeds as far as `duration` allows."""
        while self._waiting and self._waiting[0][0] <= now:
            arrived, self._target = self._waiting.popleft()
            self._expires = arrived - self._delay + self._watchdog
        if now > self._expires:
            self._target = Twist()
        limits = self.settings
        self.linear = _approach(
            self.linear,
            min(max(self._target.linear, -limits.max_linear), limits.max_linear),
            limits.acceleration * duration,
        )
        self.angular = _approach(
            self.angular,
            min(max(self._target.angular, -limits.max_angular), limits.max_angular),
            limits.angular_acceleration * duration,
        )
        self._turn_wheels()

    def _turn_wheels(self) -> None:
        half = 0.5 * self.settings.track
        left = 0.0 if self.stuck.left else self.linear - self.angular * half
        right = 0.0 if self.stuck.right else self.linear + self.angular * half
        self.linear, self.angular = 0.5 * (left + right), (right - left) / self.settings.track
        left *= 1.0 + self.settings.noise * next(self._noise)
        right *= 1.0 + self.settings.noise * next(self._noise)
        self.slipping_linear = 0.5 * (left + right)
        self.slipping_angular = (right - left) / self.settings.track


def _approach(value: float, target: float, step: float) -> float:
    return min(max(target, value - step), value + step)
