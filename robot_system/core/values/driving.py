"""What a policy wants, and what the base is told."""

from __future__ import annotations

from dataclasses import dataclass

from robot_system.core.time import Time
from robot_system.core.values.arrays import FloatArray
from robot_system.core.values.base import Twist


@dataclass(frozen=True, slots=True, eq=False)
class ActionChunk:
    """The next commands of a policy: row i is (linear, angular), meant for `stamp + i * dt`."""

    stamp: Time
    sequence: int
    policy_id: str
    policy_hash: str
    observation_stamp: Time
    dt: float
    commands: FloatArray
    valid_for: float
    reason: str = ""
    valid: bool = False


@dataclass(frozen=True, slots=True)
class Path:
    """The way that the policy means to go."""

    stamp: Time
    points: tuple[tuple[float, float], ...] = ()
    frame: str = "odom"


@dataclass(frozen=True, slots=True)
class StopCause:
    """One reason that holds or slows the robot: who, what was measured, what is allowed."""

    name: str
    source: str
    value: float
    limit: float
    age: float
    detail: str = ""


@dataclass(frozen=True, slots=True)
class RuleCounts:
    """How many decisions each rule of the shield changed, or actions it refused, so far."""

    emergency_stop: int = 0
    permission: int = 0
    action: int = 0
    shape: int = 0
    sensing: int = 0
    agreement: int = 0
    resuming: int = 0
    limits: int = 0
    obstacles: int = 0
    ramp: int = 0
    finite: int = 0


@dataclass(frozen=True, slots=True)
class EmergencyStop:
    """A person, or a panel, wants the robot to stand until it is released."""

    stamp: Time
    source: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class MotionState:
    """What motion was asked for, what it applied, and every reason for the difference."""

    stamp: Time
    requested: Twist = Twist()
    applied: Twist = Twist()
    causes: tuple[StopCause, ...] = ()
    sequence: int = 0
    observation_stamp: Time = 0
    is_stopped: bool = True
    interventions: int = 0
    is_periodic: bool = False
    rules: RuleCounts = RuleCounts()
    valid: bool = False
