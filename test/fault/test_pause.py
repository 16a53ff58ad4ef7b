"""A process that a busy machine kept waiting is a part of the system again afterwards."""

import contextlib
import os
import signal

import pytest

# Longer than a busy machine may keep a process waiting.
PAUSE = 1.5


@pytest.mark.parametrize("name", ["policy", "lidar"])
def test_a_pause_while_all_find_each_other_does_not_part_them_for_good(start, name):
    """Others must not forget a node that still believes in them: it would stay deaf to them."""
    system = start("--world", "generated:sparse:2")
    system.until(lambda: name in system.heartbeats, 20.0, f"{name} being heard")
    pid = system.pid(name)
    os.kill(pid, signal.SIGSTOP)
    try:
        system.listener.spin(PAUSE)
    finally:
        # The orchestrator may have ended it meanwhile.
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)
    system.until_driving()
