"""Processes in waiting: made ready ahead of time, they become the next nodes that start.

What takes long when a node is started again (loading, joining the graph) does not depend on
which node it is. So a process does all that while nothing is wrong, and waits for its name.
"""

from __future__ import annotations

import math
import os
import select
import selectors
import signal
import socket
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial

from robot_system.supervise.backoff import Backoff
from robot_system.supervise.process import Exit, Process

# So many wait: two nodes may die at once.
KEPT = 2
# From the use of one until the next is made: recoveries come first (s).
AGAIN = 0.6
# From the making of one to the next: the nodes, too, want to work (s).
APART = 0.2
# After it has joined the graph others need a while to find it. What it makes meanwhile some of
# them may only see with the next repetition, a second later (s).
SETTLING = 0.5
# One that has not joined within this time is no use to a node that is to start now (s); one that
# has is waited for, up to so long: from nothing it takes longer.
NEARLY = 0.02
WORTH = 0.4
# One that was let go has this long to leave the graph (s).
PATIENCE = 0.2

Run = Callable[[str], int]
"""Runs the node of this name to its end, and returns the exit code."""


@dataclass(slots=True, eq=False)
class Spare:
    """A process in waiting, and the line on which it says when it is ready and hears its name."""

    process: Process
    _line: socket.socket
    _ready_at: float = math.inf

    @classmethod
    def fork(
        cls, prepare: Callable[[], AbstractContextManager[Run]], let_go: Callable[[], None]
    ) -> Spare:
        """Start one; `let_go` closes what belongs to the owner only.

        It ends by itself, cleanly, when it is dropped or the owner is gone.
        """
        ours, theirs = socket.socketpair()

        def wait() -> int:
            ours.close()
            let_go()
            with prepare() as run:
                name = _name_on(theirs)
                return run(name) if name else 0

        try:
            return cls(Process.fork(wait), ours)
        except OSError:
            ours.close()
            raise
        finally:
            theirs.close()

    def ready_at(self) -> float:
        """Return when it has nothing left to do but to become a node (s, monotonic).

        That is known as soon as it has joined the graph.
        """
        if self._ready_at == math.inf and select.select([self._line], [], [], NEARLY)[0]:
            self._ready_at = float(self._line.recv(64) or math.inf)
        return self._ready_at

    def become(self, name: str) -> Process | None:
        """Let it run a node from now on; nothing when it has ended meanwhile."""
        try:
            self._line.sendall(f"{name}\n".encode())
        except (BrokenPipeError, ConnectionResetError):
            return None
        finally:
            self.let_go()
        return self.process

    def let_go(self) -> None:
        """Close the line: a process that was not told its name ends."""
        self._line.close()

    def collect(self, patience: float = 0.0) -> Exit:
        """Wait for one that ends without having become a node; kill it after some seconds."""
        if not select.select([self.process.handle], [], [], patience)[0]:
            self.process.send(signal.SIGKILL)
        os.close(self.process.output)
        return self.process.collect()


def _name_on(line: socket.socket) -> str:
    """Say when this process is ready; return the name that it is told, or nothing."""
    with line, line.makefile() as heard:
        try:
            line.sendall(f"{time.monotonic() + SETTLING}\n".encode())
            return heard.readline().strip()
        except (BrokenPipeError, ConnectionResetError):
            return ""


class Spares:
    """Keeps some in waiting, from the time that it is asked to; `due` is when to call again."""

    def __init__(
        self,
        prepare: Callable[[], AbstractContextManager[Run]] | None,
        let_go: Callable[[], None],
        selector: selectors.BaseSelector,
        backoff: Backoff,
    ) -> None:
        self._prepare = prepare
        self._let_go_of_owner = let_go
        self._selector = selector
        self._backoff = backoff
        self._waiting: list[Spare] = []
        self._ending: list[Spare] = []
        self.due = math.inf

    def make_at(self, when: float) -> None:
        """Have some from some time on (s, monotonic)."""
        self.due = when if self._prepare is not None else math.inf

    def make_due(self, now: float) -> None:
        """Make one, if it is time; the next one comes a while later."""
        if self.due > now or self._prepare is None:
            return
        try:
            spare = Spare.fork(self._prepare, self._let_go_of_owner)
        except OSError:
            self.due = now + AGAIN
            return
        self._waiting.append(spare)
        self.due = now + APART if len(self._waiting) < KEPT else math.inf
        on_death = partial(self._on_death, spare)
        self._selector.register(spare.process.handle, selectors.EVENT_READ, on_death)

    def worth_waiting_for(self, now: float) -> float:
        """Return when one is ready, if that is soon; otherwise now."""
        soonest = math.inf
        for spare in self._waiting:
            soonest = min(soonest, spare.ready_at())
            if soonest <= now:
                return now
        return soonest if soonest <= now + WORTH else now

    def take(self, name: str) -> Process | None:
        """Return the one that has been ready the longest as the process of a node, if any is."""
        for spare in list(self._waiting):
            is_stopped = spare.process.is_stopped()
            if not is_stopped and spare.ready_at() > time.monotonic():
                continue
            self._give_away(spare)
            self.due = time.monotonic() + AGAIN
            process = None if is_stopped else spare.become(name)
            if process is not None:
                return process
            spare.let_go()
            spare.collect()
        return None

    def let_go(self) -> None:
        """Close, in another process, what this one holds."""
        for spare in self._waiting:
            spare.let_go()

    def end(self) -> None:
        """Have none any more; those that there are begin to end."""
        self.due = math.inf
        self._ending = list(self._waiting)
        for spare in self._ending:
            self._give_away(spare)
            spare.let_go()

    def finish(self) -> None:
        """Wait for the end of those."""
        for spare in self._ending:
            spare.collect(PATIENCE)

    def _give_away(self, spare: Spare) -> None:
        self._waiting.remove(spare)
        self._selector.unregister(spare.process.handle)

    def _on_death(self, spare: Spare) -> None:
        """Make another one, unless that has failed too often."""
        self._give_away(spare)
        spare.let_go()
        spare.collect()
        now = time.monotonic()
        wait = self._backoff.died(now, None)
        self.due = math.inf if wait is None else now + wait
