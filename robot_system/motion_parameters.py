"""What can be set of `motion`, and what each of its parts is told of it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from robot_system.core.motion.agreement import AgreementSettings
from robot_system.core.motion.braking import needed_room
from robot_system.core.motion.footprint import Footprint
from robot_system.core.motion.inputs import InputLimits
from robot_system.core.motion.limits import MotionLimits
from robot_system.core.motion.shield import ShieldSettings
from robot_system.core.motion.surroundings import SurroundingsSettings
from robot_system.core.values import Pose, Twist
from robot_system.errors import ParameterError
from robot_system.parameters import Parameters, parameter


@dataclass(frozen=True, slots=True, kw_only=True)
class MotionParameters(Parameters):
    """Limits of the base and of what may be trusted; none of them is live."""

    rate: float = parameter(100.0, "cycles per second", unit="Hz", low=10.0, high=500.0)
    speed: float = parameter(1.0, "most forward speed", unit="m/s", low=0.0, high=3.0)
    reverse_speed: float = parameter(0.3, "most backward speed", unit="m/s", low=0.0, high=1.0)
    turn_rate: float = parameter(2.0, "most turn rate", unit="rad/s", low=0.0, high=6.0)
    acceleration: float = parameter(1.5, "speeding up", unit="m/s2", low=0.1, high=10.0)
    braking: float = parameter(3.0, "slowing down", unit="m/s2", low=0.1, high=10.0)
    turn_acceleration: float = parameter(4.0, "turning faster", unit="rad/s2", low=0.1, high=30.0)
    turn_braking: float = parameter(6.0, "turning slower", unit="rad/s2", low=0.1, high=30.0)
    jerk: float = parameter(
        30.0, "change of acceleration, not when it must brake", unit="m/s3", low=1.0, high=1000.0
    )
    turn_jerk: float = parameter(
        80.0, "change of turn acceleration, likewise", unit="rad/s3", low=1.0, high=3000.0
    )
    length: float = parameter(0.508, "length of the footprint", unit="m", low=0.05, high=5.0)
    width: float = parameter(0.43, "width of the footprint", unit="m", low=0.05, high=5.0)
    margin: float = parameter(0.03, "kept free around the footprint", unit="m", low=0.0, high=1.0)
    reaction: float = parameter(
        0.2, "from a first echo to the wheels braking, at worst", unit="s", low=0.0, high=1.0
    )
    mount_x: float = parameter(-0.065, "LiDAR ahead of the centre", unit="m", low=-5.0, high=5.0)
    mount_y: float = parameter(0.0, "LiDAR left of the centre", unit="m", low=-5.0, high=5.0)
    mount_yaw: float = parameter(0.0, "heading of the LiDAR", unit="rad", low=-3.1416, high=3.1416)
    memory: float = parameter(
        1.5, "radius in which unseen sides are remembered", unit="m", low=0.0, high=3.0
    )
    room_at_start: float = parameter(
        0.45, "radius around the base that is free when it begins", unit="m", low=0.0, high=3.0
    )
    unseen_is_free: bool = parameter(
        False, "whether the base may move into what the LiDAR never saw"
    )
    no_return_is_free: bool = parameter(
        True, "whether a beam without a return means free space; false where there is glass"
    )
    max_permission_age: float = parameter(
        0.25, "oldest permission that counts", unit="s", low=0.05, high=1.0
    )
    max_action_age: float = parameter(
        0.25, "oldest action that is followed", unit="s", low=0.05, high=1.0
    )
    max_observation_age: float = parameter(
        0.5, "oldest observation that an action may rest on", unit="s", low=0.05, high=10.0
    )
    max_scan_age: float = parameter(0.2, "oldest scan that counts", unit="s", low=0.03, high=1.0)
    max_odometry_age: float = parameter(
        0.2, "oldest odometry that counts", unit="s", low=0.03, high=1.0
    )
    future_tolerance: float = parameter(
        0.05, "how far a stamp may be ahead", unit="s", low=0.0, high=1.0
    )
    min_valid_share: float = parameter(
        0.5, "least share of beams that must measure", low=0.0, high=1.0
    )
    max_track_age: float = parameter(
        0.3, "oldest tracks of moving obstacles that count", unit="s", low=0.0, high=1.0
    )
    response: float = parameter(
        0.35, "within which the base does what it is told", unit="s", low=0.05, high=2.0
    )
    disobedience: float = parameter(
        0.1, "a speed that is off by more is not obeyed", unit="m/s", low=0.01, high=1.0
    )
    turn_disobedience: float = parameter(
        0.25, "a turn rate that is off by more", unit="rad/s", low=0.01, high=3.0
    )
    retry_after: float = parameter(
        0.4, "a base that does not obey is tried again after this", unit="s", low=0.0, high=10.0
    )
    most_tries: int = parameter(5, "after so many a person is waited for", low=1, high=100)
    tries_window: float = parameter(
        20.0, "tries that are longer ago are forgotten", unit="s", low=1.0, high=600.0
    )
    latch_file: str = parameter("", "file that keeps an emergency stop; none when empty")
    scan_form_file: str = parameter("", "file that keeps the form of the scans; none when empty")
    resume_delay: float = parameter(
        0.1, "all must be well for this long before moving again", unit="s", low=0.0, high=10.0
    )

    def check(self) -> None:
        """Refuse a base that could brake less well than it speeds up."""
        if self.braking < self.acceleration:
            raise ParameterError("braking", self.braking, "must be at least the acceleration")
        if self.turn_braking < self.turn_acceleration:
            raise ParameterError(
                "turn_braking", self.turn_braking, "must be at least the turn_acceleration"
            )


def _limits(parameters: MotionParameters) -> MotionLimits:
    return MotionLimits(
        speed=parameters.speed,
        reverse_speed=parameters.reverse_speed,
        turn_rate=parameters.turn_rate,
        acceleration=parameters.acceleration,
        braking=parameters.braking,
        turn_acceleration=parameters.turn_acceleration,
        turn_braking=parameters.turn_braking,
        jerk=parameters.jerk,
        turn_jerk=parameters.turn_jerk,
    )


def surroundings_settings(parameters: MotionParameters) -> SurroundingsSettings:
    """Return what is to be known of the surroundings."""
    footprint = Footprint(parameters.length, parameters.width)
    return SurroundingsSettings(
        mount=Pose(parameters.mount_x, parameters.mount_y, parameters.mount_yaw),
        footprint=footprint,
        memory=parameters.memory,
        reach=_reach(parameters, footprint, parameters.speed),
        backing_reach=_reach(parameters, footprint, parameters.reverse_speed),
        room_at_start=parameters.room_at_start,
        unseen_is_free=parameters.unseen_is_free,
        no_return_is_free=parameters.no_return_is_free,
    )


def _reach(parameters: MotionParameters, footprint: Footprint, speed: float) -> float:
    """Return how far from the LiDAR something may matter before a newer scan is there."""
    fastest = Twist(speed, parameters.turn_rate)
    margin, limits = parameters.margin, _limits(parameters)
    room = needed_room(fastest, footprint, margin, limits, parameters.reaction)
    unseen = speed * (parameters.max_scan_age + parameters.max_odometry_age)
    return room + unseen + math.hypot(parameters.mount_x, parameters.mount_y)


def input_limits(parameters: MotionParameters) -> InputLimits:
    """Return what the inputs may be."""
    return InputLimits(
        max_permission_age=parameters.max_permission_age,
        max_action_age=parameters.max_action_age,
        max_observation_age=parameters.max_observation_age,
        max_scan_age=parameters.max_scan_age,
        max_odometry_age=parameters.max_odometry_age,
        future_tolerance=parameters.future_tolerance,
        min_valid_share=parameters.min_valid_share,
        speed=parameters.speed,
        max_track_age=parameters.max_track_age,
        agreement=AgreementSettings(
            response=parameters.response,
            tolerance=parameters.disobedience,
            turn_tolerance=parameters.turn_disobedience,
            hold=parameters.retry_after,
            tries=parameters.most_tries,
            window=parameters.tries_window,
        ),
    )


def shield_settings(parameters: MotionParameters) -> ShieldSettings:
    """Return what the shield goes by."""
    return ShieldSettings(
        limits=_limits(parameters),
        footprint=Footprint(parameters.length, parameters.width),
        margin=parameters.margin,
        reaction=parameters.reaction,
        resume_delay=parameters.resume_delay,
    )
