"""What perception makes of a scan, and what rviz shows."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum, unique

import numpy as np
from numpy.typing import NDArray

from robot_system.core.time import Time
from robot_system.core.values.arrays import FloatArray, no_floats
from robot_system.core.values.base import Pose


@unique
class Kind(IntEnum):
    """What an obstacle looks like: round, a straight piece, or something with corners."""

    CIRCLE = 0
    SEGMENT = 1
    BOX = 2


@dataclass(frozen=True, slots=True, eq=False)
class Obstacles:
    """Circles around what the LiDAR saw, in the odometry frame; row i is one obstacle.

    The velocity (m/s) is exactly zero unless the obstacle `is_moving`. `variances` are, along
    each axis, those of position (m2) and velocity (m2/s2), and their covariance; those along x
    and y are equal, and x and y are independent. `ages` are the seconds since the first sight,
    `unseen` those since the last one: where that is not 0 the row is a prediction.
    `extents` are length and width (m) and the heading (rad) of the length; a segment has no width.
    `collisions` are seconds and metres until the base touches the row if both go on as they do
    now, infinite where they do not touch.
    The columns after `valid` may be empty: then nothing is said of them.
    """

    stamp: Time
    ids: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    positions: FloatArray = field(default_factory=lambda: np.zeros((0, 2)))
    radii: FloatArray = field(default_factory=no_floats)
    velocities: FloatArray = field(default_factory=lambda: np.zeros((0, 2)))
    confidences: FloatArray = field(default_factory=no_floats)
    frame: str = "odom"
    valid: bool = False
    kinds: NDArray[np.uint8] = field(default_factory=lambda: np.zeros(0, np.uint8))
    is_moving: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, np.bool_))
    ages: FloatArray = field(default_factory=no_floats)
    unseen: FloatArray = field(default_factory=no_floats)
    variances: FloatArray = field(default_factory=lambda: np.zeros((0, 3)))
    extents: FloatArray = field(default_factory=lambda: np.zeros((0, 3)))
    collisions: FloatArray = field(default_factory=lambda: np.zeros((0, 2)))


@dataclass(frozen=True, slots=True, eq=False)
class Clearance:
    """Free distance around the base, per sector of heading, in the base frame.

    Sector i spans `angle_min + i * sector_width` and the next; its distance is that of the
    closest return in it, measured from the centre of the base. `free_distances` say how far the
    base could go straight ahead once it headed to the middle of sector i.
    `path_distance` (m) and `path_time` (s) are left along the present motion until something is
    touched; infinite when nothing is. `safety_score` is from 0 to 1, see docs/perception.md.
    Of the data: the share of beams that are healthy, the share of sectors that are not looked
    into though the field of view covers them, the noise of ranges (m) and the rate of scans (Hz).
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
    free_distances: FloatArray = field(default_factory=no_floats)
    path_distance: float = 0.0
    path_time: float = 0.0
    safety_score: float = 0.0
    blocked_share: float = 0.0
    noise: float = 0.0
    rate: float = 0.0


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
