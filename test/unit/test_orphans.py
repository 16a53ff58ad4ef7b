"""What a process leaves behind when it dies is ended by the one that adopts it."""

import os
import signal
import time

import pytest

from robot_system.supervise.process import Process, adopt_orphans, end_orphans

HANG = 60.0


def leave_two_behind() -> int:
    """Die at once, with two children: one that ignores what asks it to end, and one stopped."""
    for is_stopped in (False, True):
        if os.fork() == 0:
            # Who waits for the end of this output must not wait for them.
            os.closerange(0, 64)
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            if is_stopped:
                os.kill(os.getpid(), signal.SIGSTOP)
            time.sleep(HANG)
            os._exit(0)
    return 0


@pytest.mark.parametrize("patience", [0.0, 0.2])
def test_what_hangs_is_killed_after_the_patience(patience: float) -> None:
    def adopt() -> int:
        adopt_orphans()
        if os.fork() == 0:
            os._exit(leave_two_behind())
        began = time.monotonic()
        end_orphans(patience)
        took = time.monotonic() - began
        return 0 if patience <= took < 10.0 else 3

    process = Process.fork(adopt)
    assert process.collect().code == 0
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)


def test_without_children_there_is_nothing_to_wait_for() -> None:
    def adopt() -> int:
        began = time.monotonic()
        end_orphans(HANG)
        return 0 if time.monotonic() - began < 10.0 else 3

    assert Process.fork(adopt).collect().code == 0
