"""What the machine gives: a clock, space on disk and in memory."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from robot_system.cli.doctor.finding import Finding, Level
from robot_system.paths import state_folder
from robot_system.priority import REALTIME_PRIORITY, may_be_realtime

SHARED_MEMORY = Path("/dev/shm")
# How long the clocks are compared, and how far they may part meanwhile (s).
LOOK, DRIFT = 0.2, 0.005
FIRST_YEAR = 2024
# Free space: below these (GB) logs soon do not fit; shared memory needs this much (MB).
ENOUGH_DISK, LEAST_DISK, ENOUGH_MEMORY = 2.0, 0.1, 64.0


def clock() -> Iterator[Finding]:
    """Check that the wall clock is set, and goes as fast as the steady one."""
    before = time.time() - time.monotonic()
    time.sleep(LOOK)
    drift = abs(time.time() - time.monotonic() - before)
    if drift > DRIFT:
        detail = f"the wall clock jumped by {drift * 1e3:.0f} ms within {LOOK:g} s"
        advice = "find out what sets the clock while it runs"
        yield Finding("clock", Level.WARNING, detail, advice)
    elif time.gmtime().tm_year < FIRST_YEAR:
        advice = "set the date: stamps in messages and logs would be wrong"
        yield Finding("clock", Level.WARNING, f"the date is {time.strftime('%F')}", advice)
    else:
        yield Finding("clock", Level.OK, time.strftime("%F %T %Z, steady"))


def real_time() -> Iterator[Finding]:
    """Check whether the node that commands the base may come before everything else."""
    if may_be_realtime():
        yield Finding("real time", Level.OK, "allowed: motion keeps its period beside other work")
        return
    detail = "not allowed: a busy machine makes motion late"
    advice = f"let this user have it: rtprio {REALTIME_PRIORITY} in /etc/security/limits.d"
    yield Finding("real time", Level.WARNING, detail, advice)


def disk() -> Iterator[Finding]:
    """Check the space for logs."""
    folder = state_folder()
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    if not os.access(existing, os.W_OK):
        detail = f"{existing} can not be written"
        yield Finding("disk", Level.ERROR, detail, "give it to this user")
        return
    free = shutil.disk_usage(existing).free / 1e9
    advice = "" if free >= ENOUGH_DISK else "make room"
    yield Finding("disk", level_of_disk(free), f"{free:.1f} GB free for {folder}", advice)


def level_of_disk(free: float) -> Level:
    """Judge the free space (GB)."""
    if free < LEAST_DISK:
        return Level.ERROR
    return Level.WARNING if free < ENOUGH_DISK else Level.OK


def shared_memory() -> Iterator[Finding]:
    """Check /dev/shm, and what crashed processes left in it."""
    if not SHARED_MEMORY.is_dir():
        detail = f"no {SHARED_MEMORY}"
        advice = "nothing here needs it, other ROS programs may"
        yield Finding("shared memory", Level.WARNING, detail, advice)
        return
    left = [*SHARED_MEMORY.glob("fastrtps_*"), *SHARED_MEMORY.glob("sem.fastrtps_*")]
    size = sum(size_of(path) for path in left) / 1e6
    free = shutil.disk_usage(SHARED_MEMORY).free / 1e6
    detail = f"{free:.0f} MB free, {len(left)} files of Fast DDS with {size:.0f} MB"
    is_crowded = free < ENOUGH_MEMORY or size > free
    advice = f"when no ROS runs: rm {SHARED_MEMORY}/*fastrtps_*" if is_crowded else ""
    level = Level.WARNING if is_crowded else Level.OK
    yield Finding("shared memory", level, detail, advice)


def size_of(path: Path) -> int:
    """Return the size of a file, which may just have been removed."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
