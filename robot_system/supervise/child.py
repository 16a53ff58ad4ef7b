"""A node as its process owner sees it: its process, if there is one, and what it will do to it."""

from __future__ import annotations

import signal
import time
from dataclasses import dataclass

from robot_system.graph import NodeSpec
from robot_system.limits import resident_mb
from robot_system.supervise.backoff import Backoff
from robot_system.supervise.journal import Output
from robot_system.supervise.process import Process

# A process that a signal has stopped is ended after this long, and one that the orchestrator
# watches later: it mostly ends it first, unless it never heard of it (s).
STOPPED_PATIENCE = 0.3
MANAGED_PATIENCE = 1.0
_STOPPED = "it was stopped"


@dataclass(slots=True, eq=False)
class Child:
    """The process of one node; `own_cause` is why the owner itself has ended it."""

    spec: NodeSpec
    backoff: Backoff
    process: Process | None = None
    output: Output | None = None
    start_at: float | None = None
    kill_at: float | None = None
    restarts: int = 0
    own_cause: str = ""
    is_restart_asked: bool = False

    def ask_to_end(self, patience: float) -> None:
        """Let the process end by itself; after some time it is killed."""
        if self.process is not None:
            self.process.send(signal.SIGTERM)
            self.kill_at = time.monotonic() + patience

    def has_grown(self) -> bool:
        """Tell whether the process has more memory than it may have."""
        assert self.process is not None
        used, most = resident_mb(self.process.pid), self.spec.limits.memory_mb
        if used <= most:
            return False
        self.own_cause = f"memory of {used:.0f} MB is over its limit of {most} MB"
        return True

    def look_whether_stopped(self, now: float) -> None:
        """Have the process killed that a signal has stopped, unless it is let go on in time."""
        is_stopped = None if self.process is None else self.process.is_stopped()
        if is_stopped and self.kill_at is None:
            self.own_cause = _STOPPED
            patience = MANAGED_PATIENCE if self.spec.is_managed else STOPPED_PATIENCE
            self.kill_at = now + patience
        elif is_stopped is False and self.own_cause == _STOPPED:
            self.own_cause, self.kill_at = "", None
