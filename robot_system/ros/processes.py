"""Watches and ends the processes of other nodes on this machine; race-free, by process handles."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
from collections.abc import Callable

from robot_system.core.values import ProcessExit, ProcessRequest


class ProcessWatch:
    """Holds a handle of each node's process: it never means another process of the same number.

    A process on another machine can neither be watched nor ended: its silence has to do.
    """

    def __init__(self, tell: Callable[[ProcessExit], None]) -> None:
        self._tell = tell
        self._host = socket.gethostname()
        self._poll = select.poll()
        self._handles: dict[int, tuple[str, int]] = {}

    def request(self, request: ProcessRequest) -> None:
        """Watch a process from now on, or end one."""
        if request.host != self._host or request.pid in (0, os.getpid()):
            return
        handle = self._handle_of(request)
        if handle is not None and request.is_to_end:
            number = signal.SIGTERM if request.is_gentle else signal.SIGKILL
            with contextlib.suppress(ProcessLookupError, PermissionError):
                signal.pidfd_send_signal(handle, number)

    def poll(self) -> None:
        """Tell of the processes that are gone."""
        for handle, _ in self._poll.poll(0):
            node, pid = self._handles.pop(handle)
            self._poll.unregister(handle)
            os.close(handle)
            self._tell(ProcessExit(node, pid))

    def close(self) -> None:
        """Let go of all processes."""
        for handle in self._handles:
            os.close(handle)
        self._handles.clear()

    def _handle_of(self, request: ProcessRequest) -> int | None:
        wanted = (request.node, request.pid)
        for handle, held in self._handles.items():
            if held == wanted:
                return handle
        try:
            handle = os.pidfd_open(request.pid)
        except OSError:
            return None
        self._handles[handle] = wanted
        self._poll.register(handle, select.POLLIN)
        return handle
