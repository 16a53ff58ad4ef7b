"""What is tried about the fault of a node, and when a person is asked."""

import pytest

from robot_system.core.orchestration.orchestrator import Orchestrator
from robot_system.core.values import Health, Lifecycle, Mode, Transition
from robot_system.testing.fake_nodes import PLAN, POLICIES, PRODUCERS, FakeNodes


@pytest.fixture
def nodes():
    return FakeNodes()


def test_a_refused_transition_is_tried_again_then_the_process_is_ended_then_a_person_asked(nodes):
    nodes.refusing.add("sensors")
    nodes.run(12.0)
    assert [action for action, _ in nodes.actions("sensors")] == [
        "retry",
        "retry",
        "reset",
        "restart",
        "restart",
    ]
    assert nodes.state.mode is Mode.SAFE_STOP
    assert "waits for a person" in nodes.state.reason
    before = nodes.requests.count(("sensors", Transition.CONFIGURE))
    nodes.run(5.0)
    after = nodes.requests.count(("sensors", Transition.CONFIGURE))
    assert after == before, "it is left alone until a person clears it"
    nodes.refusing.clear()
    assert nodes.ask("clear_fault", "").is_done
    nodes.run(1.0)
    assert nodes.state.mode is Mode.RUNNING


def test_what_comes_from_an_input_is_not_acted_on_and_heals_by_itself(nodes):
    nodes.run(1.0)
    nodes.health["sensors"], nodes.blames["sensors"] = Health.UNHEALTHY, "scan_raw"
    nodes.run(10.0)
    assert nodes.attempts == []
    assert nodes.state.mode is Mode.SAFE_STOP
    assert {item.node: item.fault for item in nodes.state.nodes}["sensors"] == "input"
    nodes.health["sensors"], nodes.blames["sensors"] = Health.HEALTHY, ""
    nodes.run(0.1)
    assert nodes.state.mode is Mode.RUNNING


def test_a_missing_output_is_cleared_then_reset_then_restarted_then_with_dependants(nodes):
    nodes.run(1.0)
    nodes.health["sensors"], nodes.blames["sensors"] = Health.UNHEALTHY, "scan"
    nodes.run(20.0)
    tried = [action for action, _ in nodes.actions("sensors")]
    assert tried == ["clear", "reset", "restart", "restart_dependants"]
    assert nodes.ended == ["sensors", "lidar", "sensors"]
    assert nodes.state.mode is Mode.SAFE_STOP


def test_a_missing_output_that_the_first_action_heals_needs_no_more(nodes):
    nodes.run(1.0)
    nodes.health["lidar"], nodes.blames["lidar"] = Health.UNHEALTHY, "obstacles"
    nodes.run(1.2)
    nodes.health["lidar"], nodes.blames["lidar"] = Health.HEALTHY, ""
    nodes.run(1.0)
    assert nodes.actions("lidar") == [("clear", "ready")]
    assert nodes.ended == []
    assert nodes.state.mode is Mode.RUNNING


def test_a_node_that_hangs_again_and_again_is_given_up_within_its_budget(nodes):
    nodes.run(1.0)
    for _ in range(30):
        nodes.silent.add("telemetry")
        nodes.run(1.0)
    assert nodes.ended.count("telemetry") == POLICIES["telemetry"].budget
    assert nodes.state.mode is Mode.DEGRADED, "it is not needed to move"
    assert nodes.state.is_motion_allowed


def test_another_orchestrator_remembers_what_was_tried_and_who_waits(nodes):
    nodes.run(1.0)
    nodes.health["sensors"] = Health.UNHEALTHY
    nodes.run(30.0)
    nodes.health["sensors"] = Health.HEALTHY
    nodes.orchestrator = Orchestrator(
        PLAN, POLICIES, PRODUCERS, nodes.now, nodes.attempts, nodes.orchestrator.wishes
    )
    nodes.requests.clear()
    nodes.run(1.0)
    assert nodes.state.mode is Mode.SAFE_STOP
    assert {name for name, _ in nodes.requests} <= {"motion", "telemetry"}, "they need nobody"


def test_a_finalized_node_may_end_by_itself_before_it_is_ended(nodes):
    nodes.run(1.0)
    nodes.states["motion"] = Lifecycle.FINALIZED
    nodes.run(0.8)
    assert nodes.ended == []
    nodes.run(1.0)
    assert nodes.ended == ["motion"]
    assert nodes.state.mode is Mode.RUNNING
