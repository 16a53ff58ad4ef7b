"""S5: the loss of any process ends in a stop or in safe driving, and heals without help."""

import os
import signal

import pytest

from robot_system import graph
from robot_system.core.values import Lifecycle
from robot_system.faults import processes
from robot_system.faults.catalogue import fault
from robot_system.faults.injector import Injector
from robot_system.locks import NodeLock
from robot_system.testing.processes import is_alive
from robot_system.testing.system import TRIES

NODES = [spec.name for spec in graph.nodes_of("test")]
# Generous: the figures come from the benchmarks, on a quiet machine.
HEALED = 15.0
# A process that was never heard has this long from its start, as it may load things (`unheard`).
YOUNG = 10.0


@pytest.fixture(scope="module")
def system(start):
    return start("--world", "generated:sparse:2")


@pytest.mark.parametrize("name", NODES)
def test_killing_a_node_while_it_drives_heals_and_touches_only_its_dependants(system, name):
    affected = {name}
    for spec in graph.NODES:
        if affected & set(spec.needs):
            affected.add(spec.name)
    for _ in range(TRIES):
        system.until_driving()
        before = dict(system.heartbeats)
        os.kill(before[name].pid, signal.SIGKILL)
        system.until(
            lambda pid=before[name].pid: (
                system.pid(name) != pid and system.heartbeats[name].state is Lifecycle.ACTIVE
            ),
            HEALED,
            f"{name} being active again",
        )
        system.until_driving()
        assert system.contacts == 0
        touched = system.touched_since(before, *affected)
        if touched == {name}:
            break
    assert touched == {name}


def test_every_death_was_told_with_its_signal(system):
    deaths = [event for event in system.events if event.name == "process_died"]
    assert {death.node for death in deaths if "SIGKILL" in death.detail} == set(NODES)


def test_a_node_that_hangs_holds_the_robot_and_is_ended_and_started_anew(system):
    system.until_driving()
    pid = system.pid("lidar")
    os.kill(pid, signal.SIGSTOP)
    system.until(lambda: not system.is_running, HEALED, "the loss being noticed")
    system.until(
        lambda: "permission_denied" in [cause.name for cause in system.causes],
        HEALED,
        "the stop cause being named",
    )
    system.until(lambda: system.pid("lidar") != pid, HEALED, "a new process")
    system.until_driving()
    assert system.contacts == 0
    told = [event.name for event in system.events if event.node == "lidar"]
    assert "recovery_started" in told
    assert "recovery_done" in told


@pytest.mark.parametrize("kind", ["hang", "stuck_callback"])
def test_a_node_that_hung_before_the_orchestrator_came_is_soon_ended_all_the_same(
    system, domain, kind
):
    injector = Injector(system.listener, domain)
    system.until_driving()
    system.until(lambda: NodeLock.running("lidar")[1] > YOUNG, 2.0 * YOUNG, "growing older")
    hanging, orchestrator = system.pid("lidar"), system.pid("orchestrator")
    injector.begin(fault(kind), "lidar")
    injector.begin(fault("crash"), "orchestrator")
    system.until(lambda: system.pid("orchestrator") != orchestrator, HEALED, "a new orchestrator")
    system.until(lambda: system.pid("lidar") != hanging, 0.5 * YOUNG, "a new process")
    system.until_driving()
    assert system.contacts == 0


def test_what_hangs_does_not_outlive_its_process_owner(system, domain):
    """Last of all: it ends the system. A stopped process hears no signal but SIGKILL."""
    system.until_driving()
    pids = [system.pid(name) for name in NODES]
    os.kill(system.pid("lidar"), signal.SIGSTOP)
    processes.kill_owner(domain)
    assert system.process.wait(HEALED) == 1
    assert not [pid for pid in pids if is_alive(pid)]
