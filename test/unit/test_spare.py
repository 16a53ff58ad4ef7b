"""Processes in waiting: they become the nodes that start next, and are never in the way."""

import contextlib
import os
import select
import signal

import pytest

from robot_system.supervise import spare as spares
from robot_system.supervise.process import Exit
from robot_system.supervise.spare import Spare
from robot_system.testing.owner import DEADLINE


def stay(_):
    signal.pause()
    return 0


class Preparing:
    """What a spare does first: it says its number into a pipe, and says it again at its end."""

    def __init__(self) -> None:
        self._hearing, self._saying = os.pipe()

    @contextlib.contextmanager
    def __call__(self):
        self._say()
        try:
            yield stay
        finally:
            self._say()

    def _say(self) -> None:
        os.write(self._saying, os.getpid().to_bytes(4, "little"))

    def hear(self) -> int:
        """Return the number that is said next: of one that got ready, or that ended cleanly."""
        assert select.select([self._hearing], [], [], DEADLINE)[0], "no spare says anything"
        return int.from_bytes(os.read(self._hearing, 4), "little")

    def close(self) -> None:
        os.close(self._hearing)
        os.close(self._saying)


@pytest.fixture
def preparing(monkeypatch):
    # What has said its number is ready in a moment.
    monkeypatch.setattr(spares, "NEARLY", DEADLINE)
    monkeypatch.setattr(spares, "SETTLING", 0.0)
    made = Preparing()
    yield made
    made.close()


def test_the_spare_becomes_the_node_that_died_and_another_one_waits(owner, preparing):
    system = owner(prepare=preparing, a=stay)
    first = system.until("process_started", "a")["pid"]
    spare = preparing.hear()
    os.kill(first, signal.SIGKILL)
    assert system.until("process_started", "a", count=2)["pid"] == spare
    assert preparing.hear() not in (first, spare)
    assert system.stop() == Exit(0, None)


def test_a_spare_that_became_a_node_is_watched_like_any_other(owner, preparing):
    system = owner(prepare=preparing, a=stay)
    first = system.until("process_started", "a")["pid"]
    spare = preparing.hear()
    os.kill(first, signal.SIGKILL)
    system.until("process_started", "a", count=2)
    os.kill(spare, signal.SIGKILL)
    assert system.until("process_died", "a", count=2)["detail"].startswith("killed by SIGKILL")
    assert system.until("process_started", "a", count=3)["pid"] not in (first, spare)
    system.stop()


def test_a_spare_that_dies_is_replaced_and_nobody_else_minds(owner, preparing):
    system = owner(prepare=preparing, a=stay)
    pid = system.until("process_started", "a")["pid"]
    spare = preparing.hear()
    os.kill(spare, signal.SIGKILL)
    assert preparing.hear() != spare
    os.kill(pid, 0)
    assert system.stop() == Exit(0, None)
    assert [notice["what"] for notice in system.notices] == ["process_started"]


@pytest.mark.parametrize("is_asked", [True, False])
def test_a_spare_ends_cleanly_with_its_owner(owner, preparing, is_asked):
    system = owner(prepare=preparing, a=stay)
    system.until("process_started", "a")
    spare = preparing.hear()
    if is_asked:
        system.stop()
    else:
        system.link.close()
    while preparing.hear() != spare:
        pass


@pytest.mark.parametrize("ready_after", [0.0, 0.3], ids=["ready", "soon ready"])
def test_two_that_die_at_once_are_both_replaced_by_what_waits(
    owner, preparing, monkeypatch, ready_after
):
    monkeypatch.setattr(spares, "SETTLING", ready_after)
    system = owner(prepare=preparing, a=stay, b=stay)
    pids = [system.until("process_started", name)["pid"] for name in "ab"]
    waiting = {preparing.hear(), preparing.hear()}
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    assert {system.until("process_started", name, count=2)["pid"] for name in "ab"} == waiting
    assert system.stop() == Exit(0, None)


def test_a_spare_that_was_stopped_is_ended_and_the_other_one_becomes_the_node(owner, preparing):
    system = owner(prepare=preparing, a=stay)
    first = system.until("process_started", "a")["pid"]
    stopped, other = preparing.hear(), preparing.hear()
    os.kill(stopped, signal.SIGSTOP)
    os.kill(first, signal.SIGKILL)
    assert system.until("process_started", "a", count=2)["pid"] == other
    with pytest.raises(ProcessLookupError):
        os.kill(stopped, 0)
    assert system.stop() == Exit(0, None)


def test_one_that_is_not_ready_is_not_waited_for(owner, preparing, monkeypatch):
    monkeypatch.setattr(spares, "NEARLY", 0.0)

    @contextlib.contextmanager
    def prepare():
        with preparing() as run:
            signal.pause()
            yield run

    system = owner(prepare=prepare, a=stay)
    first = system.until("process_started", "a")["pid"]
    waiting = {preparing.hear(), preparing.hear()}
    os.kill(first, signal.SIGKILL)
    assert system.until("process_started", "a", count=2)["pid"] not in waiting
    assert system.stop() == Exit(0, None)


def test_one_that_is_ready_late_is_not_waited_for(owner, preparing, monkeypatch):
    monkeypatch.setattr(spares, "SETTLING", 3600.0)
    system = owner(prepare=preparing, a=stay)
    first = system.until("process_started", "a")["pid"]
    waiting = {preparing.hear(), preparing.hear()}
    os.kill(first, signal.SIGKILL)
    assert system.until("process_started", "a", count=2)["pid"] not in waiting
    assert system.stop() == Exit(0, None)


def test_without_a_living_spare_a_process_is_forked(preparing):
    spare = Spare.fork(preparing, lambda: None)
    preparing.hear()
    spare.process.send(signal.SIGKILL)
    os.waitid(os.P_PID, spare.process.pid, os.WEXITED | os.WNOWAIT)
    assert spare.become("a") is None
    assert spare.collect() == Exit(None, signal.SIGKILL)
