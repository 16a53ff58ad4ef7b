"""Small helpers for angles, poses and points in the plane."""

from __future__ import annotations

import math

from robot_system.core.time import Time, to_seconds
from robot_system.core.values import FloatArray, Odometry, Pose

# Beyond this (m, rad, m/s) a number of an odometry means nothing.
FARTHEST = 1e6


def wrap_angle(angle: float) -> float:
    """Return the angle in [-pi, pi)."""
    return (angle + math.pi) % (2.0 * math.pi) - math.pi


def compose(frame: Pose, pose: Pose) -> Pose:
    """Return, in the outer frame, a pose that is given in `frame`."""
    cosine, sine = math.cos(frame.theta), math.sin(frame.theta)
    return Pose(
        frame.x + cosine * pose.x - sine * pose.y,
        frame.y + sine * pose.x + cosine * pose.y,
        wrap_angle(frame.theta + pose.theta),
    )


def seen_from(frame: Pose, pose: Pose) -> Pose:
    """Return, in `frame`, a pose that is given in the outer frame: the inverse of `compose`."""
    cosine, sine = math.cos(frame.theta), math.sin(frame.theta)
    x, y = pose.x - frame.x, pose.y - frame.y
    return Pose(cosine * x + sine * y, cosine * y - sine * x, wrap_angle(pose.theta - frame.theta))


def to_outer(frame: Pose, x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return points given in `frame` in the frame that `frame` is given in."""
    cosine, sine = math.cos(frame.theta), math.sin(frame.theta)
    return cosine * x - sine * y + frame.x, sine * x + cosine * y + frame.y


def to_inner(frame: Pose, x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return points given in the outer frame in `frame`: the inverse of `to_outer`."""
    cosine, sine = math.cos(frame.theta), math.sin(frame.theta)
    x, y = x - frame.x, y - frame.y
    return cosine * x + sine * y, cosine * y - sine * x


def advance(pose: Pose, linear: float, angular: float, seconds: float) -> Pose:
    """Return where a base is after driving with a constant twist; seconds may be negative."""
    half_turn = 0.5 * angular * seconds
    chord = linear * seconds * (math.sin(half_turn) / half_turn if half_turn else 1.0)
    heading = pose.theta + half_turn
    return Pose(
        pose.x + chord * math.cos(heading),
        pose.y + chord * math.sin(heading),
        wrap_angle(pose.theta + 2.0 * half_turn),
    )


def is_sound(odometry: Odometry) -> bool:
    """Tell whether an odometry can be computed with: finite, and not absurdly far away."""
    pose, twist = odometry.pose, odometry.twist
    numbers = (pose.x, pose.y, pose.theta, twist.linear, twist.angular)
    return all(-FARTHEST < number < FARTHEST for number in numbers)


def pose_at(odometry: Odometry, stamp: Time) -> Pose:
    """Return the pose at a moment near the odometry, at the speed that was measured."""
    twist = odometry.twist
    seconds = to_seconds(stamp - odometry.stamp)
    return advance(odometry.pose, twist.linear, twist.angular, seconds)
