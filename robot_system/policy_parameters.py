"""What can be set of `policy`, and what the default policy is told of it."""

from __future__ import annotations

from dataclasses import dataclass

from robot_system.core.policy.dynamic_window import DynamicWindowSettings
from robot_system.errors import ParameterError
from robot_system.parameters import Parameters, parameter


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyParameters(Parameters):
    """How the robot is built, how fast it may be and how near it may pass."""

    speed: float = parameter(1.0, "Most forward speed", unit="m/s", low=0.1, high=2.0)
    reverse_speed: float = parameter(0.25, "Most backward speed", unit="m/s", low=0.05, high=1.0)
    acceleration: float = parameter(
        1.5, "Speeding up and planned braking", unit="m/s2", low=0.1, high=10.0
    )
    turn_rate: float = parameter(1.5, "Most turn rate", unit="rad/s", low=0.1, high=6.0)
    length: float = parameter(0.508, "Length of the footprint", unit="m", low=0.05, high=5.0)
    width: float = parameter(0.43, "Width of the footprint", unit="m", low=0.05, high=2.0)
    margins: tuple[float, ...] = parameter(
        (0.055, 0.09, 0.15, 0.25),
        "Free space around the footprint: to get away, at least, preferred, at full speed",
        unit="m",
        low=0.0,
        high=1.0,
    )
    margin_speeds: tuple[float, ...] = parameter(
        (0.25, 0.5, 0.85),
        "Most speed with the margins but the last",
        unit="m/s",
        low=0.05,
        high=2.0,
    )
    goal_tolerance: float = parameter(
        0.25, "Nearer than this the goal is reached", unit="m", low=0.1, high=2.0
    )
    latency: float = parameter(
        0.1, "From a scan to the wheels following it", unit="s", low=0.0, high=0.5
    )
    mount_x: float = parameter(-0.065, "LiDAR ahead of the centre of the base", unit="m")
    mount_y: float = parameter(0.0, "LiDAR left of the centre of the base", unit="m")
    mount_yaw: float = parameter(0.0, "LiDAR turned on the base", unit="rad")
    resolution: float = parameter(0.1, "Cells of the memory", unit="m", low=0.05, high=0.5)
    window: float = parameter(48.0, "Side of the memory", unit="m", low=8.0, high=60.0)
    map_range: float = parameter(10.0, "Farthest return remembered", unit="m", low=2.0, high=30.0)
    patience: float = parameter(
        6.0, "Without progress for this long another way is sought", unit="s", low=1.0, high=60.0
    )
    unreachable_after: float = parameter(
        5.0, "Without any way for this long the goal counts as unreachable", unit="s", low=0.5
    )
    deliberation_rate: float = parameter(
        10.0, "Mapping and planning", unit="Hz", low=1.0, high=50.0
    )
    plan_rate: float = parameter(2.0, "Plans published", unit="Hz", low=0.1, high=20.0)
    steps: int = parameter(6, "Commands of a chunk", low=1, high=50)
    dt: float = parameter(0.1, "Time from command to command", unit="s", low=0.02, high=0.5)
    valid_for: float = parameter(
        0.25, "How long a chunk may be followed", unit="s", low=0.05, high=2.0
    )
    odometry_max_age: float = parameter(
        0.15, "Odometry older than this before the scan is stale", unit="s", low=0.01, high=1.0
    )

    def check(self) -> None:
        """Raise ParameterError where margins or their speeds do not fit each other."""
        if len(self.margins) != 4 or list(self.margins) != sorted(self.margins):
            raise ParameterError("margins", self.margins, "must be four, from narrow to wide")
        if len(self.margin_speeds) != 3:
            raise ParameterError("margin_speeds", self.margin_speeds, "must be three")


def policy_settings(wanted: PolicyParameters) -> DynamicWindowSettings:
    """Return what the default policy is told."""
    return DynamicWindowSettings(
        speed=wanted.speed,
        reverse_speed=wanted.reverse_speed,
        acceleration=wanted.acceleration,
        turn_rate=wanted.turn_rate,
        length=wanted.length,
        width=wanted.width,
        margins=wanted.margins,
        margin_speeds=wanted.margin_speeds,
        goal_tolerance=wanted.goal_tolerance,
        latency=wanted.latency,
        resolution=wanted.resolution,
        window=wanted.window,
        mount_x=wanted.mount_x,
        mount_y=wanted.mount_y,
        mount_yaw=wanted.mount_yaw,
        steps=wanted.steps,
        dt=wanted.dt,
        patience=wanted.patience,
        unreachable_after=wanted.unreachable_after,
        map_range=wanted.map_range,
    )
