"""Validation, calibration and filtering of an IMU."""

from __future__ import annotations

import math
from dataclasses import dataclass

from robot_system.core.sensing.axes import Axes, AxesTuning
from robot_system.core.sensing.frozen import FrozenCheck
from robot_system.core.sensing.verdict import Fault, Verdict, bad, suspect
from robot_system.core.time import Time
from robot_system.core.values import Imu, Quality


@dataclass(frozen=True, slots=True)
class ImuLimits:
    """The largest believable size of each component (rad/s, m/s2), and repeats that are frozen."""

    angular_velocity: float = 35.0
    acceleration: float = 160.0
    frozen_repeats: int = 20


@dataclass(frozen=True, slots=True)
class ImuTuning:
    """What may change while an IMU measures; `yaw` is added to the heading (rad)."""

    yaw: float
    angular_velocity: AxesTuning
    acceleration: AxesTuning


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


class ImuSensor:
    """Passes on each believable measurement, corrected; `value` is the turn rate."""

    def __init__(self, limits: ImuLimits) -> None:
        self.value = math.nan
        self._check = ImuCheck(limits)
        self._yaw = 0.0
        self._velocity, self._acceleration = Axes(), Axes()
        self._is_exact = True
        self._previous: Time | None = None

    def tune(self, tuning: ImuTuning) -> None:
        """Take calibrations and filters."""
        self._yaw = tuning.yaw
        self._velocity.tune(tuning.angular_velocity)
        self._acceleration.tune(tuning.acceleration)
        self._is_exact = (
            tuning.yaw == 0.0 and self._velocity.is_neutral and self._acceleration.is_neutral
        )

    def step(self, imu: Imu) -> tuple[Verdict, Imu]:
        """Return the verdict on a measurement, and the measurement corrected and filtered."""
        verdict = self._check.step(imu)
        if verdict.quality is Quality.BAD:
            return verdict, imu
        if not self._is_exact:
            imu = self._correct(imu)
            if self._velocity.is_outlier or self._acceleration.is_outlier:
                verdict = suspect(Fault.OUTLIER, "an outlier was replaced")
        self.value = imu.angular_velocity[2]
        return verdict, imu

    def _correct(self, imu: Imu) -> Imu:
        previous, self._previous = self._previous, imu.stamp
        elapsed = 0.0 if previous is None else max(imu.stamp - previous, 0) * 1e-9
        return Imu(
            imu.stamp,
            math.remainder(imu.yaw + self._yaw, math.tau),
            self._velocity.step(imu.angular_velocity, elapsed),
            self._acceleration.step(imu.linear_acceleration, elapsed),
            imu.frame,
        )

    def start_anew(self) -> None:
        """Go on after a silence."""
        self._previous = None
        self._velocity.start_anew()
        self._acceleration.start_anew()
