"""A process owner under test: in a process of its own, with processes that need no middleware."""

from __future__ import annotations

import json
import random
import socket
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from robot_system.graph import NodeSpec, RestartPolicy
from robot_system.limits import Limits
from robot_system.supervise.process import Exit, Process
from robot_system.supervise.spare import Run
from robot_system.supervise.supervisor import Supervisor

DEADLINE = 10.0
Work = Callable[[NodeSpec], int]


class Owner:
    """A supervisor of the given works, and what it tells."""

    def __init__(
        self,
        folder: Path,
        works: dict[str, Work],
        limits: Limits,
        prepare: Callable[[], AbstractContextManager[Run]] | None = None,
        budget: int = 3,
    ) -> None:
        self.folder, self.door = folder, folder / "door"
        self.notices: list[dict[str, Any]] = []
        self._rest = b""
        quick = RestartPolicy(backoff=0.01, backoff_max=0.05, budget=budget, window=60.0)
        self._specs = [NodeSpec(name, "", (), "", restart=quick, limits=limits) for name in works]
        self.link, theirs = socket.socketpair()
        self._prepare = prepare
        self.process = Process.fork(lambda: self._own(works, theirs))
        theirs.close()
        self.link.settimeout(0.1)

    def _own(self, works: dict[str, Work], link: socket.socket) -> int:
        self.link.close()

        def work(spec: NodeSpec) -> int:
            return works[spec.name](spec)

        Supervisor(
            self._specs,
            work,
            self.folder,
            link,
            self.door,
            random.Random(1),
            prepare=self._prepare,
            spare_after=0.0,
        ).run()
        return 0

    def until(self, what: str, node: str, count: int = 1) -> dict[str, Any]:
        """Return the newest notice of its kind, once there are so many of them."""
        end = time.monotonic() + DEADLINE
        while True:
            found = [n for n in self.notices if (n["what"], n["node"]) == (what, node)]
            if len(found) >= count:
                return found[-1]
            assert time.monotonic() < end, f"{what} of {node} was not told: {self.notices}"
            self._read()

    def _read(self) -> None:
        try:
            data = self.link.recv(4096)
        except TimeoutError:
            return
        *lines, self._rest = (self._rest + data).split(b"\n")
        self.notices += [json.loads(line) for line in lines]

    def stop(self) -> Exit:
        """Tell it to stop; return how it ended."""
        self.link.send(b"stop")
        return self.process.collect()
