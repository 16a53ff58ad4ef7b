"""The motion node: the only one that commands the base."""

from __future__ import annotations

import math
from dataclasses import dataclass

from robot_system import contract
from robot_system.component import Component
from robot_system.core.motion.braking import needed_room
from robot_system.core.motion.footprint import Footprint
from robot_system.core.motion.inputs import InputLimits, Inputs
from robot_system.core.motion.limits import MotionLimits
from robot_system.core.motion.shield import Shield, ShieldSettings
from robot_system.core.motion.surroundings import Surroundings
from robot_system.core.time import Instant, from_seconds
from robot_system.core.values import (
    ActionChunk,
    Health,
    HealthReport,
    Marker,
    Markers,
    MotionState,
    Odometry,
    Pose,
    Scan,
    Shape,
    StopCause,
    SystemState,
    Twist,
    VelocityCommand,
)
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
    max_permission_age: float = parameter(
        0.25, "oldest permission that counts", unit="s", low=0.05, high=1.0
    )
    max_action_age: float = parameter(
        0.3, "oldest action that is followed", unit="s", low=0.05, high=1.0
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
    resume_delay: float = parameter(
        0.2, "all must be well for this long before moving again", unit="s", low=0.0, high=10.0
    )

    def check(self) -> None:
        """Refuse a base that could brake less well than it speeds up."""
        if self.braking < self.acceleration:
            raise ParameterError("braking", self.braking, "must be at least the acceleration")
        if self.turn_braking < self.turn_acceleration:
            raise ParameterError(
                "turn_braking", self.turn_braking, "must be at least the turn_acceleration"
            )


class MotionNode(Component[MotionParameters]):
    """Runs the shield at its own pace.

    It decides at every tick, whatever arrives or not; and at once when a newer action is there,
    or when a scan shows that what is being applied leaves no room to stop.
    """

    name = "motion"
    parameters_type = MotionParameters
    reads = (contract.ACTION_CHUNK, contract.SCAN_RAW, contract.ODOM, contract.SYSTEM_STATE)
    writes = (
        contract.CMD_VEL,
        contract.MOTION_STATE,
        contract.FOOTPRINT,
        contract.EVENTS,
    )

    @property
    def period(self) -> float:
        """Return the control period."""
        return 1.0 / self.parameters.rate

    def configure(self) -> None:
        """Build the shield from the parameters."""
        self._shield = Shield(_settings(self.parameters))

    def activate(self, now: Instant) -> None:
        """Start standing still, with nothing received."""
        parameters = self.parameters
        mount = Pose(parameters.mount_x, parameters.mount_y, parameters.mount_yaw)
        footprint = Footprint(parameters.length, parameters.width)
        reach = _reach(parameters, footprint)
        surroundings = Surroundings(mount, footprint, parameters.memory, reach)
        self._inputs = Inputs(_input_limits(parameters), surroundings)
        self._shield.reset()
        self._state = MotionState(now.stamp)
        self._held_by: tuple[str, ...] = ()
        self._next_footprint = now.steady
        self._may_answer = True

    def deactivate(self, now: Instant) -> None:
        """Tell the base to stand."""
        cause = StopCause("inactive", "motion", 0.0, 0.0, 0.0, "the motion node is not active")
        self.publish(contract.CMD_VEL, VelocityCommand(now.stamp, Twist()))
        self.publish(contract.MOTION_STATE, MotionState(now.stamp, causes=(cause,), valid=True))

    def on_action_chunk(self, chunk: ActionChunk, now: Instant) -> None:
        """Take a newer action and follow it at once, one from tick to tick."""
        if self._inputs.take_action(chunk, now) and self._may_answer:
            self._may_answer = False
            self._decide(now)

    def on_system_state(self, state: SystemState, now: Instant) -> None:
        """Take the permission to move, or its end."""
        self._inputs.take_permission(state, now)

    def on_odom(self, odometry: Odometry, now: Instant) -> None:
        """Take where the base is."""
        self._inputs.take_odometry(odometry, now)

    def on_scan_raw(self, scan: Scan, now: Instant) -> None:
        """Take what stands around, and brake at once when that is needed."""
        if self._inputs.take_scan(scan, now) and self._shield.must_brake(self._inputs, now):
            self._decide(now)

    def tick(self, now: Instant) -> None:
        """Decide and publish the command of this cycle."""
        self._may_answer = True
        self._decide(now, is_periodic=True)
        self._announce(now)
        if now.steady >= self._next_footprint:
            self._next_footprint = now.steady + from_seconds(1.0 / contract.FOOTPRINT.rate)
            self.publish(contract.FOOTPRINT, self._outline(now))

    def health(self, now: Instant) -> HealthReport:
        """Say what holds the robot; being held is motion's work, not its fault."""
        causes = self._state.causes
        facts = tuple((cause.name, cause.detail or f"{cause.value:.3f}") for cause in causes)
        return HealthReport(Health.HEALTHY, "", facts)

    def _decide(self, now: Instant, is_periodic: bool = False) -> None:
        self._state = state = self._shield.step(self._inputs, now, is_periodic)
        self.publish(contract.CMD_VEL, VelocityCommand(now.stamp, state.applied))
        self.publish(contract.MOTION_STATE, state)

    def _announce(self, now: Instant) -> None:
        state = self._state
        held_by = tuple(cause.name for cause in state.causes) if state.is_stopped else ()
        if held_by == self._held_by:
            return
        if held_by:
            self.event(contract.ROBOT_STOPPED, now, ", ".join(held_by))
        else:
            self.event(contract.ROBOT_RELEASED, now)
        self._held_by = held_by

    def _outline(self, now: Instant) -> Markers:
        x, y = 0.5 * self.parameters.length, 0.5 * self.parameters.width
        corners = ((x, y), (-x, y), (-x, -y), (x, -y), (x, y))
        colour = (1.0, 0.2, 0.2, 1.0) if self._state.causes else (0.2, 0.9, 0.3, 1.0)
        line = Marker("footprint", 0, Shape.LINE, colour, (0.03, 0.0, 0.0), points=corners)
        return Markers(now.stamp, "base_link", (line,))


def _limits(parameters: MotionParameters) -> MotionLimits:
    return MotionLimits(
        speed=parameters.speed,
        reverse_speed=parameters.reverse_speed,
        turn_rate=parameters.turn_rate,
        acceleration=parameters.acceleration,
        braking=parameters.braking,
        turn_acceleration=parameters.turn_acceleration,
        turn_braking=parameters.turn_braking,
    )


def _reach(parameters: MotionParameters, footprint: Footprint) -> float:
    """Return how far from the LiDAR something may matter before a newer scan is there."""
    fastest = Twist(parameters.speed, parameters.turn_rate)
    margin, limits = parameters.margin, _limits(parameters)
    room = needed_room(fastest, footprint, margin, limits, parameters.reaction)
    unseen = parameters.speed * (parameters.max_scan_age + parameters.max_odometry_age)
    return room + unseen + math.hypot(parameters.mount_x, parameters.mount_y)


def _input_limits(parameters: MotionParameters) -> InputLimits:
    return InputLimits(
        max_permission_age=parameters.max_permission_age,
        max_action_age=parameters.max_action_age,
        max_observation_age=parameters.max_observation_age,
        max_scan_age=parameters.max_scan_age,
        max_odometry_age=parameters.max_odometry_age,
        future_tolerance=parameters.future_tolerance,
        min_valid_share=parameters.min_valid_share,
        speed=parameters.speed,
    )


def _settings(parameters: MotionParameters) -> ShieldSettings:
    return ShieldSettings(
        limits=_limits(parameters),
        footprint=Footprint(parameters.length, parameters.width),
        margin=parameters.margin,
        reaction=parameters.reaction,
        resume_delay=parameters.resume_delay,
    )
