"""Which process comes first when both want the processor."""

from __future__ import annotations

import contextlib
import os
import resource
from enum import Enum, unique


@unique
class Priority(Enum):
    """The place of a process among the others."""

    REALTIME = "before all others, where the user may ask for that"
    NORMAL = "as any other"
    BACKGROUND = "never interrupts others"


# Any real-time priority comes before all that has none; the kernel's own work is above this one.
REALTIME_PRIORITY = 20
# What works for so long in real time without ever waiting is in an endless loop, and keeps others
# from this core: the kernel ends it (us, by SIGXCPU; by SIGKILL where that does not help).
LONGEST_WORK = (100_000, 300_000)
# What comes closest where real time is not allowed, and how much background work stands back.
AHEAD, BEHIND = -10, 10


def take(priority: Priority) -> None:
    """Give this thread, and those that it starts, its place; where that is refused, none."""
    if priority is Priority.REALTIME:
        try:
            os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(REALTIME_PRIORITY))
        except PermissionError:
            with contextlib.suppress(PermissionError):
                os.setpriority(os.PRIO_PROCESS, 0, AHEAD)
    elif priority is Priority.BACKGROUND:
        with contextlib.suppress(PermissionError):
            os.setpriority(os.PRIO_PROCESS, 0, BEHIND)
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


def limit_realtime() -> None:
    """Let the kernel end this process when it works in real time without ever waiting."""
    with contextlib.suppress(ValueError):
        # A lower limit that was set from outside stays.
        resource.setrlimit(resource.RLIMIT_RTTIME, LONGEST_WORK)


def may_be_realtime() -> bool:
    """Tell whether this user may ask for real time."""
    before = os.sched_getscheduler(0), os.sched_getparam(0)
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(REALTIME_PRIORITY))
    except PermissionError:
        return False
    os.sched_setscheduler(0, *before)
    return True
