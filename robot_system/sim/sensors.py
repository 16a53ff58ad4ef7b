"""What the robot's sensors measure, with the errors that such sensors have."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from robot_system.core.time import Time, to_seconds
from robot_system.core.values import Battery, Imu, Pose, Scalar, Scan, Transform
from robot_system.sim.geometry import wrapped
from robot_system.sim.noise import gaussians
from robot_system.sim.raycast import Fan, Scene

GRAVITY = 9.80665


@dataclass(frozen=True, slots=True)
class LidarSettings:
    """A planar LiDAR and its place on the base (m, rad, Hz); dropouts are a share of beams."""

    beams: int = 720
    field_of_view: float = math.radians(270.0)
    rate: float = 20.0
    range_min: float = 0.05
    range_max: float = 30.0
    noise: float = 0.01
    dropouts: float = 0.002
    forward: float = -0.065
    height: float = 0.2


class Lidar:
    """Casts the beams, then adds noise and dropouts; what is too close reads as `range_min`."""

    def __init__(self, settings: LidarSettings, rng: np.random.Generator) -> None:
        self.settings = settings
        self._fan = Fan.over(settings.field_of_view, settings.beams)
        self._place = Pose(settings.forward, 0.0, 0.0)
        self._rng = rng

    def measure(self, stamp: Time, base: Pose, scene: Scene) -> Scan:
        """Return the scan from a base at this pose."""
        settings = self.settings
        sensor = Pose(
            base.x + settings.forward * math.cos(base.theta),
            base.y + settings.forward * math.sin(base.theta),
            base.theta,
        )
        exact = scene.cast(sensor, self._fan, settings.range_max)
        ranges = exact.astype(np.float32)
        noise = self._rng.standard_normal(settings.beams, np.float32)
        ranges += np.float32(settings.noise) * noise
        np.maximum(ranges, np.float32(settings.range_min), out=ranges)
        ranges[ranges > settings.range_max] = np.inf
        lost = self._rng.binomial(settings.beams, settings.dropouts)
        ranges[self._rng.integers(0, settings.beams, lost)] = np.inf
        return Scan(
            stamp,
            self._fan.angle_min,
            self._fan.increment,
            settings.range_min,
            settings.range_max,
            ranges,
            scan_time=1.0 / settings.rate,
        )

    def transform(self, stamp: Time) -> Transform:
        """Return where the LiDAR is on the base."""
        return Transform(stamp, "base_link", "laser", self._place, self.settings.height)


class InertialUnit:
    """Turn rate and acceleration with noise and a constant bias, and a heading that wanders."""

    HEADING_NOISE = 0.002
    RATE_NOISE = 0.003
    RATE_BIAS = 0.001
    ACCELERATION_NOISE = 0.03
    ACCELERATION_BIAS = 0.02
    HEADING_DRIFT = 2e-5
    """rad per root of a second"""

    def __init__(self, rng: np.random.Generator) -> None:
        biases = rng.standard_normal(3).tolist()
        self._bias_rate = self.RATE_BIAS * biases[0]
        self._bias_x = self.ACCELERATION_BIAS * biases[1]
        self._bias_y = self.ACCELERATION_BIAS * biases[2]
        self._drift = 0.0
        self._noise = gaussians(rng)

    def measure(
        self, stamp: Time, heading: float, linear: float, angular: float, acceleration: float
    ) -> Imu:
        """Return what the unit feels on a base that moves like this."""
        noise = self._noise
        self._drift += self.HEADING_DRIFT * next(noise)
        rate, force = self.RATE_NOISE, self.ACCELERATION_NOISE
        return Imu(
            stamp,
            wrapped(heading + self._drift + self.HEADING_NOISE * next(noise)),
            (
                rate * next(noise),
                rate * next(noise),
                angular + self._bias_rate + rate * next(noise),
            ),
            (
                acceleration + self._bias_x + force * next(noise),
                linear * angular + self._bias_y + force * next(noise),
                GRAVITY + force * next(noise),
            ),
        )


class BatteryPack:
    """A lithium pack that drains with time and motion; its voltage sags under load."""

    CAPACITY = 36_000.0
    """Coulomb: 10 Ah."""
    IDLE = 1.5
    PER_SPEED = 2.5
    PER_TURN_RATE = 0.6
    EMPTY, FULL, RESISTANCE = 22.0, 29.0, 0.05

    def __init__(self, charge: float, rng: np.random.Generator) -> None:
        self.charge = charge
        self.current = self.IDLE
        self._noise = gaussians(rng)

    def step(self, linear: float, angular: float, duration: float) -> None:
        """Give what this motion takes."""
        self.current = self.IDLE + self.PER_SPEED * abs(linear) + self.PER_TURN_RATE * abs(angular)
        self.charge = max(0.0, self.charge - self.current * duration / self.CAPACITY)

    def measure(self, stamp: Time) -> Battery:
        """Return voltage, current (negative while discharging) and charge."""
        rest = self.EMPTY + (self.FULL - self.EMPTY) * self.charge
        voltage = rest - self.RESISTANCE * self.current + 0.01 * next(self._noise)
        current = -self.current + 0.02 * next(self._noise)
        return Battery(stamp, voltage, current, self.charge)


class Climate:
    """Temperature, humidity and pressure of a room on a slow swing, with noise."""

    PERIOD = 600.0

    def __init__(self, rng: np.random.Generator) -> None:
        self._noise = gaussians(rng)

    def measure(self, stamp: Time, age: Time) -> tuple[Scalar, Scalar, Scalar]:
        """Return temperature (C), humidity (0 to 1) and pressure (Pa) of a world of this age."""
        swing = math.sin(2.0 * math.pi * to_seconds(age) / self.PERIOD)
        noise = self._noise
        return (
            Scalar(stamp, 22.0 + 1.5 * swing + 0.05 * next(noise)),
            Scalar(stamp, 0.45 - 0.05 * swing + 0.003 * next(noise)),
            Scalar(stamp, 101_325.0 + 20.0 * swing + 3.0 * next(noise)),
        )
