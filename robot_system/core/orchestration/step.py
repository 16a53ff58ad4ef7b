"""What one step of the orchestrator wants done and told."""

from __future__ import annotations

from dataclasses import dataclass, field

from robot_system.core.orchestration.recovery import Attempt
from robot_system.core.values import ProcessRequest, TransitionRequest


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that happened to a node (or to the whole, without a node): a named event."""

    event: str
    node: str
    detail: str


@dataclass(slots=True)
class Step:
    """What one step wants done and told."""

    requests: list[TransitionRequest] = field(default_factory=list)
    processes: list[ProcessRequest] = field(default_factory=list)
    attempts: list[Attempt] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
