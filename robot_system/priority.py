"""Which process comes first when both want the processor."""

from __future__ import annotations

import contextlib
import os
from enum import Enum, unique


@unique
class Priority(Enum):
    """The place of a process among the others."""

    REALTIME = "before all others, where the user may ask for that"
    NORMAL = "as any other"
    BACKGROUND = "never interrupts others"


# Any real-time priority comes before all that has none; the kernel's own work is above this one.
REALTIME_PRIORITY = 20
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


def may_be_realtime() -> bool:
    """Tell whether this user may ask for real time."""
    before = os.sched_getscheduler(0), os.sched_getparam(0)
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(REALTIME_PRIORITY))
    except PermissionError:
        return False
    os.sched_setscheduler(0, *before)
    return True
