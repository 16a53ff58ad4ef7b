"""What the orchestrator knows of one node."""

from __future__ import annotations

import math
from dataclasses import dataclass

from robot_system.core.time import Instant, Time
from robot_system.core.values import Health, Heartbeat, Lifecycle, Transition


@dataclass(slots=True)
class NodeRecord:
    """The newest heartbeat of a node, what was asked of it, and how often that failed."""

    name: str
    heartbeat: Heartbeat | None = None
    received: Instant | None = None
    pending: Transition | None = None
    asked: Instant | None = None
    attempt: int = 0
    failures: int = 0
    problem: str = ""
    not_before: Time = 0
    is_silent: bool = False
    was_ready: bool = False
    lost: Instant | None = None
    last_recovery: float = 0.0

    @property
    def actual(self) -> Lifecycle:
        """Return the state that the node itself reported, UNKNOWN while it is silent."""
        if self.heartbeat is None or self.is_silent:
            return Lifecycle.UNKNOWN
        return self.heartbeat.state

    @property
    def health(self) -> Health:
        """Return the node's own view, UNHEALTHY while it is silent after it was heard."""
        if self.heartbeat is None:
            return Health.UNKNOWN
        return Health.UNHEALTHY if self.is_silent else self.heartbeat.health

    @property
    def is_ready(self) -> bool:
        """Tell whether the node is active and does its work."""
        return self.actual is Lifecycle.ACTIVE and self.health in (
            Health.HEALTHY,
            Health.DEGRADED,
        )

    @property
    def reason(self) -> str:
        """Return why the node is not healthy."""
        if self.heartbeat is None:
            return "never heard"
        if self.is_silent:
            return "heartbeat is silent"
        return self.problem or self.heartbeat.reason

    def silence(self, now: Instant) -> float:
        """Return the seconds since the last heartbeat."""
        return math.inf if self.received is None else now.since(self.received)
