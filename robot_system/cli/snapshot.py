"""What the command knows of the running system, gathered from its topics."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from robot_system.core.values import (
    Alerts,
    Clearance,
    Event,
    GroundTruth,
    Heartbeat,
    Metrics,
    MotionState,
    Odometry,
    Severity,
    SystemState,
)

EVENTS_KEPT = 8
# What is older than this is not shown as if it were so now (s).
SILENT_AFTER = 1.0


@dataclass(slots=True)
class Snapshot:
    """The newest value of everything that is shown.

    `uptime` is now; `system_heard` and `motion_heard` are when these arrived, on the same clock.
    """

    title: str
    system: SystemState | None = None
    motion: MotionState | None = None
    odometry: Odometry | None = None
    clearance: Clearance | None = None
    truth: GroundTruth | None = None
    metrics: Metrics | None = None
    alerts: Alerts | None = None
    heartbeats: dict[str, Heartbeat] = field(default_factory=dict)
    restarts: dict[str, int] = field(default_factory=dict)
    events: deque[Event] = field(default_factory=lambda: deque(maxlen=EVENTS_KEPT))
    goal: tuple[float, float] | None = None
    goal_distance: float = 0.0
    goals_reached: int = 0
    uptime: float = 0.0
    system_heard: float = 0.0
    motion_heard: float = 0.0

    def note(self, event: Event) -> None:
        """Keep an event, unless it only says that all is normal."""
        if event.severity is not Severity.INFO or event.name in _TOLD:
            self.events.append(event)


_TOLD = frozenset({"mode_changed", "goal_set", "goal_reached", "robot_released", "sensor_healed"})
