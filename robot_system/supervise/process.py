"""One node's process: forked from a parent that has imported everything, in a group of its own.

What it prints goes into a pipe that never makes it wait: what nobody takes in time is lost, and
so is what comes after the reader is gone. A node must neither stand still nor end for its log.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import io
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36
_FOR_OWNER = signal.SIGCHLD
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_LIBC = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True, slots=True)
class Exit:
    """How a process ended."""

    code: int | None
    signal: int | None

    @classmethod
    def of_status(cls, status: int) -> Exit:
        """Read what waiting for a process returned."""
        if os.WIFSIGNALED(status):
            return cls(None, os.WTERMSIG(status))
        return cls(os.waitstatus_to_exitcode(status), None)

    def __str__(self) -> str:
        if self.signal is not None:
            try:
                return f"killed by {signal.Signals(self.signal).name}"
            except ValueError:
                return f"killed by signal {self.signal}"
        return f"exit code {self.code}"


@dataclass(frozen=True, slots=True)
class Process:
    """A running process; `handle` becomes readable when it ends, `output` when it prints."""

    pid: int
    handle: int
    output: int

    @classmethod
    def fork(cls, work: Callable[[], int]) -> Process:
        """Run a function in a new process.

        The process is told to end when its parent does, however the parent ends.
        """
        parent = os.getpid()
        reading, writing = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        sys.stdout.flush()
        sys.stderr.flush()
        # A signal that comes before the child has handlers of its own must not be lost in ours.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
        try:
            pid = os.fork()
            if pid == 0:
                os.close(reading)
                _become(work, writing, parent)
        except OSError:
            os.close(reading)
            raise
        finally:
            os.close(writing)
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        return cls(pid, os.pidfd_open(pid), reading)

    def send(self, number: signal.Signals) -> None:
        """Send a signal; a process that has ended already does not mind."""
        try:
            os.kill(self.pid, number)
        except ProcessLookupError:
            return

    def is_stopped(self) -> bool | None:
        """Tell whether the process was stopped or let go on since the last look, else None."""
        kinds = os.WSTOPPED | os.WCONTINUED | os.WNOHANG
        try:
            found = os.waitid(os.P_PID, self.pid, kinds)
        except ChildProcessError:
            # It has ended, and is about to be collected.
            return None
        return None if found is None else found.si_code == os.CLD_STOPPED

    def collect(self) -> Exit:
        """Wait for the process, which is over or about to be, and return how it ended.

        What it printed last can still be read.
        """
        _, status = os.waitpid(self.pid, 0)
        os.close(self.handle)
        return Exit.of_status(status)


def end_with_parent(parent: int) -> None:
    """Let the kernel send SIGTERM to this process when its parent is gone."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def adopt_orphans() -> None:
    """Become the parent of what children of this process leave behind."""
    _LIBC.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def end_orphans(patience: float) -> None:
    """Wait for all children, those that were adopted too; kill what is left after some seconds.

    What hangs or was stopped does not hear that its parent is gone.
    """
    last = time.monotonic() + patience
    with contextlib.suppress(ChildProcessError):
        while True:
            if os.waitpid(-1, os.WNOHANG)[0]:
                continue
            if time.monotonic() > last:
                for pid in _children():
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.01)


def _children() -> list[int]:
    """Return the children of this process: none of them can be another, until it is waited for."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
            if int(parent) == os.getpid():
                found.append(int(folder.name))
    return found


def run_and_exit(work: Callable[[], int]) -> NoReturn:
    """Do what a forked process is for, and never return into the code of its parent."""
    code = 1
    try:
        code = work()
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(code)


def _become(work: Callable[[], int], output: int, parent: int) -> NoReturn:
    def live() -> int:
        os.setsid()
        end_with_parent(parent)
        signal.set_wakeup_fd(-1)
        for number in (*_ENDING, _FOR_OWNER):
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)
        _redirect(output)
        gc.enable()
        return work()

    run_and_exit(live)


def _redirect(output: int) -> None:
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(nothing)
    os.close(output)
    sys.stdout = io.TextIOWrapper(_Patient(1), line_buffering=True, write_through=True)
    sys.stderr = io.TextIOWrapper(_Patient(2), errors="backslashreplace", write_through=True)


class _Patient(io.FileIO):
    """Loses what can not be written, instead of raising where somebody only wants to print."""

    def __init__(self, handle: int) -> None:
        super().__init__(handle, "wb", closefd=False)

    def write(self, data: Any) -> int:
        """Write what goes at once, and say that it was all."""
        with contextlib.suppress(OSError):
            super().write(data)
        return len(data)
