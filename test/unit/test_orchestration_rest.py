"""What rests while the robot stands until a person has helped, and how it comes back."""

import pytest

from robot_system.core.orchestration.policy import read_policies
from robot_system.core.values import Lifecycle, Mode
from robot_system.testing.fake_nodes import PLAN, FakeNodes


def waiting_for_a_person(policies=None):
    nodes = FakeNodes(policies) if policies else FakeNodes()
    nodes.run(1.0)
    nodes.refusing.add("lidar")
    nodes.end("lidar", nodes.pids["lidar"])
    for _ in range(200):
        if nodes.orchestrator.given_up():
            return nodes
        nodes.run(0.5)
    raise AssertionError("lidar was never given up")


@pytest.fixture
def nodes():
    return waiting_for_a_person()


def test_nodes_rest_after_a_while(nodes):
    assert not nodes.orchestrator.is_calm
    nodes.run(2.5)
    assert nodes.states["sensors"] is nodes.states["motion"] is Lifecycle.ACTIVE
    nodes.run(1.0)
    assert nodes.states["sensors"] is nodes.states["motion"] is Lifecycle.INACTIVE
    assert nodes.states["telemetry"] is Lifecycle.INACTIVE
    assert nodes.state.mode is Mode.SAFE_STOP
    assert nodes.orchestrator.is_calm


def test_only_who_waits_for_a_person_is_named_as_the_reason(nodes):
    nodes.run(4.0)
    assert nodes.state.reason.startswith("lidar: ")
    assert "sensors" not in nodes.state.reason
    assert nodes.status("sensors").reason == "rests until a person has helped"


def test_nothing_is_tried_with_what_rests(nodes):
    nodes.run(4.0)
    tried = len(nodes.attempts)
    nodes.run(60.0)
    assert nodes.attempts[tried:] == []


def test_everything_comes_back_when_a_person_has_helped(nodes):
    nodes.run(4.0)
    nodes.refusing.clear()
    nodes.ask("clear_fault", "lidar")
    nodes.run(0.5)
    assert set(nodes.states.values()) == {Lifecycle.ACTIVE}
    assert nodes.state.mode is Mode.RUNNING


def test_what_rests_and_dies_is_brought_back_to_rest(nodes):
    nodes.run(4.0)
    nodes.end("sensors", nodes.pids["sensors"])
    nodes.run(1.0)
    assert nodes.states["sensors"] is Lifecycle.INACTIVE
    assert list(nodes.orchestrator.given_up()) == ["lidar"]


def test_what_is_told_to_goes_on():
    movers = {name: PLAN.is_needed_to_move(name) for name in PLAN.order}
    content = {"defaults": {"jitter": 0.0}, "nodes": {"telemetry": {"rest_after": 0.0}}}
    nodes = waiting_for_a_person(read_policies(content, movers))
    nodes.run(4.0)
    assert nodes.states["sensors"] is Lifecycle.INACTIVE
    assert nodes.states["telemetry"] is Lifecycle.ACTIVE


def test_with_zero_nothing_rests():
    movers = {name: PLAN.is_needed_to_move(name) for name in PLAN.order}
    policies = read_policies({"defaults": {"jitter": 0.0, "rest_after": 0.0}}, movers)
    nodes = waiting_for_a_person(policies)
    nodes.run(10.0)
    assert nodes.states["sensors"] is Lifecycle.ACTIVE
