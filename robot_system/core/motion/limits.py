"""What the base may do, and how its command may change from one cycle to the next."""

from __future__ import annotations

import math
from dataclasses import dataclass

from robot_system.core.values import Twist


@dataclass(frozen=True, slots=True)
class MotionLimits:
    """Speeds (m/s, rad/s), accelerations and braking decelerations (m/s2, rad/s2)."""

    speed: float
    reverse_speed: float
    turn_rate: float
    acceleration: float
    braking: float
    turn_acceleration: float
    turn_braking: float


def is_finite(twist: Twist) -> bool:
    """Tell whether both parts of a twist are finite numbers."""
    return math.isfinite(twist.linear) and math.isfinite(twist.angular)


def clamp(twist: Twist, limits: MotionLimits) -> Twist:
    """Scale a twist into the speed limits, keeping its curvature."""
    scale = 1.0
    if twist.linear > limits.speed:
        scale = limits.speed / twist.linear
    elif twist.linear < -limits.reverse_speed:
        scale = limits.reverse_speed / -twist.linear
    if abs(twist.angular) * scale > limits.turn_rate:
        scale = limits.turn_rate / abs(twist.angular)
    return Twist(twist.linear * scale, twist.angular * scale)


def ramp(current: Twist, target: Twist, limits: MotionLimits, elapsed: float) -> Twist:
    """Return the twist after `elapsed` seconds on the way from one twist to another.

    When both parts can not change at once as far as asked, both change by the same share, so
    that a robot that brakes on an arc stays on that arc. A direction is reversed through zero:
    braking and speeding up have limits of their own.
    """
    target = Twist(
        0.0 if current.linear * target.linear < 0.0 else target.linear,
        0.0 if current.angular * target.angular < 0.0 else target.angular,
    )
    linear_step = elapsed * _limit(
        current.linear, target.linear, limits.acceleration, limits.braking
    )
    angular_step = elapsed * _limit(
        current.angular, target.angular, limits.turn_acceleration, limits.turn_braking
    )
    linear = target.linear - current.linear
    angular = target.angular - current.angular
    share = 1.0
    if abs(linear) > linear_step:
        share = linear_step / abs(linear)
    if abs(angular) * share > angular_step:
        share = angular_step / abs(angular)
    if share == 1.0:
        return target
    return Twist(current.linear + share * linear, current.angular + share * angular)


def _limit(current: float, target: float, accelerating: float, braking: float) -> float:
    return braking if abs(target) < abs(current) else accelerating


def stopping_time(twist: Twist, limits: MotionLimits) -> float:
    """Return the seconds that braking to a stand takes."""
    return max(abs(twist.linear) / limits.braking, abs(twist.angular) / limits.turn_braking)
