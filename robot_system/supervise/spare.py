"""A process in waiting: it is made ready ahead of time, and becomes the next node that starts.

What takes long when a node is started again (loading, joining the graph) does not depend on
which node it is. So one process does all that while nothing is wrong, and waits for its name.
"""

from __future__ import annotations

import math
import os
import select
import selectors
import signal
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from robot_system.supervise.backoff import Backoff
from robot_system.supervise.process import Exit, Process

# From the use of one until the next is made: recoveries come first (s).
AGAIN = 1.0
# One that was let go has this long to leave the graph (s).
PATIENCE = 0.2

Run = Callable[[str], int]
"""Runs the node of this name to its end, and returns the exit code."""


@dataclass(frozen=True, slots=True)
class Spare:
    """The process in waiting, and the pipe through which it is told its name."""

    process: Process
    _telling: int

    @classmethod
    def fork(
        cls, prepare: Callable[[], AbstractContextManager[Run]], let_go: Callable[[], None]
    ) -> Spare:
        """Start one; `let_go` closes what belongs to the owner only.

        It ends by itself, cleanly, when it is dropped or the owner is gone.
        """
        hearing, telling = os.pipe2(os.O_CLOEXEC)

        def wait() -> int:
            os.close(telling)
            let_go()
            with prepare() as run, os.fdopen(hearing) as pipe:
                name = pipe.readline().strip()
                pipe.close()
                return run(name) if name else 0

        try:
            return cls(Process.fork(wait), telling)
        except OSError:
            os.close(telling)
            raise
        finally:
            os.close(hearing)

    def become(self, name: str) -> Process | None:
        """Let it run a node from now on; nothing when it has ended meanwhile."""
        try:
            os.write(self._telling, f"{name}\n".encode())
        except BrokenPipeError:
            return None
        finally:
            self.let_go()
        return self.process

    def let_go(self) -> None:
        """Close the pipe: a process that was not told its name ends."""
        os.close(self._telling)

    def collect(self, patience: float = 0.0) -> Exit:
        """Wait for one that ends without having become a node; kill it after some seconds."""
        if not select.select([self.process.handle], [], [], patience)[0]:
            self.process.send(signal.SIGKILL)
        os.close(self.process.output)
        return self.process.collect()


class Spares:
    """Keeps one in waiting, from the time that it is asked to; `due` is when to call again."""

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
        self._spare: Spare | None = None
        self._ending: Spare | None = None
        self.due = math.inf

    def make_at(self, when: float) -> None:
        """Have one from some time on (s, monotonic)."""
        self.due = when if self._prepare is not None else math.inf

    def make_due(self, now: float) -> None:
        """Make one, if it is time."""
        if self.due > now or self._prepare is None:
            return
        self.due = math.inf
        try:
            self._spare = spare = Spare.fork(self._prepare, self._let_go_of_owner)
        except OSError:
            self.due = now + AGAIN
            return
        self._selector.register(spare.process.handle, selectors.EVENT_READ, self._on_death)

    def take(self, name: str) -> Process | None:
        """Return the one in waiting as the process of a node, if there is one."""
        spare = self._give_away()
        if spare is None:
            return None
        self.due = time.monotonic() + AGAIN
        process = spare.become(name)
        if process is None:
            spare.collect()
        return process

    def let_go(self) -> None:
        """Close, in another process, what this one holds."""
        if self._spare is not None:
            self._spare.let_go()

    def end(self) -> None:
        """Have none any more; the one that there is begins to end."""
        self.due = math.inf
        self._ending = self._give_away()
        if self._ending is not None:
            self._ending.let_go()

    def finish(self) -> None:
        """Wait for the end of that one."""
        if self._ending is not None:
            self._ending.collect(PATIENCE)

    def _give_away(self) -> Spare | None:
        spare, self._spare = self._spare, None
        if spare is not None:
            self._selector.unregister(spare.process.handle)
        return spare

    def _on_death(self) -> None:
        """Make another one, unless that has failed too often."""
        spare = self._give_away()
        assert spare is not None
        spare.let_go()
        spare.collect()
        now = time.monotonic()
        wait = self._backoff.died(now, None)
        self.due = math.inf if wait is None else now + wait
