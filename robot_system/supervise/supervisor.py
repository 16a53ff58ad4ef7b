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
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from robot_system.graph import NodeSpec, RestartPolicy
from robot_system.supervise.backoff import EXIT_USAGE, Backoff
from robot_system.supervise.child import Child
from robot_system.supervise.journal import Journal, Output
from robot_system.supervise.process import Exit, Process
from robot_system.supervise.server import Server
from robot_system.supervise.spare import Run, Spares

# The node whose safe output comes first when the system goes down, and the time it gets (s).
FIRST_DOWN = "motion"
FIRST_PATIENCE = 0.6
PATIENCE = 0.9
# A killed process that is not gone after this long hangs in the kernel: it is left there (s).
LAST_PATIENCE = 1.0
# From one look at the memory of the processes and at the logs to the next (s).
LOOK_PERIOD = 1.0
HIGHEST_STREAM = 2
# After its start the owner lets the nodes come first, then makes processes in waiting (s).
SPARE_AFTER = 0.5


@dataclass(slots=True)
class Supervisor:
    """Owns the processes of the nodes; `work` is what the process of a node runs.

    `door` is the address at which others may ask it for the logs and for a restart. `prepare` is
    what a process in waiting does before it is told which node it is.
    """

    specs: Sequence[NodeSpec]
    work: Callable[[NodeSpec], int]
    logs: Path
    link: socket.socket
    door: Path
    jitter: random.Random = field(default_factory=random.Random)
    prepare: Callable[[], AbstractContextManager[Run]] | None = None
    spare_after: float = SPARE_AFTER
    _children: dict[str, Child] = field(default_factory=dict)
    _selector: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)
    _is_stopping: bool = False
    _look_at: float = 0.0
    _are_logs_lost: bool = False
    _woken: socket.socket = field(init=False)
    _waker: socket.socket = field(init=False)
    _journal: Journal = field(init=False)
    _server: Server = field(init=False)
    _spares: Spares = field(init=False)

    def run(self) -> None:
        """Start everything, and return when everything has been stopped."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, self._on_terminate)
        # Without a handler this signal would not end the wait for events.
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        self._selector.register(self.link, selectors.EVENT_READ, self._on_link)
        self._wake_on_signals()
        self._journal = Journal(self.logs, [spec.name for spec in self.specs])
        self._server = Server(self.door, self._selector, self._journal, self._restart)
        backoff = Backoff(RestartPolicy(), self.jitter)
        self._spares = Spares(self.prepare, self._let_go, self._selector, backoff)
        for spec in self.specs:
            child = Child(spec, Backoff(spec.restart, self.jitter))
            self._children[spec.name] = child
            self._start(child)
        self._spares.make_at(time.monotonic() + self.spare_after)
        while not self._is_stopping:
            self._go_round()
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
        self._selector.unregister(self.link)
        self._is_stopping = True

    def _go_round(self) -> None:
        """Wait for what happens next, and answer it."""
        for key, _ in self._selector.select(self._next_wait()):
            key.data()
        now = time.monotonic()
        for child in self._children.values():
            if child.kill_at is not None and child.kill_at <= now:
                self._kill(child)
            child.look_whether_stopped(now)
        self._spares.make_due(now)
        if self._look_at <= now:
            self._look_at = now + LOOK_PERIOD
            self._look_at_memory()
            self._look_at_logs()
        self._server.serve()

    def _next_wait(self) -> float:
        due = [self._look_at, self._spares.due]
        for child in self._children.values():
            due += [at for at in (child.start_at, child.kill_at) if at is not None]
        return max(0.0, min(due) - time.monotonic())

    def _start(self, child: Child) -> None:
        spec = child.spec
        child.start_at, child.own_cause = None, ""
        try:
            child.process = self._spares.take(spec.name) or Process.fork(lambda: self._run(spec))
        except OSError as error:
            self._answer_end(child, f"could not be started: {error.strerror}", None)
            return
        child.output = Output(child.process.output)
        register = partial(self._selector.register, events=selectors.EVENT_READ)
        register(child.process.handle, data=partial(self._on_death, child))
        register(child.process.output, data=partial(self._on_output, child, child.output))
        self._tell("process_started", spec.name, pid=child.process.pid, restarts=child.restarts)

    def _run(self, spec: NodeSpec) -> int:
        self._let_go()
        return self.work(spec)

    def _let_go(self) -> None:
        """Close, in another process, all that is the owner's."""
        for key in list(self._selector.get_map().values()):
            # Where the command was started without standard streams, those of the node have
            # taken the place of what the owner had there.
            if key.fd > HIGHEST_STREAM:
                os.close(key.fd)
        self._journal.close()
        self._spares.let_go()

    def _on_output(self, child: Child, output: Output) -> None:
        if child.output is not output:
            return
        self._journal.add(child.spec.name, output.read())
        if output.is_over:
            self._selector.unregister(output.handle)

    def _on_death(self, child: Child) -> None:
        ending, words = self._collect(child)
        if self._is_stopping:
            return
        if child.is_restart_asked:
            child.start_at = time.monotonic()
            return
        reason = f"{child.own_cause}; {ending}" if child.own_cause else str(ending)
        self._tell("process_died", child.spec.name, detail=reason + words)
        self._answer_end(child, reason, ending)

    def _answer_end(self, child: Child, reason: str, ending: Exit | None) -> None:
        """Say when the process is started again, or give it up."""
        policy = child.spec.restart
        now = time.monotonic()
        code = ending.code if ending else None
        wait = child.backoff.died(now, code)
        if wait is not None:
            child.start_at = now + wait
            return
        if code == EXIT_USAGE:
            detail = f"it can not run as it was told to: {reason}"
        else:
            detail = f"{policy.budget + 1} deaths in {policy.window:g} s, the last by {reason}"
        self._tell("process_given_up", child.spec.name, detail=detail)

    def _start_due(self) -> None:
        now = time.monotonic()
        for child in self._children.values():
            if child.start_at is None or child.start_at > now or self._is_stopping:
                continue
            child.start_at = self._spares.worth_waiting_for(now)
            if child.start_at > now:
                continue
            child.restarts += 1
            detail = f"{child.restarts}. time{', on request' * child.is_restart_asked}"
            child.is_restart_asked = False
            self._start(child)
            self._tell("process_restarted", child.spec.name, detail=detail)

    def _restart(self, name: str) -> None:
        """Start a node again, whatever it is doing, and forget what it died of."""
        child = self._children[name]
        child.backoff.clear()
        child.is_restart_asked = True
        if child.process is None:
            child.start_at = time.monotonic()
        elif child.kill_at is None:
            child.ask_to_end(PATIENCE)

    def _look_at_memory(self) -> None:
        """End what has grown over its limit."""
        for child in self._children.values():
            if child.process is not None and child.kill_at is None and child.has_grown():
                child.ask_to_end(PATIENCE)

    def _look_at_logs(self) -> None:
        """Tell when what the nodes print does not get into the files, and when it does again."""
        problem = self._journal.problem
        if bool(problem) is not self._are_logs_lost:
            self._are_logs_lost = bool(problem)
            self._tell("logs_lost" if problem else "logs_kept", "", detail=problem)

    def _kill(self, child: Child) -> None:
        child.kill_at = None
        if child.process is not None:
            child.process.send(signal.SIGKILL)
            self._tell("process_killed", child.spec.name, detail="did not stop in time")

    def _stop(self) -> None:
        """Stop the wheels first, then everything else at once; what hangs is killed."""
        children = list(reversed(self._children.values()))
        self._spares.end()
        self._end([child for child in children if child.spec.name == FIRST_DOWN], FIRST_PATIENCE)
        self._end([child for child in children if child.spec.name != FIRST_DOWN], PATIENCE)
        self._spares.finish()
        self._tell("stopped", "")
        self._server.close()
        self._journal.close()

    def _end(self, children: Sequence[Child], patience: float) -> None:
        for child in children:
            child.ask_to_end(patience)
        last = time.monotonic() + patience + LAST_PATIENCE
        while any(child.process for child in children) and time.monotonic() < last:
            self._go_round()

    def _collect(self, child: Child) -> tuple[Exit, str]:
        """Return how a process ended, and its last words."""
        process, output = child.process, child.output
        assert process is not None
        assert output is not None
        child.process, child.output, child.kill_at = None, None, None
        self._selector.unregister(process.handle)
        with contextlib.suppress(KeyError):
            self._selector.unregister(output.handle)
        self._journal.add(child.spec.name, output.finish())
        return process.collect(), ": " + " | ".join(output.last) if output.last else ""

    def _tell(self, what: str, node: str, **facts: Any) -> None:
        """Say what happened, to the log of the node as well."""
        if node:
            text = " ".join(f"{name}={value}" for name, value in facts.items() if name != "detail")
            self._journal.add(node, [f"[supervisor] {what} {facts.get('detail', text)}"])
        line = json.dumps({"what": what, "node": node, **facts}) + "\n"
        try:
            self.link.sendall(line.encode())
        except OSError:
            # Nobody listens any more: the next look at the link says so and stops the system.
            return
