"""Processes that run, but were never heard by this orchestrator."""

from robot_system.core.values import Mode
from robot_system.testing.fake_nodes import PLAN


def test_a_new_orchestrator_soon_ends_a_process_that_has_hung_since_before_it(nodes):
    nodes.run(11.0)
    nodes.silent.add("lidar")
    nodes.replace_orchestrator()
    nodes.run(0.4)
    assert nodes.suspected == ["lidar"]
    assert nodes.ended == []
    assert nodes.state.reason == f"lidar: process {nodes.pids['lidar']} not heard yet"
    nodes.run(0.25)
    assert nodes.ended == ["lidar"]
    nodes.run(0.5)
    assert nodes.actions("lidar") == [("restart", "ready")]
    assert nodes.state.mode is Mode.RUNNING


def test_a_process_that_only_began_may_load_things_before_it_is_heard(nodes):
    nodes.silent.add("lidar")
    nodes.run(9.9)
    assert nodes.ended == []
    nodes.run(0.7)
    assert nodes.ended == ["lidar"]


def test_a_new_orchestrator_waits_for_a_process_that_works_and_is_only_not_heard(nodes):
    nodes.run(11.0)
    nodes.silent.add("lidar")
    nodes.replace_orchestrator()
    nodes.run(0.3)
    nodes.say("lidar", is_awake=True)
    nodes.run(1.5)
    nodes.say("lidar")  # nobody looks any more
    nodes.run(7.5)
    assert nodes.ended == []
    nodes.run(1.5)
    assert nodes.ended == ["lidar"]


def test_a_new_orchestrator_soon_ends_a_process_that_a_signal_stopped(nodes):
    nodes.run(1.0)
    nodes.silent.add("lidar")
    nodes.replace_orchestrator()
    nodes.run(0.1)
    nodes.say("lidar", is_halted=True)
    nodes.run(0.5)
    assert nodes.ended == ["lidar"]
    assert nodes.state.mode is Mode.RUNNING


def test_a_new_orchestrator_that_hears_nobody_ends_nobody(nodes):
    nodes.silent.update(PLAN.order)
    nodes.replace_orchestrator()
    nodes.run(13.0)
    assert nodes.ended == []


def test_an_unheard_process_that_is_gone_is_looked_for_again(nodes):
    nodes.silent.add("lidar")
    nodes.run(1.5)
    nodes.say("lidar", is_gone=True)
    assert nodes.orchestrator.record("lidar").reason == "not heard yet"
    nodes.pids["lidar"] += 1
    nodes.started["lidar"] = nodes.time
    nodes.run(9.9)
    assert nodes.ended == []
    nodes.run(1.5)
    assert nodes.ended == ["lidar"]
