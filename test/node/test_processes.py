"""Watching and ending processes by handles."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from robot_system.core.values import ProcessNote, ProcessRequest
from robot_system.locks import NodeLock
from robot_system.ros.processes import ProcessWatch, Queue, is_starved

HOST = socket.gethostname()
SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]


@pytest.fixture
def child():
    process = subprocess.Popen(SLEEP)
    yield process
    process.kill()
    process.wait()


@pytest.fixture
def watch():
    told = []
    made = ProcessWatch(told.append)
    yield made, told
    made.close()


def poll_until_told(made, told):
    end = time.monotonic() + 5.0
    while not told and time.monotonic() < end:
        made.poll()
    return told


def test_the_end_of_a_watched_process_is_told_once(watch, child):
    made, told = watch
    made.request(ProcessRequest("lidar", HOST, child.pid))
    made.request(ProcessRequest("lidar", HOST, child.pid))
    made.poll()
    assert told == []
    child.kill()
    assert poll_until_told(made, told) == [ProcessNote("lidar", child.pid, is_gone=True)]
    made.poll()
    assert len(told) == 1


@pytest.mark.parametrize(
    ("is_gentle", "number"), [(False, signal.SIGKILL), (True, signal.SIGTERM)]
)
def test_a_process_is_ended(watch, child, is_gentle, number):
    made, told = watch
    made.request(ProcessRequest("lidar", HOST, child.pid, is_to_end=True, is_gentle=is_gentle))
    assert child.wait(5.0) == -number
    assert poll_until_told(made, told)


def test_a_stopped_process_is_ended_too(watch, child):
    made, _ = watch
    os.kill(child.pid, signal.SIGSTOP)
    made.request(ProcessRequest("lidar", HOST, child.pid, is_to_end=True))
    assert child.wait(5.0) == -signal.SIGKILL


def test_that_a_process_was_stopped_and_goes_on_is_told(watch, child):
    made, told = watch
    made.request(ProcessRequest("lidar", HOST, child.pid))
    os.kill(child.pid, signal.SIGSTOP)
    assert poll_until_told(made, told) == [ProcessNote("lidar", child.pid, is_halted=True)]
    told.clear()
    os.kill(child.pid, signal.SIGCONT)
    assert poll_until_told(made, told) == [ProcessNote("lidar", child.pid)]


def test_the_process_that_runs_a_node_is_found_by_its_lock(watch, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    made, told = watch
    made.request(ProcessRequest("lidar"))
    assert told == []
    lock = NodeLock.of_this_domain("lidar", since=time.monotonic() - 5.0)
    made.request(ProcessRequest("motion"))
    assert told == []
    made.request(ProcessRequest("lidar"))
    assert told == [ProcessNote("lidar", os.getpid(), age=pytest.approx(5.0, abs=1.0))]
    lock.release()


def test_processes_elsewhere_and_its_own_are_left_alone(watch, child):
    made, told = watch
    made.request(ProcessRequest("lidar", "elsewhere", child.pid, is_to_end=True))
    made.request(ProcessRequest("lidar", HOST, os.getpid(), is_to_end=True))
    made.request(ProcessRequest("lidar", HOST, 0, is_to_end=True))
    made.poll()
    assert child.poll() is None
    assert told == []


def test_one_that_is_gone_already_does_no_harm(watch, child):
    made, told = watch
    child.kill()
    child.wait()
    made.request(ProcessRequest("lidar", HOST, child.pid, is_to_end=True))
    made.poll()
    assert told == []


@pytest.mark.parametrize(
    ("worked", "waited", "starved"),
    [
        (0.0, 0.0, False),
        (0.05, 0.3, True),
        (0.3, 0.1, False),
        (0.2, 0.2, False),
        (0.08, 0.3, True),
    ],
    ids=[
        "blocked or stopped",
        "kept waiting",
        "endless loop",
        "endless loop beside others",
        "kept waiting with much to do",
    ],
)
def test_only_one_that_waits_for_a_processor_in_vain_is_starved(worked, waited, starved):
    assert is_starved((5.0, 1.0, 1.0), (5.4, 1.0 + worked, 1.0 + waited)) is starved


def test_a_wait_for_a_processor_counts_before_it_is_over():
    queue = Queue()
    assert queue.counted((1.0, 0.5, 0.2), is_in_it=False) == (1.0, 0.5, 0.2)
    assert queue.counted((1.1, 0.5, 0.2), is_in_it=True) == (1.1, 0.5, pytest.approx(0.3))
    assert queue.counted((1.4, 0.5, 0.2), is_in_it=True) == (1.4, 0.5, pytest.approx(0.6))
    assert queue.counted((1.5, 0.5, 0.7), is_in_it=True) == (1.5, 0.5, 0.7)
    assert queue.counted((1.6, 0.5, 0.7), is_in_it=False) == (1.6, 0.5, 0.7)
    assert queue.counted((1.7, 0.5, 0.7), is_in_it=True) == (1.7, 0.5, pytest.approx(0.8))


def test_a_stopped_process_is_not_starved(watch, child):
    made, told = watch
    made.request(ProcessRequest("lidar", HOST, child.pid))
    os.kill(child.pid, signal.SIGSTOP)
    end = time.monotonic() + 0.6
    while time.monotonic() < end:
        made.poll()
        time.sleep(0.05)
    assert ProcessNote("lidar", child.pid, is_starved=True) not in told


def test_a_process_that_others_keep_from_working_is_told(watch):
    """Several busy processes share one processor with it, at a far better place."""
    made, told = watch
    pin = "import os; os.sched_setaffinity(0, {0}); os.nice(%d)\nwhile True: pass"
    processes = [subprocess.Popen([sys.executable, "-c", pin % nice]) for nice in (19, 0, 0)]
    try:
        made.request(ProcessRequest("lidar", HOST, processes[0].pid))
        end = time.monotonic() + 20.0
        while not told and time.monotonic() < end:
            made.poll()
            time.sleep(0.05)
    finally:
        for process in processes:
            process.kill()
            process.wait()
    assert told == [ProcessNote("lidar", processes[0].pid, is_starved=True)]


def is_found_awake(made, told, child, patience):
    """Poll as the orchestrator does, with the process under suspicion."""
    made.request(ProcessRequest("lidar", HOST, child.pid, is_suspect=True))
    end = time.monotonic() + patience
    while ProcessNote("lidar", child.pid, is_awake=True) not in told:
        if time.monotonic() > end:
            return False
        made.poll()
        time.sleep(0.02)
    return True


def state_of(child):
    return Path(f"/proc/{child.pid}/stat").read_text().rpartition(")")[2].split()[0]


@pytest.mark.parametrize(
    ("work", "is_awake"),
    [
        ("while True: time.sleep(0.02)", True),
        ("while True: time.sleep(0.14)", True),
        ("time.sleep(60)", False),
        ("while True: pass", False),
    ],
)
def test_of_a_suspected_process_it_is_told_whether_it_works(watch, work, is_awake):
    made, told = watch
    words = f"import time\nprint('here', flush=True)\n{work}"
    child = subprocess.Popen([sys.executable, "-c", words], stdout=subprocess.PIPE)
    try:
        child.stdout.readline()
        end = time.monotonic() + 5.0
        while work == "time.sleep(60)" and state_of(child) != "S":
            assert time.monotonic() < end, "it does not go to sleep"
        patience = 20.0 if is_awake else 1.0
        assert is_found_awake(made, told, child, patience) is is_awake
    finally:
        child.kill()
        child.communicate()


def test_that_it_works_is_told_at_each_suspicion(watch):
    made, told = watch
    command = [sys.executable, "-c", "import time\nwhile True: time.sleep(0.02)"]
    child = subprocess.Popen(command)
    try:
        for _ in range(2):
            assert is_found_awake(made, told, child, 20.0)
            told.clear()
    finally:
        child.kill()
        child.wait()


def test_without_suspicion_nothing_is_told_of_one_that_works(watch, child):
    made, told = watch
    made.request(ProcessRequest("lidar", HOST, child.pid))
    for _ in range(20):
        made.poll()
    assert told == []
