"""Stamps, poses and twists, which many messages share."""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
from builtin_interfaces.msg import Time as TimeMsg
from geometry_msgs.msg import Pose as PoseMsg
from geometry_msgs.msg import Quaternion
from geometry_msgs.msg import Twist as TwistMsg
from std_msgs.msg import Header

from robot_system.core.time import SECOND, Time
from robot_system.core.values import FloatArray, Pose, Twist


@dataclass(frozen=True, slots=True)
class Conversion:
    """One message type: its class, and the way in and out."""

    message: type
    from_msg: Callable[[Any], Any]
    to_msg: Callable[[Any], Any]

    @property
    def ros_type(self) -> str:
        """Return the full name of the type."""
        package = self.message.__module__.split(".", 1)[0]
        return f"{package}/msg/{self.message.__name__}"

    @property
    def has_stamp(self) -> bool:
        """Tell whether the type begins with a stamp, alone or in a header."""
        first = next(iter(self.message.get_fields_and_field_types().values()))  # type: ignore[attr-defined]
        return first in ("std_msgs/Header", "builtin_interfaces/Time")


def time_from_msg(message: TimeMsg) -> Time:
    """Return a stamp."""
    return message.sec * SECOND + message.nanosec


def time_to_msg(stamp: Time) -> TimeMsg:
    """Return a stamp as a message."""
    sec, nanosec = divmod(stamp, SECOND)
    return TimeMsg(sec=sec, nanosec=nanosec)


def header_to_msg(stamp: Time, frame: str) -> Header:
    """Return a header."""
    return Header(stamp=time_to_msg(stamp), frame_id=frame)


def yaw_from_msg(quaternion: Quaternion) -> float:
    """Return the heading of a quaternion, as if it were level."""
    x, y, z, w = quaternion.x, quaternion.y, quaternion.z, quaternion.w
    return math.atan2(2.0 * (w * z + x * y), 1.0 - 2.0 * (y * y + z * z))


def yaw_to_msg(yaw: float) -> Quaternion:
    """Return a level quaternion."""
    return Quaternion(x=0.0, y=0.0, z=math.sin(0.5 * yaw), w=math.cos(0.5 * yaw))


def pose_from_msg(message: PoseMsg) -> Pose:
    """Return a pose in the plane."""
    return Pose(message.position.x, message.position.y, yaw_from_msg(message.orientation))


def pose_to_msg(pose: Pose) -> PoseMsg:
    """Return a pose in the plane as a message."""
    message = PoseMsg()
    message.position.x, message.position.y = pose.x, pose.y
    message.orientation = yaw_to_msg(pose.theta)
    return message


def twist_from_msg(message: TwistMsg) -> Twist:
    """Return a twist in the plane."""
    return Twist(message.linear.x, message.angular.z)


def twist_to_msg(twist: Twist) -> TwistMsg:
    """Return a twist in the plane as a message."""
    message = TwistMsg()
    message.linear.x, message.angular.z = twist.linear, twist.angular
    return message


def members_of(member: IntEnum) -> dict[int, IntEnum]:
    """Return all members of the enumeration of one, by their numbers on the wire."""
    return {int(known): known for known in type(member)}


def doubles(values: FloatArray) -> array[float]:
    """Return numbers for a field of float64[], without a look at each."""
    return array("d", np.ascontiguousarray(values, np.float64).tobytes())
