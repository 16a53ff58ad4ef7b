"""What a node's process may use at most."""

import os
import resource
import signal

from robot_system import graph, limits
from robot_system.limits import Limits


def in_a_process(check):
    """Return what a function returns in a process of its own, whose limits are its own too."""
    pid = os.fork()
    if pid == 0:
        os._exit(check())
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def test_open_files_are_held_by_the_kernel():
    def check():
        limits.take(Limits(open_files=50))
        try:
            for _ in range(60):
                os.dup(0)
        except OSError:
            return resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        return 0

    assert in_a_process(check) == 50


def test_a_core_that_is_not_here_is_left_out():
    def check():
        before = os.sched_getaffinity(0)
        limits.take(Limits(cores=(100_000 - 1,)))
        if os.sched_getaffinity(0) != before:
            return 1
        one = min(before)
        limits.take(Limits(cores=(one,)))
        return 0 if os.sched_getaffinity(0) == {one} else 2

    assert in_a_process(check) == 0


def test_memory_is_what_is_resident_and_a_dead_process_has_none():
    assert 1.0 < limits.resident_mb(os.getpid()) < 10_000.0
    pid = os.fork()
    if pid == 0:
        signal.pause()
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    assert limits.resident_mb(pid) == 0.0


def test_every_node_has_limits():
    assert all(spec.limits.memory_mb > 0 and spec.limits.open_files > 0 for spec in graph.NODES)
