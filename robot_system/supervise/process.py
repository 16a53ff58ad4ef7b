"""One node's process: forked from a parent that has imported everything, in a group of its own."""

from __future__ import annotations

import ctypes
import gc
import os
import signal
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

_PR_SET_PDEATHSIG = 1
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
    """A running process; `handle` becomes readable when it ends."""

    pid: int
    handle: int

    @classmethod
    def fork(cls, work: Callable[[], int], log: Path) -> Process:
        """Run a function in a new process whose output goes to a log file.

        The process is told to end when its parent does, however the parent ends.
        """
        parent = os.getpid()
        sys.stdout.flush()
        sys.stderr.flush()
        # A signal that comes before the child has handlers of its own must not be lost in ours.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
        pid = os.fork()
        if pid == 0:
            _become(work, log, parent)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        return cls(pid, os.pidfd_open(pid))

    def send(self, number: signal.Signals) -> None:
        """Send a signal; a process that has ended already does not mind."""
        try:
            os.kill(self.pid, number)
        except ProcessLookupError:
            return

    def collect(self) -> Exit:
        """Wait for the process, which is over or about to be, and return how it ended."""
        _, status = os.waitpid(self.pid, 0)
        os.close(self.handle)
        return Exit.of_status(status)


def end_with_parent(parent: int) -> None:
    """Let the kernel send SIGTERM to this process when its parent is gone."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def _become(work: Callable[[], int], log: Path, parent: int) -> None:
    code = 1
    try:
        os.setsid()
        end_with_parent(parent)
        signal.set_wakeup_fd(-1)
        for number in _ENDING:
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)
        _redirect(log)
        gc.enable()
        code = work()
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        # Never back into the parent's code.
        os._exit(code)


def _redirect(log: Path) -> None:
    nothing = os.open(os.devnull, os.O_RDONLY)
    try:
        output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    except OSError:
        # A full or read-only disk must not keep the robot from running.
        output = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(nothing)
    os.close(output)
