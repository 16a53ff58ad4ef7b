"""A small component that shows what its host does with it."""

from __future__ import annotations

from dataclasses import dataclass

from robot_system import contract
from robot_system.component import Component
from robot_system.core.time import Instant
from robot_system.core.values import (
    Goal,
    Health,
    HealthReport,
    Odometry,
    Twist,
    VelocityCommand,
)
from robot_system.parameters import Parameters, parameter


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeParameters(Parameters):
    """One of each kind: live, bounded, chosen from a few, and what lets it fail."""

    speed: float = parameter(1.0, "speed", unit="m/s", low=0.0, high=2.0, live=True)
    factor: float = parameter(1.0, "factor", low=0.0, live=True)
    name_of: str = parameter("a", "one of two", choices=("a", "b"))
    fails_in: str = parameter("", "which transition raises")


class Probe(Component[ProbeParameters]):
    """Commands its speed, keeps what it hears, and raises where it is told to."""

    name = "probe"
    parameters_type = ProbeParameters
    reads = (contract.GOAL, contract.ODOM)
    writes = (contract.CMD_VEL,)
    period = 0.01

    def configure(self) -> None:
        """Begin anew."""
        self.goals: list[Goal] = []
        self.odometries: list[Odometry] = []
        self.ticks = 0
        self._fail("configure")

    def activate(self, now: Instant) -> None:
        """Raise, if told to."""
        self._fail("activate")

    def deactivate(self, now: Instant) -> None:
        """Put out the safe output."""
        self.publish(contract.CMD_VEL, VelocityCommand(now.stamp, Twist()))

    def tick(self, now: Instant) -> None:
        """Command the speed that is set."""
        self._fail("tick")
        self.ticks += 1
        self.publish(contract.CMD_VEL, VelocityCommand(now.stamp, Twist(self.parameters.speed)))

    def on_goal(self, goal: Goal, now: Instant) -> None:
        """Keep it."""
        self.goals.append(goal)

    def on_odom(self, odometry: Odometry, now: Instant) -> None:
        """Keep it."""
        self.odometries.append(odometry)

    def health(self, now: Instant) -> HealthReport:
        """Return that all is well."""
        return HealthReport(Health.HEALTHY)

    def _fail(self, where: str) -> None:
        if self.parameters.fails_in == where:
            raise RuntimeError(f"{where} on purpose")
