"""The whole system in memory: the nodes of a profile, its goals, and what came of it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from pathlib import Path
from typing import Any

import numpy as np

from robot_system import contract, graph
from robot_system.contract import Topic
from robot_system.core.mission.goals import GoalSequence
from robot_system.core.time import Instant
from robot_system.core.values import Goal, GroundTruth, MotionState, Odometry, SystemState
from robot_system.lockstep.host import LockstepHost
from robot_system.parameters import Parameters
from robot_system.sim.worlds import load_world


@dataclass(slots=True)
class Outcome:
    """What a run looked like from outside."""

    goals: GoalSequence
    truth: GroundTruth | None = None
    motion: MotionState | None = None
    system: SystemState | None = None

    @property
    def contacts(self) -> int:
        """Return how often the robot touched something."""
        return self.truth.contacts if self.truth else 0


class LockstepSystem:
    """Runs the nodes of a simulated profile through the goals of their world."""

    def __init__(
        self,
        world: str,
        overrides: Mapping[str, Mapping[str, Any]] | None = None,
        data_folder: Path | None = None,
        is_endless: bool = False,
    ) -> None:
        given = {name: dict(values) for name, values in (overrides or {}).items()}
        folder = str(data_folder) if data_folder else ""
        given["sim"] = {"world": world, "data_folder": folder, **given.get("sim", {})}
        components = []
        for spec in graph.nodes_of("sim"):
            component_type = spec.load()
            parameters: Parameters = component_type.parameters_type()
            components.append((component_type, parameters.replaced(given.get(spec.name, {}))))
        moving = int(given["sim"].get("moving", 0))
        goals = load_world(world, data_folder, moving).goals
        self.outcome = Outcome(GoalSequence(goals, is_endless))
        self._shown: int | None = None
        self.host = LockstepHost(components)
        self.host.listen(self._follow, [contract.ODOM])
        self.host.listen(
            self._look, [contract.TRUTH, contract.MOTION_STATE, contract.SYSTEM_STATE]
        )

    def run(self, seconds: float) -> Outcome:
        """Advance until all goals are reached, something is touched, or time is over."""
        outcome = self.outcome
        self.host.run(seconds, lambda: outcome.goals.current is None or outcome.contacts > 0)
        return outcome

    def _look(self, topic: Topic, value: Any, now: Instant) -> None:
        outcome = self.outcome
        if topic is contract.TRUTH:
            outcome.truth = value
        elif topic is contract.MOTION_STATE:
            outcome.motion = value
        else:
            outcome.system = value

    def _follow(self, topic: Topic, odometry: Odometry, now: Instant) -> None:
        goals = self.outcome.goals
        if self._shown is not None:
            goals.update(odometry)
        system = self.outcome.system
        if system is None or not system.is_motion_allowed or self._shown == goals.reached:
            return
        if goals.current is not None:
            self._shown = goals.reached
            self.host.enqueue(contract.GOAL, Goal(now.stamp, goals.current))


class Digest:
    """A hash over every message of a run, in order: equal only for identical runs."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self.messages = 0

    def __call__(self, topic: Topic, value: Any, now: Instant) -> None:
        """Take a message: a listener of the lockstep host."""
        self.messages += 1
        self._hash.update(f"{topic.name} {now.steady} ".encode())
        self._add(value)

    def hexdigest(self) -> str:
        """Return the hash of all messages so far."""
        return self._hash.hexdigest()

    def _add(self, value: Any) -> None:
        if isinstance(value, np.ndarray):
            self._hash.update(f"{value.dtype}{value.shape}".encode())
            self._hash.update(np.ascontiguousarray(value).tobytes())
        elif is_dataclass(value):
            self._hash.update(type(value).__name__.encode())
            for item in fields(value):
                self._add(getattr(value, item.name))
        elif isinstance(value, tuple | list):
            self._hash.update(f"[{len(value)}".encode())
            for item in value:
                self._add(item)
        elif isinstance(value, Enum):
            self._hash.update(value.name.encode())
        else:
            # repr of a float is exact.
            self._hash.update(repr(value).encode() + b";")
