"""The base: where it is, how it moves, and what it shall do."""

from __future__ import annotations

from dataclasses import dataclass

from robot_system.core.time import Time


@dataclass(frozen=True, slots=True)
class Pose:
    """A position and heading in the plane (m, rad)."""

    x: float = 0.0
    y: float = 0.0
    theta: float = 0.0


@dataclass(frozen=True, slots=True)
class Twist:
    """Forward speed and turn rate of the base (m/s, rad/s)."""

    linear: float = 0.0
    angular: float = 0.0


@dataclass(frozen=True, slots=True)
class VelocityCommand:
    """What the base shall do now."""

    stamp: Time
    twist: Twist
    frame: str = "base_link"


@dataclass(frozen=True, slots=True)
class Odometry:
    """Pose in the odometry frame, and measured motion of the base."""

    stamp: Time
    pose: Pose
    twist: Twist
    frame: str = "odom"
    child_frame: str = "base_link"


@dataclass(frozen=True, slots=True)
class Transform:
    """Pose of `child_frame` seen from `frame`."""

    stamp: Time
    frame: str
    child_frame: str
    pose: Pose
    z: float = 0.0


@dataclass(frozen=True, slots=True)
class Transforms:
    """Transforms that were measured together."""

    transforms: tuple[Transform, ...]

    @property
    def stamp(self) -> Time:
        """Return the newest of the stamps."""
        return max((transform.stamp for transform in self.transforms), default=0)


@dataclass(frozen=True, slots=True)
class Goal:
    """Where the robot shall go, in the odometry frame."""

    stamp: Time
    pose: Pose
    frame: str = "odom"
