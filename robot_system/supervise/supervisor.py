"""The process owner: starts one process per node, starts again what dies, stops all cleanly.

It is one thread without middleware, so that it may fork at any time and has little to fail on.
It tells what happens, and is told to stop, over one socket; when that closes it stops too.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import selectors
import signal
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from robot_system.graph import NodeSpec
from robot_system.supervise.backoff import Backoff
from robot_system.supervise.process import Exit, Process

# The node whose safe output comes first when the system goes down, and the time it gets (s).
FIRST_DOWN = "motion"
FIRST_PATIENCE = 0.6
PATIENCE = 0.9
LOG_LINES = 3


@dataclass(slots=True)
class _Child:
    spec: NodeSpec
    backoff: Backoff
    process: Process | None = None
    start_at: float | None = None
    restarts: int = 0
    is_given_up: bool = False


@dataclass(slots=True)
class Supervisor:
    """Owns the processes of the nodes; `work` is what the process of a node runs."""

    specs: Sequence[NodeSpec]
    work: Callable[[NodeSpec], int]
    logs: Path
    link: socket.socket
    jitter: random.Random = field(default_factory=random.Random)
    _children: dict[str, _Child] = field(default_factory=dict)
    _selector: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)
    _is_stopping: bool = False
    _woken: socket.socket = field(init=False)
    _waker: socket.socket = field(init=False)

    def run(self) -> None:
        """Start everything, and return when everything has been stopped."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, self._on_terminate)
        self._selector.register(self.link, selectors.EVENT_READ, self._on_link)
        self._wake_on_signals()
        self._keep_old_logs()
        for spec in self.specs:
            child = _Child(spec, Backoff(spec.restart, self.jitter))
            self._children[spec.name] = child
            self._start(child)
        while not self._is_stopping:
            for key, _ in self._selector.select(self._next_wait()):
                if isinstance(key.data, _Child):
                    self._on_death(key.data)
                else:
                    key.data()
            self._start_due()
        self._stop()

    def _wake_on_signals(self) -> None:
        """Let a signal end the wait for events: by itself it only interrupts and resumes it."""
        self._woken, self._waker = socket.socketpair()
        self._waker.setblocking(False)
        signal.set_wakeup_fd(self._waker.fileno(), warn_on_full_buffer=False)
        self._selector.register(self._woken, selectors.EVENT_READ, lambda: self._woken.recv(64))

    def _on_terminate(self, number: int, frame: object) -> None:
        self._is_stopping = True

    def _on_link(self) -> None:
        """Stop: whatever is said, and the end of the link too, means that."""
        with contextlib.suppress(OSError):
            self.link.recv(4096)
        self._is_stopping = True

    def _start(self, child: _Child) -> None:
        spec = child.spec
        child.start_at = None
        child.process = Process.fork(lambda: self._run_child(spec), self.log_of(spec.name))
        self._selector.register(child.process.handle, selectors.EVENT_READ, child)
        self._tell("process_started", spec.name, pid=child.process.pid, restarts=child.restarts)

    def _run_child(self, spec: NodeSpec) -> int:
        for child in self._children.values():
            if child.process is not None:
                os.close(child.process.handle)
        for inherited in (self._selector, self.link, self._woken, self._waker):
            inherited.close()
        return self.work(spec)

    def _on_death(self, child: _Child) -> None:
        ending = self._collect(child)
        now = time.monotonic()
        wait = child.backoff.died(now)
        detail = f"{ending}{self._last_lines(child.spec.name)}"
        self._tell("process_died", child.spec.name, detail=detail)
        if wait is None:
            child.is_given_up = True
            policy = child.spec.restart
            detail = f"{policy.budget + 1} deaths in {policy.window:g} s, the last by {ending}"
            self._tell("process_given_up", child.spec.name, detail=detail)
            return
        child.start_at = now + wait

    def _start_due(self) -> None:
        now = time.monotonic()
        for child in self._children.values():
            if child.start_at is not None and child.start_at <= now and not self._is_stopping:
                child.restarts += 1
                self._start(child)
                self._tell("process_restarted", child.spec.name, detail=f"{child.restarts}. time")

    def _next_wait(self) -> float | None:
        due = [child.start_at for child in self._children.values() if child.start_at is not None]
        return max(0.0, min(due) - time.monotonic()) if due else None

    def _stop(self) -> None:
        """Stop the wheels first, then everything else at once; what hangs is killed."""
        running = [child for child in self._children.values() if child.process is not None]
        first = [child for child in running if child.spec.name == FIRST_DOWN]
        rest = [child for child in reversed(running) if child.spec.name != FIRST_DOWN]
        self._end(first, FIRST_PATIENCE)
        self._end(rest, PATIENCE)
        self._tell("stopped", "")

    def _end(self, children: Sequence[_Child], patience: float) -> None:
        for child in children:
            if child.process is not None:
                child.process.send(signal.SIGTERM)
        deadline = time.monotonic() + patience
        left = list(children)
        while left:
            wait = deadline - time.monotonic()
            if wait <= 0.0:
                break
            for key, _ in self._selector.select(wait):
                if not isinstance(key.data, _Child):
                    self._selector.unregister(key.fileobj)
                    continue
                self._collect(key.data)
                if key.data in left:
                    left.remove(key.data)
        for child in left:
            if child.process is not None:
                child.process.send(signal.SIGKILL)
                self._tell("process_killed", child.spec.name, detail="did not stop in time")
                self._collect(child)

    def _collect(self, child: _Child) -> Exit:
        assert child.process is not None
        self._selector.unregister(child.process.handle)
        ending = child.process.collect()
        child.process = None
        return ending

    def log_of(self, name: str) -> Path:
        """Return where the output of a node's process goes."""
        return self.logs / f"{name}.log"

    def _keep_old_logs(self) -> None:
        """Begin with empty logs; those of the run before stay beside them."""
        try:
            self.logs.mkdir(parents=True, exist_ok=True)
            for spec in self.specs:
                log = self.log_of(spec.name)
                if log.exists():
                    log.replace(log.with_suffix(".previous.log"))
        except OSError:
            # A full or read-only disk must not keep the robot from running.
            return

    def _last_lines(self, name: str) -> str:
        try:
            with self.log_of(name).open("rb") as file:
                file.seek(max(0, file.seek(0, 2) - 2000))
                lines = file.read().decode(errors="replace").splitlines()[-LOG_LINES:]
        except OSError:
            return ""
        return ": " + " | ".join(line.strip() for line in lines) if lines else ""

    def _tell(self, what: str, node: str, **facts: Any) -> None:
        line = json.dumps({"what": what, "node": node, **facts}) + "\n"
        try:
            self.link.sendall(line.encode())
        except OSError:
            # Nobody listens any more: the next look at the link says so and stops the system.
            return
