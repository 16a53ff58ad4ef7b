"""A node that hangs says where; the one that nobody watches ends."""

import signal
import subprocess
import sys

import pytest

from robot_system.priority import may_be_realtime

HANG = """
import sys, time
from robot_system.ros import watchdog
watchdog.TOLD_AFTER = watchdog.ENDED_AFTER = float(sys.argv[6])
watchdog.CALM, watchdog.HITCH = float(sys.argv[3]), 0.1
watchdog.WORKED = float(sys.argv[5])
made = watchdog.Watchdog(is_fatal=sys.argv[1] == "fatal")

def stuck_callback():
    end = time.monotonic() + float(sys.argv[2])
    while time.monotonic() < end:
        pass

for _ in range(20):
    made.tell()
    time.sleep(0.02)
if float(sys.argv[4]):
    time.sleep(float(sys.argv[4]))
    made.tell()
stuck_callback()
made.stop()
print("went on")
"""


def run(kind, seconds, starting=0.0, hitch=0.0, worked=60.0, ended_after=0.1):
    numbers = map(str, (seconds, starting, hitch, worked, ended_after))
    command = [sys.executable, "-c", HANG, kind, *numbers]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)


def test_while_it_is_told_it_is_quiet():
    done = run("fatal", 0.0)
    assert (done.returncode, done.stderr, done.stdout) == (0, "", "went on\n")


def test_at_the_start_it_is_patient():
    assert run("fatal", 0.6, starting=60.0).stdout == "went on\n"


def test_it_is_patient_until_nothing_has_kept_it_for_a_while():
    assert run("fatal", 0.6, starting=0.5, hitch=0.15).stdout == "went on\n"


def test_a_hang_is_told_with_the_place_and_the_node_may_go_on():
    done = run("plain", 0.6)
    assert done.returncode == 0
    assert "in stuck_callback" in done.stderr
    assert "went on" in done.stdout


def test_a_fatal_one_ends_the_process_with_the_place():
    done = run("fatal", 30.0)
    assert done.returncode == 1
    assert "in stuck_callback" in done.stderr
    assert done.stdout == ""


def test_an_endless_loop_in_a_fatal_one_is_ended_by_the_kernel_with_the_place():
    # However long the machine lets it wait for a processor, the other limit does not come first.
    done = run("fatal", 30.0, worked=0.05, ended_after=20.0)
    assert done.returncode == -signal.SIGPROF
    assert "in stuck_callback" in done.stderr
    assert run("plain", 0.1, worked=0.05).stdout == "went on\n"


LOOP = """
import sys, time
from robot_system.priority import Priority, take
from robot_system.ros import watchdog
take(Priority.REALTIME)
made = watchdog.Watchdog(is_fatal=False)

def endless_loop():
    end = time.monotonic() + 3.0
    while time.monotonic() < end:
        pass

for _ in range(int(sys.argv[1])):
    busy_until = time.monotonic() + 0.02
    while time.monotonic() < busy_until:
        pass
    time.sleep(0.001)
print("went on", flush=True)
if sys.argv[2] == "loop":
    endless_loop()
"""


@pytest.mark.skipif(not may_be_realtime(), reason="this user may not run anything in real time")
@pytest.mark.parametrize(("what", "code"), [("loop", -signal.SIGXCPU), ("stop", 0)])
def test_an_endless_loop_in_real_time_is_ended_by_the_kernel_and_much_work_is_not(what, code):
    command = [sys.executable, "-c", LOOP, "20", what]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.stdout == "went on\n"
    assert done.returncode == code
    assert ("in endless_loop" in done.stderr) is (what == "loop")


LEAVE = """
import time
from robot_system.ros import watchdog
watchdog.LAST_PATIENCE = 0.1

def leave_the_graph():
    time.sleep(30.0)

watchdog.Watchdog(is_fatal=False).end()
leave_the_graph()
"""


def test_what_hangs_when_it_should_end_is_ended_and_says_where():
    command = [sys.executable, "-c", LEAVE]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 1
    assert "in leave_the_graph" in done.stderr
