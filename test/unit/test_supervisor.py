"""The process owner, with processes of its own kind and without middleware."""

import errno
import os
import random
import re
import signal
import socket
import threading
import time

import pytest

from robot_system.graph import RestartPolicy
from robot_system.limits import Limits
from robot_system.supervise.backoff import Backoff
from robot_system.supervise.process import Exit
from robot_system.testing.owner import DEADLINE


def stay(_):
    signal.pause()
    return 0


def fail(_):
    os.write(1, b"the last words\n")
    return 3


def refuse(_):
    return 2


def ignore(_):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    while True:
        signal.pause()


def test_a_killed_process_is_started_again_at_once(owner):
    system = owner(a=stay, b=stay)
    first = system.until("process_started", "a")["pid"]
    other = system.until("process_started", "b")["pid"]
    os.kill(first, signal.SIGKILL)
    died = system.until("process_died", "a")
    assert died["detail"].startswith("killed by SIGKILL")
    second = system.until("process_started", "a", count=2)["pid"]
    assert second != first
    os.kill(other, 0)
    assert system.stop() == Exit(0, None)


def test_the_owner_holds_no_more_files_after_many_deaths(owner):
    system = owner(a=stay, budget=1000)
    held = []
    for count in range(1, 31):
        pid = system.until("process_started", "a", count=count)["pid"]
        held.append(len(os.listdir(f"/proc/{system.process.pid}/fd")))
        os.kill(pid, signal.SIGKILL)
        system.until("process_died", "a", count=count)
    assert max(held[10:]) <= max(held[:10]), held
    assert system.stop() == Exit(0, None)


def test_exit_code_and_last_words_are_told(owner):
    system = owner(a=fail)
    assert system.until("process_died", "a")["detail"] == "exit code 3: the last words"
    system.stop()


def test_a_usage_error_is_given_up_at_once(owner):
    system = owner(a=refuse, b=stay)
    told = system.until("process_given_up", "a")
    assert told["detail"] == "it can not run as it was told to: exit code 2"
    assert [n["what"] for n in system.notices if n["node"] == "a"][:2] == [
        "process_started",
        "process_died",
    ]
    assert system.stop() == Exit(0, None)


def test_what_dies_again_and_again_is_given_up_loudly(owner):
    system = owner(a=fail, b=stay)
    told = system.until("process_given_up", "a")
    assert told["detail"].startswith("4 deaths in 60 s")
    starts = [n for n in system.notices if n["what"] == "process_started" and n["node"] == "a"]
    assert len(starts) == 4
    assert system.stop() == Exit(0, None)


def test_what_grows_over_its_memory_is_started_again_with_that_cause(owner):
    system = owner(Limits(memory_mb=1), a=stay)
    told = system.until("process_died", "a")
    assert re.fullmatch(
        r"memory of \d+ MB is over its limit of 1 MB; killed by SIGTERM", told["detail"]
    )
    system.until("process_restarted", "a")
    assert system.stop() == Exit(0, None)


def test_a_node_that_can_not_be_forked_is_tried_again(owner, monkeypatch):
    real, failures = os.fork, iter([False, True])

    def fork():
        # The first is the owner itself, the second the process of a.
        if next(failures, False):
            raise BlockingIOError(errno.EAGAIN, "no more processes")
        return real()

    monkeypatch.setattr(os, "fork", fork)
    system = owner(a=stay)
    system.until("process_started", "a")
    assert system.stop() == Exit(0, None)


def test_logs_that_are_lost_are_told(owner, tmp_path):
    (tmp_path / "a.log").symlink_to("/dev/full")
    system = owner(a=stay)
    assert "No space left" in system.until("logs_lost", "")["detail"]
    assert system.stop() == Exit(0, None)


def test_what_ignores_the_end_is_killed_in_time(owner):
    system = owner(a=ignore)
    pid = system.until("process_started", "a")["pid"]
    began = time.monotonic()
    system.stop()
    assert time.monotonic() - began < 2.0
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


@pytest.mark.parametrize("way", ["link", "SIGTERM"])
def test_the_end_of_the_link_or_a_signal_ends_everything(owner, way):
    system = owner(a=stay)
    pid = system.until("process_started", "a")["pid"]
    began = time.monotonic()
    if way == "link":
        system.link.shutdown(socket.SHUT_RDWR)
    else:
        system.process.send(signal.SIGTERM)
    assert system.process.collect() == Exit(0, None)
    # A process that has just been forked hears the signal too: nothing has to be killed.
    assert time.monotonic() - began < 0.6
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_killing_the_owner_ends_its_processes(owner):
    system = owner(a=stay)
    pid = system.until("process_started", "a")["pid"]
    system.process.send(signal.SIGKILL)
    system.process.collect()
    end = time.monotonic() + DEADLINE
    while threading.active_count():
        try:
            with open(f"/proc/{pid}/stat", encoding="ascii") as file:
                if ") Z " in file.read():
                    break
        except OSError:
            break
        assert time.monotonic() < end, "an orphan is left"


def test_waits_grow_and_the_budget_ends():
    policy = RestartPolicy(backoff=0.1, backoff_max=0.3, budget=5, window=60.0)
    backoff = Backoff(policy, random.Random(1))
    waits = [backoff.died(float(second)) for second in range(6)]
    assert waits[0] == 0.0
    assert waits[5] is None
    for wait, nominal in zip(waits[1:5], (0.1, 0.2, 0.3, 0.3), strict=True):
        assert 0.75 * nominal <= wait <= 1.25 * nominal


def test_a_usage_error_is_not_tried_again():
    backoff = Backoff(RestartPolicy(), random.Random(1))
    assert backoff.died(0.0, 1) == 0.0
    assert backoff.died(1.0, 2) is None


def test_old_deaths_do_not_count():
    backoff = Backoff(RestartPolicy(budget=1, window=10.0), random.Random(1))
    assert backoff.died(0.0) == 0.0
    assert backoff.died(11.0) == 0.0
    assert backoff.died(12.0) is not None or backoff.died(12.5) is None


def test_what_a_person_has_cleared_does_not_count():
    backoff = Backoff(RestartPolicy(budget=1), random.Random(1))
    backoff.died(0.0)
    backoff.clear()
    assert backoff.died(1.0) == 0.0


def test_a_signal_without_a_name_is_told_by_its_number():
    assert str(Exit(None, signal.SIGKILL)) == "killed by SIGKILL"
    assert str(Exit(None, 33)) == "killed by signal 33"


def test_a_process_that_stays_stopped_is_ended_and_started_again(owner):
    system = owner(a=stay)
    first = system.until("process_started", "a")["pid"]
    os.kill(first, signal.SIGSTOP)
    assert system.until("process_died", "a")["detail"].startswith("it was stopped; ")
    assert system.until("process_started", "a", count=2)["pid"] != first
    system.stop()


def test_a_process_that_is_let_go_on_in_time_is_left_alone(owner):
    system = owner(a=stay, b=stay)
    pid, other = (system.until("process_started", name)["pid"] for name in "ab")
    os.kill(pid, signal.SIGSTOP)
    os.kill(other, signal.SIGSTOP)
    os.kill(pid, signal.SIGCONT)
    system.until("process_died", "b")
    os.kill(pid, 0)
    system.stop()
    assert {notice["node"] for notice in system.notices if notice["what"] == "process_died"} == {
        "b"
    }
