"""Watches and ends the processes of other nodes on this machine; race-free, by process handles."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

from robot_system.core.values import ProcessNote, ProcessRequest
from robot_system.locks import NodeLock

# A process is starved when, over this time (s), it waited for a processor for at least such a
# share of it, and had one for no more than another: one in an endless loop mostly has more. With
# half of the latter, nodes with much to do were ended in vain on a machine that paused.
WINDOW, WAITED, WORKED = 0.4, 0.25, 0.3

# One that is suspected is looked at for so long (s). It works while it goes to sleep by itself
# within the other time (s): what hangs does not, and what only beats mostly does.
SUSPECTED = 1.5
WAKING = 0.25

Sample = tuple[float, float, float]


class _Watched:
    """One process by its handle, and how its main thread got on lately."""

    def __init__(self, node: str, pid: int, handle: int) -> None:
        self.node, self.pid, self.handle = node, pid, handle
        self.is_starved = self.is_halted = False
        self._queue = Queue()
        self._samples: deque[Sample] = deque()
        self.is_awake = False
        self._suspected_until = 0.0
        self._wakes: deque[tuple[float, int]] = deque()
        self._statistics = self._state = -1
        with contextlib.suppress(OSError):
            self._statistics = os.open(f"/proc/{pid}/schedstat", os.O_RDONLY)
            self._state = os.open(f"/proc/{pid}/stat", os.O_RDONLY)

    def look(self) -> bool:
        """Take a sample; tell whether the process came to be starved or halted, or ceased to."""
        sample = self._sample()
        if sample is None:
            return False
        samples = self._samples
        before = self.is_starved, self.is_halted, self.is_awake
        self.is_awake = self._goes_on(sample[0])
        # Only one that did nothing since the last look can have been stopped, or still waits.
        is_idle = bool(samples) and samples[-1][1] == sample[1]
        state = self._read_state() if is_idle else b""
        self.is_halted = state == b"T"
        sample = self._queue.counted(sample, is_in_it=state == b"R")
        samples.append(sample)
        while len(samples) > 2 and sample[0] - samples[1][0] >= WINDOW:
            samples.popleft()
        self.is_starved = is_starved(samples[0], sample)
        return before != (self.is_starved, self.is_halted, self.is_awake)

    def suspect(self) -> None:
        """Look more closely for a while; what was found at an earlier suspicion is told again."""
        now = time.monotonic()
        self._wakes.clear()
        self.is_awake = False
        self._suspected_until = now + SUSPECTED
        self._goes_on(now)

    def _goes_on(self, now: float) -> bool:
        """Tell whether a suspected process wakes up and goes to sleep again."""
        if now >= self._suspected_until:
            return False
        wakes = self._wakes
        wakes.append((now, _wakes_of(self.pid)))
        while now - wakes[0][0] > WAKING and len(wakes) > 2:
            wakes.popleft()
        return wakes[-1][1] > wakes[0][1]

    def close(self) -> None:
        for number in (self.handle, self._statistics, self._state):
            if number >= 0:
                os.close(number)

    def _sample(self) -> Sample | None:
        """Return now, the time with a processor and the time waiting for one (s)."""
        if self._statistics < 0:
            return None
        try:
            worked, waited, *_ = os.pread(self._statistics, 100, 0).split()
        except (OSError, ValueError):
            return None
        return time.monotonic(), int(worked) * 1e-9, int(waited) * 1e-9

    def _read_state(self) -> bytes:
        """Return the letter of the process's state; T is one that a signal has stopped."""
        try:
            # The name before the state may hold anything.
            return os.pread(self._state, 500, 0).rpartition(b")")[2].split()[0]
        except (OSError, IndexError):
            return b""


class Queue:
    """Counts the wait for a processor that goes on, too: the kernel adds one when it ends."""

    def __init__(self) -> None:
        self._joined: Sample | None = None

    def counted(self, sample: Sample, is_in_it: bool) -> Sample:
        """Return a sample with the time that the process has been in the queue by now."""
        now, worked, waited = sample
        joined = self._joined
        if not is_in_it or joined is None or joined[1:] != (worked, waited):
            self._joined = sample
            return sample
        return now, worked, waited + now - joined[0]


def _wakes_of(pid: int) -> int:
    """Return how often the main thread of a process went to sleep by itself."""
    with contextlib.suppress(OSError, ValueError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("voluntary_ctxt_switches:"):
                return int(line.partition(":")[2])
    return 0


def is_starved(first: Sample, last: Sample) -> bool:
    """Tell whether a process waited for a processor in vain between two samples."""
    elapsed = last[0] - first[0]
    if elapsed < 0.5 * WINDOW:
        return False
    return last[2] - first[2] >= WAITED * elapsed and last[1] - first[1] <= WORKED * elapsed


class ProcessWatch:
    """Holds a handle of each node's process: it never means another process of the same number.

    A process on another machine can neither be watched nor ended: its silence has to do.
    """

    def __init__(self, tell: Callable[[ProcessNote], None], namespace: str = "") -> None:
        self._tell = tell
        self._namespace = namespace
        self._host = socket.gethostname()
        self._poll = select.poll()
        self._watched: dict[int, _Watched] = {}

    def request(self, request: ProcessRequest) -> None:
        """Watch a process from now on, find one, or end one."""
        if request.pid == 0:
            self._find(request.node)
        if request.host not in (self._host, "") or request.pid in (0, os.getpid()):
            return
        handle = self._handle_of(request)
        if handle is not None and request.is_suspect:
            self._watched[handle].suspect()
        if handle is not None and request.is_to_end:
            number = signal.SIGTERM if request.is_gentle else signal.SIGKILL
            with contextlib.suppress(ProcessLookupError, PermissionError):
                signal.pidfd_send_signal(handle, number)

    def poll(self) -> None:
        """Tell of the processes that are gone, starved or halted."""
        for handle, _ in self._poll.poll(0):
            gone = self._watched.pop(handle)
            self._poll.unregister(handle)
            gone.close()
            self._tell(ProcessNote(gone.node, gone.pid, is_gone=True))
        for one in tuple(self._watched.values()):
            if one.look():
                self._tell(
                    ProcessNote(
                        one.node,
                        one.pid,
                        is_starved=one.is_starved,
                        is_halted=one.is_halted,
                        is_awake=one.is_awake,
                    )
                )

    def close(self) -> None:
        """Let go of all processes."""
        for one in self._watched.values():
            one.close()
        self._watched.clear()

    def _find(self, node: str) -> None:
        """Tell which process runs a node: the one that has its lock."""
        pid, age = NodeLock.running(node, self._namespace)
        if pid and self._handle_of(ProcessRequest(node, pid=pid)) is not None:
            self._tell(ProcessNote(node, pid, age=age))

    def _handle_of(self, request: ProcessRequest) -> int | None:
        for handle, one in self._watched.items():
            if (one.node, one.pid) == (request.node, request.pid):
                return handle
        try:
            handle = os.pidfd_open(request.pid)
        except OSError:
            return None
        self._watched[handle] = _Watched(request.node, request.pid, handle)
        self._poll.register(handle, select.POLLIN)
        return handle
