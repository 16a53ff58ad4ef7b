"""The system comes up and goes down again and again, and nothing of it is left."""

import os
import signal
import subprocess
from pathlib import Path

import pytest

from robot_system import contract, graph
from robot_system.cli.bench import load_benchmarks
from robot_system.core.values import Lifecycle
from robot_system.locks import NodeLock
from robot_system.ros.listener import Listener
from robot_system.testing.processes import is_alive
from robot_system.testing.system import ROBOT

load_benchmarks(Path(__file__).parents[2])

from bench.processes import family  # noqa: E402

CYCLES = 20
# After so many the observer has what it keeps, and needs no more.
SETTLED = 3
NAMES = {spec.name for spec in graph.nodes_of("test")}
UP_WITHIN = 40.0

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


class Observer:
    """Sees all systems from the first to the last."""

    def __init__(self, domain, folder):
        self.domain, self.folder = domain, folder
        self.listener = Listener("observer")
        self.listener.listen(contract.HEARTBEAT, self._on_heartbeat)
        self.pids = {}

    def _on_heartbeat(self, heartbeat):
        if heartbeat.state is Lifecycle.ACTIVE and is_alive(heartbeat.pid):
            self.pids[heartbeat.node] = heartbeat.pid

    def has_all(self):
        """One that died at the start is there again when another one is heard."""
        return set(self.pids) == NAMES and all(map(is_alive, self.pids.values()))

    def up_and_down(self):
        """Start a system, and stop it as soon as all nodes are active; return its processes."""
        self.pids = {}
        with (self.folder / "output.txt").open("wb") as output:
            command = subprocess.Popen(
                [str(ROBOT), "up", "--headless", "--profile", "test"],
                env={
                    **os.environ,
                    "ROS_DOMAIN_ID": str(self.domain),
                    "ROBOT_SYSTEM_STATE": str(self.folder),
                    "ROS_LOG_DIR": str(self.folder / "ros"),
                },
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            is_up = self.listener.spin_until(self.has_all, UP_WITHIN)
            assert is_up, (self.folder / "output.txt").read_text()
            members = set(family(command.pid))
            shared = set().union(*(shared_memory_of(member.pid) for member in members))
            command.send_signal(signal.SIGINT)
            assert command.wait(20.0) == 0, (self.folder / "output.txt").read_text()
        finally:
            if command.poll() is None:
                command.kill()
                command.wait()
        return members, shared


def shared_memory_of(pid):
    """Return the named shared memory that a process uses; one in waiting may just be gone."""
    try:
        lines = Path(f"/proc/{pid}/maps").read_text().splitlines()
    except OSError:
        return set()
    fields = (line.split(maxsplit=5) for line in lines)
    return {part[5] for part in fields if len(part) == 6 and part[5].startswith("/dev/shm/")}


def handles():
    return len(os.listdir("/proc/self/fd"))


def test_nothing_is_left_after_many_times(domain, tmp_path):
    observer = Observer(domain, tmp_path)
    seen, shared, opened = set(), [], []
    for _ in range(CYCLES):
        processes, memory = observer.up_and_down()
        assert [one for one in processes if one.is_alive] == []
        seen |= processes
        shared.append(memory)
        opened.append(handles())
    observer.listener.close()
    # The command, the process owner, the nodes; and what is in waiting, if it is there already.
    assert len(seen) >= CYCLES * (len(NAMES) + 2)
    # What a library keeps for the whole machine has the same name each time; a leak has not.
    of_runs = set().union(*shared[1:]) - shared[0]
    assert [path for path in of_runs if os.path.exists(path)] == []
    assert max(opened[SETTLED:]) <= max(opened[:SETTLED]), opened
    assert [name for name in ("up", *NAMES) if NodeLock.holder(domain, name)] == []
