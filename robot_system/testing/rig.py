"""A shield with everything it needs, driven cycle by cycle, without a world."""

from __future__ import annotations

import math

import numpy as np

from robot_system.core.geometry import advance
from robot_system.core.motion.footprint import Footprint
from robot_system.core.motion.inputs import Inputs
from robot_system.core.motion.shield import Shield
from robot_system.core.motion.surroundings import Surroundings, SurroundingsSettings
from robot_system.core.time import SECOND, Instant, from_seconds
from robot_system.core.values import (
    ActionChunk,
    FloatArray,
    Mode,
    MotionState,
    Odometry,
    Pose,
    Scan,
    SystemState,
    Twist,
)
from robot_system.motion_parameters import (
    MotionParameters,
    input_limits,
    shield_settings,
)

PARAMETERS = MotionParameters()
START = 1_000 * SECOND


class Rig:
    """A shield with everything it needs, driven cycle by cycle on a point robot's odometry."""

    def __init__(
        self, distance: float = math.inf, parameters: MotionParameters = PARAMETERS
    ) -> None:
        self.shield = Shield(shield_settings(parameters))
        footprint = Footprint(parameters.length, parameters.width)
        around = Surroundings(
            SurroundingsSettings(
                Pose(),
                footprint,
                parameters.memory,
                3.0,
                room_at_start=parameters.room_at_start,
                unseen_is_free=parameters.unseen_is_free,
                no_return_is_free=parameters.no_return_is_free,
            )
        )
        self.inputs = Inputs(input_limits(parameters), around)
        self.time = START
        self.sequence = 0
        self.pose = Pose()
        self.distance = distance
        self.noise = np.random.default_rng(1)
        self.state = MotionState(START)
        self.obeys = True

    @property
    def now(self) -> Instant:
        """Return the time of this cycle."""
        return Instant(self.time, self.time)

    def permit(self, is_allowed: bool = True, valid: bool = True) -> None:
        """Send a permission, or its end."""
        state = SystemState(self.time, Mode.RUNNING, is_motion_allowed=is_allowed, valid=valid)
        self.inputs.take_permission(state, self.now)

    def act(
        self,
        linear: float = 1.0,
        angular: float = 0.0,
        valid: bool = True,
        commands: FloatArray | None = None,
    ) -> None:
        """Send an action."""
        self.sequence += 1
        rows = np.array([[linear, angular]] * 5) if commands is None else commands
        chunk = ActionChunk(
            self.time, self.sequence, "p", "h", self.time, 0.1, rows, 0.3, "because", valid
        )
        self.inputs.take_action(chunk, self.now)

    def see(self) -> None:
        """Show the wall at `distance` in front of where it began."""
        angles = np.linspace(-math.pi / 2, math.pi / 2, 181)
        ahead = self.distance - self.pose.x
        ranges = np.full(181, np.inf, np.float32)
        facing = np.abs(angles + self.pose.theta) < 0.5
        if math.isfinite(ahead):
            ranges[facing] = ahead / np.cos(angles[facing] + self.pose.theta)
            ranges[facing] += self.noise.normal(0.0, 1e-4, np.count_nonzero(facing))
        self.scan(ranges)

    def scan(
        self,
        ranges: object,
        angle_min: float = -math.pi / 2,
        increment: float = math.pi / 180,
    ) -> None:
        """Show any scan, however impossible."""
        values = np.asarray(ranges, np.float32)
        self.inputs.take_scan(Scan(self.time, angle_min, increment, 0.02, 30.0, values), self.now)

    def move(self) -> None:
        """Move as commanded, and measure it; a base that does not obey stands."""
        twist = self.shield.applied if self.obeys else Twist()
        self.pose = advance(self.pose, twist.linear, twist.angular, 0.01)
        self.inputs.take_odometry(Odometry(self.time, self.pose, twist), self.now)

    def run(
        self,
        seconds: float,
        *,
        permit: bool = True,
        act: bool = True,
        see: bool = True,
        move: bool = True,
        linear: float = 1.0,
        angular: float = 0.0,
    ) -> MotionState:
        """Run cycles in which some of the inputs arrive."""
        for _ in range(round(seconds * 100)):
            self.time += from_seconds(0.01)
            if move:
                self.move()
            if permit:
                self.permit()
            if act:
                self.act(linear, angular)
            if see:
                self.see()
            self.step()
        return self.state

    def step(self) -> MotionState:
        """Decide now, whatever arrived."""
        self.state = self.shield.step(self.inputs, self.now)
        return self.state

    @property
    def causes(self) -> list[str]:
        """Return the names of what holds the robot."""
        return [cause.name for cause in self.state.causes]
