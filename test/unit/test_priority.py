"""The place of a process among the others; tried in a process of its own."""

import os
import subprocess
import sys

import pytest

from robot_system import graph
from robot_system.priority import Priority, may_be_realtime

SHOW = """
import os, sys
from robot_system.priority import Priority, take
refuse = sys.argv[2] == "refuse"
if refuse:
    def sched_setscheduler(*arguments):
        raise PermissionError
    os.sched_setscheduler = sched_setscheduler
take(Priority[sys.argv[1]])
print(os.sched_getscheduler(0), os.getpriority(os.PRIO_PROCESS, 0))
"""


def place(priority, refuse=False):
    command = [sys.executable, "-c", SHOW, priority.name, "refuse" if refuse else "allow"]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return tuple(map(int, out.split()))


def test_background_stands_back():
    scheduler, niceness = place(Priority.BACKGROUND)
    assert scheduler == os.SCHED_BATCH
    assert niceness >= 10


def test_normal_is_as_before():
    assert place(Priority.NORMAL) == (os.SCHED_OTHER, os.getpriority(os.PRIO_PROCESS, 0))


@pytest.mark.skipif(not may_be_realtime(), reason="this user may not have real time")
def test_real_time_where_it_is_allowed():
    assert place(Priority.REALTIME)[0] == os.SCHED_FIFO


def test_without_the_right_nothing_breaks():
    scheduler, niceness = place(Priority.REALTIME, refuse=True)
    assert scheduler == os.SCHED_OTHER
    assert niceness <= 0


def test_asking_leaves_this_process_as_it_is():
    before = os.sched_getscheduler(0)
    may_be_realtime()
    assert os.sched_getscheduler(0) == before


def test_only_motion_comes_before_all_others():
    assert [spec.name for spec in graph.NODES if spec.priority is Priority.REALTIME] == ["motion"]
