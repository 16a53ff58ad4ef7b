"""What exists only in simulation."""

from __future__ import annotations

from dataclasses import dataclass

from robot_system.core.time import Time
from robot_system.core.values.base import Pose, Twist


@dataclass(frozen=True, slots=True)
class GroundTruth:
    """Where the simulated robot really is, and whether it touches anything."""

    stamp: Time
    pose: Pose
    twist: Twist
    contacts: int = 0
    is_in_contact: bool = False
    frame: str = "world"


@dataclass(frozen=True, slots=True)
class FaultRequest:
    """Spoil a simulated sensor or actuator: `kind` is one of `sim/faults.py`, empty to heal."""

    stamp: Time
    target: str
    kind: str
    value: float = 0.0
    duration: float = 0.0
