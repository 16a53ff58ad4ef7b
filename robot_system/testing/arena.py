"""The simulated robot with `motion` and a policy, and nothing else: as quick as it gets."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from robot_system import contract, graph
from robot_system.contract import Topic
from robot_system.core.time import SECOND, Instant, Time
from robot_system.core.values import (
    ActionChunk,
    Mode,
    MotionState,
    Pose,
    Scan,
    StopCause,
    SystemState,
    Twist,
)
from robot_system.motion_parameters import MotionParameters
from robot_system.sim.simulator import Simulator, SimulatorSettings
from robot_system.sim.world import World

STEP: Time = SECOND // 100
EPOCH: Time = 1_000 * SECOND
# Permission and actions come every so many steps.
PACE = 5

# A base in motion when something touched it (m/s).
FAST = 0.1

Act = Callable[[Time], ActionChunk | None]
Spoil = Callable[[Topic, Any], Any]


def always_same(linear: float, angular: float = 0.0) -> Act:
    """Return a policy that asks for the same all the time."""
    sequence = 0

    def act(now: Time) -> ActionChunk:
        nonlocal sequence
        sequence += 1
        rows = np.array([[linear, angular]])
        return ActionChunk(now, sequence, "same", "0", now, 0.05, rows, 0.3, valid=True)

    return act


@dataclass(slots=True)
class Tally:
    """What really happened so far (m); contacts with the base in motion, and faster than FAST."""

    cycles: int = 0
    interventions: int = 0
    distance: float = 0.0
    contacts_moving: int = 0
    contacts_fast: int = 0


class Arena:
    """Runs simulator and motion node step by step, in the order of the lockstep host.

    `act` is asked for an action each twentieth of a second. `spoil`, if set, sees what is on the
    way to motion, and returns what shall arrive: None is lost. With `has_eyes` the lidar node
    runs too, and motion gets its tracks.
    """

    def __init__(
        self,
        world: World,
        act: Act,
        see: Callable[[Scan], None] | None = None,
        sim: SimulatorSettings | None = None,
        motion: MotionParameters | None = None,
        seed: int = 0,
        has_eyes: bool = False,
    ) -> None:
        self.simulator = Simulator(world, sim or SimulatorSettings(), seed)
        self.motion: Any = graph.node("motion").load()(motion or MotionParameters(), self._publish)
        self.now = Instant(EPOCH, EPOCH)
        self.act = act
        self.see = see
        self.spoil: Spoil | None = None
        self.is_allowed = True
        self.has_permission = True
        self.state = MotionState(EPOCH)
        self.command = Twist()
        self.tally = Tally()
        self.events: list[tuple[str, str]] = []
        self._steps = 0
        self._interventions = 0
        self.motion.configure()
        self.motion.activate(self.now)
        self._eyes: Any = None
        if has_eyes:
            lidar = graph.node("lidar").load()
            self._eyes = lidar(lidar.parameters_type(), self._publish)
            self._eyes.configure()
            self._eyes.activate(self.now)

    @property
    def pose(self) -> Pose:
        """Return where the robot really is."""
        return self.simulator.pose

    @property
    def contacts(self) -> int:
        """Return how often the robot touched something."""
        return self.simulator.guard.contacts

    @property
    def causes(self) -> tuple[StopCause, ...]:
        """Return what holds the robot."""
        return self.state.causes

    def run(self, seconds: float, until: Callable[[], bool] | None = None) -> bool:
        """Advance until a condition holds or the time is over; tell whether it holds."""
        for _ in range(round(seconds * SECOND / STEP)):
            self.step()
            if until is not None and until():
                return True
        return False

    def step(self) -> None:
        """Advance by a hundredth of a second."""
        self.now = now = Instant(self.now.stamp + STEP, self.now.steady + STEP)
        before, contacts = self.simulator.pose, self.contacts
        speed = abs(self.simulator.base.linear)
        for topic, value in self.simulator.step(now.stamp):
            if topic is contract.SCAN_RAW:
                if self.see is not None:
                    self.see(value)
                self.send(topic, value)
                if self._eyes is not None:
                    self._eyes.on_scan(value, now)
            elif topic is contract.ODOM:
                self.send(topic, value)
                if self._eyes is not None:
                    self._eyes.on_odom(value, now)
        self._tally_up(before, contacts, speed)
        if self._steps % PACE == 0:
            self._permit()
            chunk = self.act(now.stamp)
            if chunk is not None:
                self.send(contract.ACTION_CHUNK, chunk)
        self._steps += 1
        self.motion.tick(now)

    def send(self, topic: Topic, value: Any) -> None:
        """Let something arrive at motion, unless it is spoilt."""
        if self.spoil is not None:
            value = self.spoil(topic, value)
        if value is not None:
            getattr(self.motion, topic.handler)(value, self.now)

    def _permit(self) -> None:
        if self.has_permission:
            state = SystemState(
                self.now.stamp, Mode.RUNNING, is_motion_allowed=self.is_allowed, valid=True
            )
            self.send(contract.SYSTEM_STATE, state)

    def _tally_up(self, before: Pose, contacts: int, speed: float) -> None:
        tally, after, base = self.tally, self.simulator.pose, self.simulator.base
        tally.distance += math.hypot(after.x - before.x, after.y - before.y)
        if self.contacts > contacts:
            # The base may have lost its speed in the contact: where it came from tells.
            moved = after != before or base.linear != 0.0 or base.angular != 0.0
            tally.contacts_moving += (self.contacts - contacts) * (moved or speed > 0.0)
            tally.contacts_fast += (self.contacts - contacts) * (speed > FAST)

    def _publish(self, topic: Topic, value: Any) -> None:
        if topic is contract.CMD_VEL:
            self.command = value.twist
            self.simulator.command(value.twist, self.now.stamp)
        elif topic is contract.MOTION_STATE:
            if value.is_periodic:
                self.tally.cycles += 1
                self.tally.interventions += value.interventions > self._interventions
                self._interventions = value.interventions
            self.state = value
        elif topic is contract.OBSTACLES:
            self.send(topic, value)
        elif topic is contract.EVENTS:
            self.events.append((value.name, value.detail))
