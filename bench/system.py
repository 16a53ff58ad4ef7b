"""The real graph, started as a person would start it, on a domain of its own."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import TracebackType

from bench.processes import Process, end, family
from bench.report import used_cores
from robot_system.errors import RobotError
from robot_system.locks import NodeLock, domain_folder
from robot_system.supervise.process import end_with_parent

READY_PATIENCE = 40.0
STOP_PATIENCE = 6.0
# The system ends with the benchmark, and should all else fail by itself after this long (s).
LONGEST = 600.0
# Higher ones share their ports with the ephemeral ones of Linux.
HIGHEST_DOMAIN = 101
_READY = "all nodes ready"


class MeasurementError(RobotError):
    """What was to be measured did not run as it should."""


@contextmanager
def free_domain(draw: random.Random) -> Iterator[int]:
    """Give a domain in which nothing runs, and hold it meanwhile."""
    domain, lock = _take_domain(draw)
    try:
        yield domain
    finally:
        lock.release()


def _take_domain(draw: random.Random) -> tuple[int, NodeLock]:
    """Return a domain in which nothing of ours runs, held against other benchmarks."""
    candidates = list(range(1, HIGHEST_DOMAIN + 1))
    draw.shuffle(candidates)
    for domain in candidates:
        names = sorted(path.stem for path in domain_folder(domain).glob("*.lock"))
        if any(NodeLock.holder(domain, name) is not None for name in names):
            continue
        try:
            return domain, NodeLock.take(domain, "bench", {"pid": os.getpid()})
        except RobotError:
            continue
    raise MeasurementError("no ROS domain is free: something runs in each of them")


class System:
    """`robot up --headless` as a process; used as a context, it is gone behind it."""

    def __init__(self, arguments: Sequence[str] = (), is_endless: bool = False) -> None:
        """Start it; an endless one goes on when a node is given up, as it does for a person."""
        # The domains must differ from run to run: not a matter of repeating a result.
        self.domain, self._lock = _take_domain(random.Random())
        command = [*robot_command(), "up", "--headless", "--domain", str(self.domain)]
        if "--duration" not in arguments and not is_endless:
            command += ["--duration", f"{LONGEST:g}"]
        self._is_ready = threading.Event()
        self.ready_after: float | None = None
        self.lines: list[str] = []
        self._spawned = time.monotonic()
        parent = os.getpid()
        self._process = subprocess.Popen(
            [*command, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
            preexec_fn=partial(end_with_parent, parent),
        )
        os.sched_setaffinity(self._process.pid, used_cores())
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> System:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """Return the process that was started."""
        return self._process.pid

    @property
    def is_ready(self) -> bool:
        """Tell whether all nodes have become ready, or never will."""
        return self._is_ready.is_set()

    def wait_until_ready(self) -> float:
        """Return the seconds from the start of the process to its word that all are ready."""
        self._is_ready.wait(READY_PATIENCE)
        self.check()
        if self.ready_after is None:
            raise MeasurementError(f"not ready after {READY_PATIENCE:g} s{self._last_words()}")
        return self.ready_after

    def check(self) -> None:
        """Raise when the system has ended, although nobody stopped it."""
        if self._process.poll() is not None:
            code = self._process.returncode
            raise MeasurementError(f"the system ended, exit code {code}{self._last_words()}")

    def stop(self) -> tuple[float, int]:
        """Ask it to end; return the seconds until all was gone, and how many were left over.

        What is left over after a generous time is killed: nothing of a benchmark stays.
        """
        members = family(self.pid) if self._process.poll() is None else []
        began = time.monotonic()
        end(self._process, STOP_PATIENCE)
        left = [member for member in members if member.is_alive]
        taken = time.monotonic() - began
        for orphan in left:
            orphan.kill()
        self._reader.join(1.0)
        self._lock.release()
        return taken, len(left)

    def members(self) -> list[Process]:
        """Return all processes of the system."""
        return family(self.pid)

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as output:
            for line in output:
                if line.startswith(_READY) and self.ready_after is None:
                    self.ready_after = time.monotonic() - self._spawned
                    self._is_ready.set()
                self.lines.append(line.rstrip())
        self._is_ready.set()

    def _last_words(self) -> str:
        self._reader.join(0.5)
        return ": " + " | ".join(self.lines[-3:]) if self.lines else ""


def robot_command() -> list[str]:
    """Return the installed command that this benchmark was started by."""
    own = Path(sys.argv[0])
    found = str(own) if own.name == "robot" and own.is_file() else shutil.which("robot")
    if found is None:
        raise MeasurementError("the installed `robot` command is not on PATH")
    return [sys.executable, found]
