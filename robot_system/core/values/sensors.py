"""What sensors measure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, unique

import numpy as np

from robot_system.core.time import Time
from robot_system.core.values.arrays import Float32Array, FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Scan:
    """One turn of a planar LiDAR, ranges in m; no return is infinity, a broken beam NaN."""

    stamp: Time
    angle_min: float
    angle_increment: float
    range_min: float
    range_max: float
    ranges: Float32Array
    scan_time: float = 0.0
    time_increment: float = 0.0
    frame: str = "laser"

    @property
    def angles(self) -> FloatArray:
        """Return the angle of each beam in the frame of the sensor."""
        beams = np.arange(len(self.ranges), dtype=np.float64)
        return self.angle_min + self.angle_increment * beams


@dataclass(frozen=True, slots=True)
class Imu:
    """Heading (rad), angular velocity (rad/s) and linear acceleration (m/s2) of the base."""

    stamp: Time
    yaw: float
    angular_velocity: tuple[float, float, float]
    linear_acceleration: tuple[float, float, float]
    frame: str = "imu"


@dataclass(frozen=True, slots=True)
class Battery:
    """State of the battery (V, A, charge from 0 to 1)."""

    stamp: Time
    voltage: float
    current: float
    charge: float
    frame: str = "base_link"


@dataclass(frozen=True, slots=True)
class Scalar:
    """One measured number, in the SI unit of its topic (degrees Celsius for temperature)."""

    stamp: Time
    value: float
    frame: str = "base_link"


@unique
class Quality(IntEnum):
    """How far a reading may be trusted."""

    BAD = 0
    SUSPECT = 1
    GOOD = 2


@dataclass(frozen=True, slots=True)
class Reading:
    """One sensor's filtered value with its quality, and the reason where that is not good."""

    name: str
    value: float
    unit: str
    quality: Quality = Quality.BAD
    reason: str = "no data"


@dataclass(frozen=True, slots=True)
class Readings:
    """The newest reading of every sensor."""

    stamp: Time
    readings: tuple[Reading, ...] = ()
    valid: bool = False
