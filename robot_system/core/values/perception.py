"""What perception makes of a scan, and what rviz shows."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum, unique

import numpy as np
from numpy.typing import NDArray

from robot_system.core.time import Time
from robot_system.core.values.arrays import FloatArray, no_floats
from robot_system.core.values.base import Pose


@dataclass(frozen=True, slots=True, eq=False)
class Obstacles:
    """Circles around what the LiDAR saw, in the odometry frame; row i is one obstacle."""

    stamp: Time
    ids: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    positions: FloatArray = field(default_factory=lambda: np.zeros((0, 2)))
    radii: FloatArray = field(default_factory=no_floats)
    velocities: FloatArray = field(default_factory=lambda: np.zeros((0, 2)))
    confidences: FloatArray = field(default_factory=no_floats)
    frame: str = "odom"
    valid: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Clearance:
    """Free distance around the base, per sector of heading, in the base frame.

    Sector i spans `angle_min + i * sector_width` and the next; its distance is that of the
    closest return in it, measured from the centre of the base.
    """

    stamp: Time
    angle_min: float = 0.0
    sector_width: float = 0.0
    distances: FloatArray = field(default_factory=no_floats)
    closest_distance: float = 0.0
    closest_angle: float = 0.0
    valid_share: float = 0.0
    frame: str = "base_link"
    valid: bool = False


@unique
class Shape(IntEnum):
    """What a marker looks like."""

    CYLINDER = 0
    LINE = 1
    ARROW = 2
    TEXT = 3


@dataclass(frozen=True, slots=True)
class Marker:
    """One thing to draw: for a LINE `points` are its corners, otherwise `pose` and `size` hold."""

    namespace: str
    id: int
    shape: Shape
    colour: tuple[float, float, float, float]
    size: tuple[float, float, float]
    pose: Pose = Pose()
    points: tuple[tuple[float, float], ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class Markers:
    """A complete picture: it replaces whatever its publisher drew before."""

    stamp: Time
    frame: str
    markers: tuple[Marker, ...]
