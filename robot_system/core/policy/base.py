"""What a policy is: an observation in, the next commands out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from robot_system.core.values import FloatArray, Goal, Obstacles, Odometry, Scan

Points = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Observation:
    """What a policy decides on: the scan and obstacles of one moment, and the newest pose."""

    scan: Scan
    obstacles: Obstacles
    odometry: Odometry
    goal: Goal


@dataclass(frozen=True, slots=True, eq=False)
class Decision:
    """The next commands, rows of (linear, angular) one step apart, and why they are so."""

    commands: FloatArray
    reason: str = ""


@runtime_checkable
class Policy(Protocol):
    """Decides on commands; `infer` is on the path from scan to wheels, and must be quick."""

    @property
    def name(self) -> str:
        """Return which policy this is."""

    @property
    def fingerprint(self) -> str:
        """Return a text that changes with anything that changes the policy's decisions."""

    def infer(self, observation: Observation) -> Decision:
        """Return the next commands."""

    def reset(self) -> None:
        """Forget everything that was observed."""


@runtime_checkable
class Deliberating(Protocol):
    """A policy that also has slow work to do, away from the path from scan to wheels."""

    def deliberate(self, observation: Observation) -> None:
        """Take in an observation, and think ahead where that is due."""

    @property
    def plan(self) -> Points:
        """Return the way that the policy means to go, in the odometry frame."""


def standstill(steps: int, reason: str) -> Decision:
    """Return a decision to stand."""
    return Decision(np.zeros((steps, 2)), reason)
