"""Validation and calibration of an IMU."""

from __future__ import annotations

import math
from dataclasses import dataclass

from robot_system.core.sensing.frozen import FrozenCheck
from robot_system.core.sensing.verdict import Fault, Verdict, bad
from robot_system.core.values import Imu

Vector = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class ImuLimits:
    """The largest believable size of each component (rad/s, m/s2), and repeats that are frozen."""

    angular_velocity: float = 35.0
    acceleration: float = 160.0
    frozen_repeats: int = 20


@dataclass(frozen=True, slots=True)
class ImuCalibration:
    """What is added to each measured number."""

    yaw: float = 0.0
    angular_velocity: Vector = (0.0, 0.0, 0.0)
    acceleration: Vector = (0.0, 0.0, 0.0)

    def apply(self, imu: Imu) -> Imu:
        """Return the corrected measurement, its yaw between -pi and pi."""
        velocity, acceleration = imu.angular_velocity, imu.linear_acceleration
        velocity_offset, acceleration_offset = self.angular_velocity, self.acceleration
        return Imu(
            imu.stamp,
            math.remainder(imu.yaw + self.yaw, math.tau),
            (
                velocity[0] + velocity_offset[0],
                velocity[1] + velocity_offset[1],
                velocity[2] + velocity_offset[2],
            ),
            (
                acceleration[0] + acceleration_offset[0],
                acceleration[1] + acceleration_offset[1],
                acceleration[2] + acceleration_offset[2],
            ),
            imu.frame,
        )

    @property
    def is_neutral(self) -> bool:
        """Return whether it changes nothing."""
        return self.yaw == 0.0 and not any(self.angular_velocity + self.acceleration)


class ImuCheck:
    """Every number must be finite and believable, and not all of them the same for long."""

    def __init__(self, limits: ImuLimits) -> None:
        self._limits = limits
        self._frozen = FrozenCheck(limits.frozen_repeats)

    def step(self, imu: Imu) -> Verdict:
        """Return the verdict on the next measurement."""
        velocity, acceleration = imu.angular_velocity, imu.linear_acceleration
        if not math.isfinite(imu.yaw + sum(velocity) + sum(acceleration)):
            return bad(Fault.NOT_FINITE, "a number is not finite")
        limit = self._limits.angular_velocity
        if max(velocity) > limit or min(velocity) < -limit:
            return bad(Fault.OUT_OF_RANGE, f"turn rate beyond {limit:g} rad/s")
        limit = self._limits.acceleration
        if max(acceleration) > limit or min(acceleration) < -limit:
            return bad(Fault.OUT_OF_RANGE, f"acceleration beyond {limit:g} m/s2")
        return self._frozen.step((velocity, acceleration))

    def reset(self) -> None:
        """Forget everything."""
        self._frozen.reset()
