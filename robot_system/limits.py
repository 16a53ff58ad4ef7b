"""What the process of a node may use at most."""

from __future__ import annotations

import contextlib
import os
import resource
from dataclasses import dataclass
from pathlib import Path

_PAGE = os.sysconf("SC_PAGE_SIZE")
MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that a process may use; none of it is reserved.

    `memory_mb` is what it has resident, shared parts included: the process owner looks once a
    second and starts a process anew that has more; one that launch started looks by itself.
    `open_files` is held by the kernel. `cores` are the numbers of those that it may run on, None
    for all.
    """

    memory_mb: int = 400
    open_files: int = 256
    cores: tuple[int, ...] | None = None


def take(limits: Limits) -> None:
    """Hold this process to what the kernel can watch; what is refused is left as it is."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = limits.open_files if hard == resource.RLIM_INFINITY else min(limits.open_files, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    if limits.cores is not None:
        # None of them may be here: a smaller machine than the table was written for.
        with contextlib.suppress(OSError):
            os.sched_setaffinity(0, limits.cores)


def refuse_more_than(limits: Limits) -> None:
    """Raise when this process has more memory than it may: who starts it starts it anew."""
    used = resident_mb(os.getpid())
    if used > limits.memory_mb:
        raise MemoryError(f"memory of {used:.0f} MB is over its limit of {limits.memory_mb} MB")


def resident_mb(pid: int) -> float:
    """Return the memory that a process has resident; none when it is gone."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE / MEGABYTE
    except (OSError, IndexError):
        return 0.0
