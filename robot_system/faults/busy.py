"""Keeps every core busy: `python -m robot_system.faults.busy DOMAIN TARGET SECONDS`."""

from __future__ import annotations

import os
import sys
import time


def main(arguments: list[str]) -> int:
    """Loop in as many processes as there are cores, each of which ends by itself in time."""
    ends = time.monotonic() + float(arguments[2])
    for _ in range(len(os.sched_getaffinity(0)) - 1):
        if os.fork() == 0:
            break
    else:
        print("begun", flush=True)
    parent = os.getppid()
    while time.monotonic() < ends and os.getppid() == parent:
        pass
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
