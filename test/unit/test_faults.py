"""The catalogue of faults, whom they are done to, and the command that does them."""

from __future__ import annotations

import json
import os
import resource
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from robot_system import graph
from robot_system.cli.main import COMMANDS
from robot_system.cli.main import main as robot
from robot_system.errors import ConfigurationError
from robot_system.faults import processes
from robot_system.faults.catalogue import FAULTS, HOST_KINDS, NODES, Means, Recovery, fault
from robot_system.faults.processes import NotRunningError
from robot_system.locks import NodeLock
from robot_system.processes import ACCEPT_FAULTS, process_table
from robot_system.ros import launching
from robot_system.ros.deafness import Deafness
from robot_system.sim.faults import KINDS

CONFIG = Path(__file__).parents[2] / "config"
HOLDER = """
import os, sys
from robot_system.locks import NodeLock
lock = NodeLock.take(int(sys.argv[1]), sys.argv[2], {"pid": os.getpid()})
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Locks of a domain in a folder of the test's own."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return tmp_path


@pytest.fixture
def holder(folder):
    """A process that holds the lock of a node, as a running node does."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, "7", "lidar"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "TMPDIR": str(folder)},
        cwd="/",
    )
    assert process.stdout.readline() == b"held\n"
    yield process
    process.kill()
    process.wait()
    process.stdin.close()
    process.stdout.close()


def test_names_are_unique_and_every_row_can_be_done() -> None:
    assert len({row.name for row in FAULTS}) == len(FAULTS)
    for row in FAULTS:
        assert set(row.measured) <= set(row.targets)
        assert row.targets == () or row.measured, row.name
        if row.means is Means.SIMULATION:
            assert all(row.kind in KINDS[target] for target in row.targets)
        if row.means is Means.HOST:
            assert row.kind in HOST_KINDS
            assert set(row.targets) <= set(NODES)
        if row.means is Means.SIGNAL:
            assert isinstance(signal.Signals[row.kind], signal.Signals)
        for name, target in row.parts:
            assert fault(name).target(target) == target


def test_what_lasts_has_an_end_and_what_is_counted_from_its_start_has_none() -> None:
    for row in FAULTS:
        if row.recovery is Recovery.FROM_END:
            assert row.lasts > 0.0, row.name
        if row.recovery is Recovery.FROM_START:
            assert row.lasts == 0.0, row.name


def test_crash_hang_and_stuck_callback_are_measured_on_every_node() -> None:
    every = tuple(spec.name for spec in graph.nodes_of("test"))
    for name in ("crash", "hang", "stuck_callback"):
        assert fault(name).measured == every


def test_only_a_simulated_system_accepts_faults() -> None:
    for profile in graph.PROFILES:
        accepted = profile in graph.SIMULATED
        for row in process_table(profile, CONFIG):
            assert (ACCEPT_FAULTS in row.arguments) is accepted
            given = launching.arguments_of(row, "")["arguments"]
            assert given[2:] == list(row.arguments)


def test_unknown_fault_and_impossible_target_are_refused_with_what_there_is() -> None:
    with pytest.raises(ConfigurationError, match="sensor_silent"):
        fault("melt")
    with pytest.raises(ConfigurationError, match="scan"):
        fault("sensor_short").target("odom")
    with pytest.raises(ConfigurationError, match="whole system"):
        fault("disk_full").target("lidar")
    assert fault("sensor_short").target("") == "scan"


def test_a_node_is_known_by_the_lock_that_it_holds(holder) -> None:
    assert processes.running_nodes(7) == {"lidar": holder.pid}
    assert processes.running_nodes(8) == {}
    holder.kill()
    holder.wait()
    assert processes.process_of(7, "lidar") is None


def test_a_signal_goes_to_the_holder_and_to_nobody_else(holder) -> None:
    with pytest.raises(NotRunningError, match="policy"):
        processes.signal_node(7, "policy", signal.SIGKILL)
    assert processes.signal_node(7, "lidar", signal.SIGKILL) == holder.pid
    assert holder.wait(5.0) == -signal.SIGKILL


def test_a_lock_that_names_a_process_which_does_not_hold_it_means_nobody(folder) -> None:
    with NodeLock.take(7, "lidar", {"pid": os.getpid()})._file:
        pass
    assert processes.written_process(7, "lidar") == os.getpid()
    assert processes.process_of(7, "lidar") is None


def test_files_are_forbidden_and_allowed_again(holder) -> None:
    before = resource.prlimit(holder.pid, resource.RLIMIT_FSIZE)
    processes.forbid_files(7)
    assert resource.prlimit(holder.pid, resource.RLIMIT_FSIZE) == (0, before[1])
    processes.allow_files(7)
    assert resource.prlimit(holder.pid, resource.RLIMIT_FSIZE) == (before[1], before[1])


def test_nobody_is_the_owner_of_what_was_not_started_by_up(holder) -> None:
    with pytest.raises(NotRunningError, match="process owner"):
        processes.owner_of(7)


def test_a_deaf_process_receives_nothing_until_it_hears_again() -> None:
    deafness = Deafness()
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender,
    ):
        receiver.bind(("127.0.0.1", 0))
        receiver.setblocking(False)
        address = receiver.getsockname()
        deafness.begin()
        try:
            sender.sendto(b"lost", address)
            with pytest.raises(BlockingIOError):
                receiver.recv(16)
        finally:
            deafness.end()
        # On the loopback interface a packet is there when it has been sent.
        sender.sendto(b"heard", address)
        assert receiver.recv(16) == b"heard"


def test_the_command_lists_every_fault(capsys) -> None:
    assert "fault" in COMMANDS
    assert robot(["fault", "list", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["name"] for row in rows] == [row.name for row in FAULTS]
    assert robot(["fault", "list"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == len(FAULTS)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["run", "melt"], "melt"),
        (["run", "crash", "--node", "nobody"], "nobody"),
        (["run", "hang", "--for", "-1"], "--for -1"),
        (["run", "hang", "--for", "nan"], "--for nan"),
        (["run", "crash", "--for", "3"], "crash"),
    ],
)
def test_wrong_usage_is_one_line_and_code_2(capsys, arguments, told) -> None:
    assert robot(["fault", *arguments]) == 2
    error = capsys.readouterr().err
    assert told in error
    assert len(error.splitlines()) == 1
