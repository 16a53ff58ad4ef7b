"""What the base may do, and how its command may change from one cycle to the next."""

from __future__ import annotations

import math
from dataclasses import dataclass

from robot_system.core.values import Twist

# What a speed may be beyond its limit: rounding only.
ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class MotionLimits:
    """Speeds (m/s, rad/s), accelerations and braking decelerations (m/s2, rad/s2).

    The jerks (m/s3, rad/s3) hold for what is asked for, never for braking that must be.
    """

    speed: float
    reverse_speed: float
    turn_rate: float
    acceleration: float
    braking: float
    turn_acceleration: float
    turn_braking: float
    jerk: float = math.inf
    turn_jerk: float = math.inf


def is_within(twist: Twist, limits: MotionLimits) -> bool:
    """Tell whether a twist keeps the speed limits; one that is not finite does not."""
    return (
        -limits.reverse_speed - ROUNDING <= twist.linear <= limits.speed + ROUNDING
        and abs(twist.angular) <= limits.turn_rate + ROUNDING
    )


def clamp(twist: Twist, limits: MotionLimits) -> Twist:
    """Scale a twist into the speed limits, keeping its curvature."""
    if is_within(twist, limits):
        return twist
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


def smooth(
    current: Twist, changing: Twist, target: Twist, limits: MotionLimits, elapsed: float
) -> tuple[Twist, Twist]:
    """Return the twist after `elapsed` seconds on the way to another, and its acceleration.

    As `ramp`, but the acceleration too changes only as fast as the limits of jerk allow, from
    `changing` on; each part goes for itself. It becomes less in time, so that nothing
    overshoots. Through zero nothing swings: there both parts begin anew.
    """
    is_there = target.linear == current.linear and target.angular == current.angular
    if elapsed <= 0.0 or (is_there and changing.linear == 0.0 == changing.angular):
        return current, changing
    linear, linear_change = _smooth(
        current.linear,
        changing.linear,
        target.linear,
        (limits.acceleration, limits.braking, limits.jerk),
        elapsed,
    )
    angular, angular_change = _smooth(
        current.angular,
        changing.angular,
        target.angular,
        (limits.turn_acceleration, limits.turn_braking, limits.turn_jerk),
        elapsed,
    )
    return Twist(linear, angular), Twist(linear_change, angular_change)


def _smooth(
    current: float,
    change: float,
    target: float,
    limits: tuple[float, float, float],
    elapsed: float,
) -> tuple[float, float]:
    if target == current and change == 0.0:
        return current, 0.0
    accelerating, braking, jerk = limits
    if current * target < 0.0:
        target = 0.0
    gap = target - current
    step = jerk * elapsed
    most = min(_limit(current, target, accelerating, braking), abs(gap) / elapsed)
    if math.isfinite(step):
        # From this acceleration it can come down to nothing by the time it is there.
        most = min(most, math.sqrt(0.25 * step * step + 2.0 * jerk * abs(gap)) - 0.5 * step)
        wanted = min(max(math.copysign(most, gap), change - step), change + step)
    else:
        wanted = math.copysign(most, gap)
    reached = current + wanted * elapsed
    if reached * current < 0.0:
        return 0.0, 0.0
    if math.isclose(wanted * elapsed, gap, rel_tol=1e-9):
        reached = target
    return reached, wanted


def stopping_time(twist: Twist, limits: MotionLimits) -> float:
    """Return the seconds that braking to a stand takes."""
    return max(abs(twist.linear) / limits.braking, abs(twist.angular) / limits.turn_braking)
