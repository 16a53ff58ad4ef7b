"""What the kernel tells of processes: who started whom, and what they use."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_MEGABYTE = 1e6


@dataclass(frozen=True, slots=True)
class Process:
    """One process; its start tells it from a later one with the same number."""

    pid: int
    started: int

    @property
    def is_alive(self) -> bool:
        """Tell whether it still runs; one that is over and only not collected does not."""
        found = _fields(self.pid)
        return found is not None and found[0] != "Z" and int(found[19]) == self.started

    @property
    def parent(self) -> int:
        """Return the process that it belongs to; 0 when it is gone."""
        found = _fields(self.pid)
        return int(found[1]) if found else 0

    @property
    def cpu_seconds(self) -> float:
        """Return the time that it has spent on a core."""
        found = _fields(self.pid)
        return (int(found[11]) + int(found[12])) / _TICKS if found else 0.0

    @property
    def rss_mb(self) -> float:
        """Return the memory that it has in use, shared parts included."""
        found = _read(f"/proc/{self.pid}/statm").split()
        return int(found[1]) * _PAGE / _MEGABYTE if found else 0.0

    @property
    def pss_mb(self) -> float:
        """Return its part of the memory: what is shared counts in equal parts."""
        for line in _read(f"/proc/{self.pid}/smaps_rollup").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024 / _MEGABYTE
        return 0.0

    def kill(self) -> None:
        """End it, if it still is the one that was meant."""
        if self.is_alive:
            os.kill(self.pid, signal.SIGKILL)


def process(pid: int) -> Process | None:
    """Return a running process."""
    found = _fields(pid)
    return Process(pid, int(found[19])) if found else None


def end(started: subprocess.Popen[Any], patience: float) -> None:
    """Ask a process of ours to end, and kill it when it does not do so in time (s)."""
    if started.poll() is None:
        started.terminate()
    try:
        started.wait(patience)
    except subprocess.TimeoutExpired:
        started.kill()
        started.wait()


def family(pid: int) -> list[Process]:
    """Return a process with all that it started, and what those started."""
    children: dict[int, list[Process]] = {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        found = _fields(int(folder.name))
        if found is not None:
            one = Process(int(folder.name), int(found[19]))
            children.setdefault(int(found[1]), []).append(one)
    own = process(pid)
    members = [own] if own else []
    for member in members:
        members.extend(children.get(member.pid, ()))
    return members


class Theft:
    """How much of this machine its host gives to others, from the making of this on."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._before = stolen_seconds()

    @property
    def percent(self) -> float:
        """Return the share of all cores that was taken so far."""
        elapsed = time.monotonic() - self._began
        return 100.0 * (stolen_seconds() - self._before) / (elapsed * (os.cpu_count() or 1))


def stolen_seconds() -> float:
    """Return the time, over all cores, in which the host of this machine ran others instead."""
    found = _read("/proc/stat").partition("\n")[0].split()
    return int(found[8]) / _TICKS if len(found) > 8 else 0.0


def _fields(pid: int) -> list[str] | None:
    """Return the fields of the kernel's line behind the name, which may hold anything."""
    text = _read(f"/proc/{pid}/stat")
    return text.rpartition(")")[2].split() if text else None


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
