"""The process in waiting: it becomes the node that starts next, and is never in the way."""

import contextlib
import os
import signal
import time
from pathlib import Path

import pytest

from robot_system.supervise.process import Exit
from robot_system.supervise.spare import Spare
from robot_system.testing.owner import DEADLINE


def stay(_):
    signal.pause()
    return 0


def until(condition, what):
    end = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.005)


class Preparing:
    """What a spare does first: it leaves its number in a folder, and takes it away at its end."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()

    @contextlib.contextmanager
    def __call__(self):
        mark = self.folder / str(os.getpid())
        mark.touch()
        try:
            yield stay
        finally:
            mark.unlink()

    def ready(self) -> set[int]:
        return {int(path.name) for path in self.folder.iterdir()}

    def wait(self, count: int) -> set[int]:
        until(lambda: len(self.ready()) >= count, f"there are not {count} spares")
        return self.ready()


@pytest.fixture
def preparing(tmp_path):
    return Preparing(tmp_path / "spares")


def test_the_spare_becomes_the_node_that_died_and_another_one_waits(owner, preparing):
    system = owner(prepare=preparing, a=stay)
    first = system.until("process_started", "a")["pid"]
    (spare,) = preparing.wait(1)
    os.kill(first, signal.SIGKILL)
    assert system.until("process_started", "a", count=2)["pid"] == spare
    assert len(preparing.wait(2)) == 2
    assert system.stop() == Exit(0, None)


def test_a_spare_that_became_a_node_is_watched_like_any_other(owner, preparing):
    system = owner(prepare=preparing, a=stay)
    first = system.until("process_started", "a")["pid"]
    (spare,) = preparing.wait(1)
    os.kill(first, signal.SIGKILL)
    system.until("process_started", "a", count=2)
    os.kill(spare, signal.SIGKILL)
    assert system.until("process_died", "a", count=2)["detail"].startswith("killed by SIGKILL")
    assert system.until("process_started", "a", count=3)["pid"] not in (first, spare)
    system.stop()


def test_a_spare_that_dies_is_replaced_and_nobody_else_minds(owner, preparing):
    system = owner(prepare=preparing, a=stay)
    pid = system.until("process_started", "a")["pid"]
    (spare,) = preparing.wait(1)
    os.kill(spare, signal.SIGKILL)
    assert preparing.wait(2) > {spare}
    os.kill(pid, 0)
    assert system.stop() == Exit(0, None)
    assert [notice["what"] for notice in system.notices] == ["process_started"]


@pytest.mark.parametrize("is_asked", [True, False])
def test_a_spare_ends_cleanly_with_its_owner(owner, preparing, is_asked):
    system = owner(prepare=preparing, a=stay)
    system.until("process_started", "a")
    preparing.wait(1)
    if is_asked:
        system.stop()
    else:
        system.link.close()
    until(lambda: not preparing.ready(), "the spare is left, or ended without its last steps")


def test_without_a_living_spare_a_process_is_forked(preparing):
    spare = Spare.fork(preparing, lambda: None)
    preparing.wait(1)
    spare.process.send(signal.SIGKILL)
    os.waitid(os.P_PID, spare.process.pid, os.WEXITED | os.WNOWAIT)
    assert spare.become("a") is None
    assert spare.collect() == Exit(None, signal.SIGKILL)
