"""Kills a node each time it is back: `python -m robot_system.faults.crash_loop DOMAIN NODE S`."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time

from robot_system.faults.processes import NotRunningError, signal_node, written_process

PERIOD = 0.01


def main(arguments: list[str]) -> int:
    """Kill until the time is over, or until whoever asked for it is gone."""
    domain, node, ends = int(arguments[0]), arguments[1], time.monotonic() + float(arguments[2])
    parent, killed = os.getppid(), None
    print("begun", flush=True)
    while time.monotonic() < ends and os.getppid() == parent:
        if written_process(domain, node) != killed:
            with contextlib.suppress(NotRunningError):
                killed = signal_node(domain, node, signal.SIGKILL)
        time.sleep(PERIOD)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
