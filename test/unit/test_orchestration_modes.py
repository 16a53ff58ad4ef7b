"""The mode of the whole: it follows from how the nodes are, and each change tells its cause."""

import pytest

from robot_system.core.values import Health, Lifecycle, Mode
from robot_system.testing.fake_nodes import FakeNodes


@pytest.fixture
def nodes():
    made = FakeNodes()
    made.run(1.0)
    return made


def never_well(name):
    def happen(nodes):
        nodes.refusing.add(name)
        nodes.end(name, nodes.pids[name])
        for _ in range(100):
            if nodes.orchestrator.given_up():
                return
            nodes.run(0.5)
        raise AssertionError(f"{name} was never given up")

    return happen


def unwell(name, health):
    def happen(nodes):
        nodes.health[name] = health

    return happen


def both(*steps):
    def happen(nodes):
        for step in steps:
            step(nodes)

    return happen


def asked(mode):
    return lambda nodes: nodes.ask_mode(mode)


def ask(service, name):
    return lambda nodes: nodes.ask(service, name)


CASES = {
    "all is well": (lambda nodes: None, Mode.RUNNING, ""),
    "a needed node is unhealthy": (
        unwell("lidar", Health.UNHEALTHY), Mode.SAFE_STOP, "lidar: active",
    ),
    "a needed node is degraded": (unwell("lidar", Health.DEGRADED), Mode.RUNNING, ""),
    "another is unhealthy": (
        unwell("telemetry", Health.UNHEALTHY), Mode.DEGRADED, "telemetry: active",
    ),
    "a person is awaited": (never_well("lidar"), Mode.SAFE_STOP, "lidar: no; nothing that"),
    "a person is awaited for another": (
        never_well("telemetry"), Mode.DEGRADED, "telemetry: no; nothing that",
    ),
    "a person stopped it": (
        ask("stop_node", "lidar"), Mode.SAFE_STOP, "lidar: stopped by a person",
    ),
    "a person goes without it": (ask("disable_node", "telemetry"), Mode.RUNNING, ""),
    "standby": (asked("standby"), Mode.STANDBY, "standby was asked for"),
    "stopped": (asked("stopped"), Mode.STOPPED, "stopped was asked for"),
    "standby, and what works in it is broken": (
        both(asked("standby"), never_well("lidar")),
        Mode.SAFE_STOP,
        "standby was asked for; lidar: no; nothing that",
    ),
    "standby, and what only works while driving is broken": (
        both(never_well("motion"), asked("standby")),
        Mode.SAFE_STOP,
        "standby was asked for; motion: no; nothing that",
    ),
    "standby, and a node that is not needed is broken": (
        both(asked("standby"), never_well("telemetry")),
        Mode.STANDBY,
        "standby was asked for; telemetry: no; nothing that",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_the_mode_and_its_reason_are_the_same_for_one_that_saw_nothing_of_it(nodes, case):
    """Nothing but the states of the nodes, the logbook and the wishes makes the mode."""
    happen, mode, reason = CASES[case]
    happen(nodes)
    nodes.run(0.3)
    before = nodes.state
    assert (before.mode, before.reason[: len(reason) or None]) == (mode, reason)
    nodes.replace_orchestrator()
    nodes.run(0.3)
    assert (nodes.state.mode, nodes.state.reason) == (before.mode, before.reason)


def test_while_nothing_is_wrong_but_not_all_is_there_yet_it_is_standby():
    nodes = FakeNodes()
    assert nodes.state.mode is Mode.STOPPED
    nodes.deaf.add("lidar")
    nodes.run(5.0)
    assert nodes.state.mode is Mode.STANDBY
    assert nodes.state.reason == "lidar: unconfigured"


def test_a_needed_node_that_does_not_come_is_something_wrong_in_the_end():
    nodes = FakeNodes()
    nodes.silent.add("motion")
    nodes.pids["motion"] = 0
    nodes.run(5.0)
    assert nodes.state.mode is Mode.STANDBY
    nodes.run(6.0)
    assert nodes.state.mode is Mode.SAFE_STOP
    assert nodes.state.reason == "motion: not heard yet"


def test_a_node_that_somebody_else_took_down_is_brought_up_again_from_standby(nodes):
    nodes.states["lidar"] = Lifecycle.INACTIVE
    nodes.beat("lidar")
    nodes.deaf.add("lidar")
    nodes.run(0.1)
    assert nodes.changes[-1] == "running to standby: lidar: inactive"
    nodes.deaf.clear()
    nodes.run(0.5)
    assert nodes.changes[-1] == "standby to running: lidar ready"


def test_every_change_tells_its_cause(nodes):
    nodes.silent.add("telemetry")
    nodes.run(0.3)
    nodes.silent.clear()
    nodes.run(0.3)
    nodes.end("lidar", nodes.pids["lidar"])
    nodes.run(0.5)
    nodes.ask_mode("standby")
    nodes.run(0.3)
    nodes.ask_mode("running")
    nodes.run(0.3)
    nodes.orchestrator.shut_down()
    nodes.run(1.0)
    assert nodes.changes == [
        "stopped to standby: sensors: unconfigured; motion: unconfigured; telemetry: unconfigured",
        "standby to running: lidar ready",
        "running to degraded: telemetry: heartbeat is silent",
        "degraded to running: telemetry ready",
        "running to safe_stop: lidar: process 101 is gone",
        "safe_stop to running: lidar ready",
        "running to standby: standby was asked for",
        "standby to running: motion ready",
        "running to shutdown: shutting down",
        "shutdown to stopped: shutting down",
    ]
