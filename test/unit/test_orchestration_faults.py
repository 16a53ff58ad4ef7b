"""What is tried about the fault of a node, and when a person is asked."""

import pytest

from robot_system.core.orchestration.orchestrator import Orchestrator
from robot_system.core.orchestration.policy import Action, Fault
from robot_system.core.time import from_seconds
from robot_system.core.values import Health, Lifecycle, Mode, Transition
from robot_system.testing.fake_nodes import PLAN, POLICIES, PRODUCERS


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
    assert nodes.status("sensors").fault == "input"
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


def poor(nodes):
    nodes.health["lidar"], nodes.blames["lidar"] = Health.DEGRADED, "obstacles"


def busy(nodes):
    nodes.work["lidar"] = 0.2


def test_a_node_whose_output_is_poor_for_longer_than_a_moment_is_not_ready(nodes):
    nodes.run(1.0)
    poor(nodes)
    nodes.run(0.4)
    assert nodes.status("lidar").is_ready
    assert nodes.state.mode is Mode.RUNNING
    nodes.run(0.3)
    assert not nodes.status("lidar").is_ready
    assert nodes.state.mode is Mode.DEGRADED, "the robot may move: motion itself looks at its data"
    nodes.health["lidar"], nodes.blames["lidar"] = Health.HEALTHY, ""
    nodes.run(0.1)
    assert nodes.status("lidar").is_ready
    assert nodes.state.mode is Mode.RUNNING
    assert nodes.attempts == []


@pytest.mark.parametrize("begin", [poor, busy])
def test_what_works_badly_for_long_is_cleared_then_restarted_then_let_be(nodes, begin):
    nodes.run(1.0)
    begin(nodes)
    nodes.run(2.8)
    assert nodes.attempts == []
    nodes.run(60.0)
    assert [action for action, _ in nodes.actions("lidar")] == ["clear", "restart", "degrade"]
    assert nodes.ended == ["lidar"]
    assert nodes.state.mode is Mode.DEGRADED, "it works, if badly"
    assert nodes.state.reason.endswith("nothing that was tried helped, it is let be")
    assert not nodes.status("lidar").is_ready
    assert nodes.state.is_motion_allowed
    assert nodes.orchestrator.given_up() == ()
    nodes.ask_mode("standby")
    nodes.run(1.0)
    assert nodes.state.mode is Mode.STANDBY
    nodes.ask_mode("running")
    for _ in range(3):
        nodes.replace_orchestrator()
        nodes.run(20.0)
    assert nodes.ended == ["lidar"], "another orchestrator lets it be, too"
    assert nodes.state.mode is Mode.DEGRADED
    nodes.health["lidar"], nodes.blames["lidar"], nodes.work["lidar"] = Health.HEALTHY, "", 0.001
    nodes.run(2.0)
    assert (nodes.state.mode, nodes.state.reason) == (Mode.RUNNING, "")


@pytest.mark.parametrize("begin", [poor, busy])
def test_what_was_bad_long_ago_is_no_relapse_for_another_orchestrator(nodes, begin):
    nodes.run(1.0)
    begin(nodes)
    nodes.run(5.0)
    nodes.health["lidar"], nodes.blames["lidar"], nodes.work["lidar"] = Health.HEALTHY, "", 0.001
    nodes.run(600.0)
    nodes.replace_orchestrator()
    nodes.run(1.0)
    tried = len(nodes.attempts)
    begin(nodes)
    nodes.run(5.0)
    assert nodes.attempts[tried].action is Action.CLEAR


def test_one_long_piece_of_work_of_a_node_with_little_to_do_is_no_overload(nodes):
    nodes.run(1.0)
    nodes.work["lidar"] = 0.2
    nodes.run(0.05)
    nodes.work["lidar"] = 0.0
    nodes.run(10.0)
    assert nodes.attempts == []


def test_a_process_that_never_comes_back_is_given_up_by_another_orchestrator_too(nodes):
    nodes.run(1.0)
    nodes.silent.add("lidar")
    nodes.say("lidar", is_gone=True)
    nodes.run(1.0)
    assert nodes.attempts[-1].action is Action.WAIT
    nodes.pids["lidar"] = 0
    nodes.replace_orchestrator()
    nodes.run(25.0)
    assert nodes.orchestrator.given_up() == ("lidar",)


@pytest.mark.parametrize("begin", [poor, busy])
def test_what_works_badly_and_is_helped_by_a_restart_needs_no_more(nodes, begin):
    nodes.run(1.0)
    begin(nodes)
    while not nodes.ended:
        nodes.run(0.05)
        assert nodes.time < nodes.begun + from_seconds(20.0)
    nodes.health["lidar"], nodes.blames["lidar"], nodes.work["lidar"] = Health.HEALTHY, "", 0.001
    nodes.run(5.0)
    assert nodes.actions("lidar")[-1] == ("restart", "ready")
    assert {status.attempts for status in nodes.state.nodes} == {0}


@pytest.mark.parametrize("begin", [poor, busy])
def test_a_node_that_the_machine_has_no_time_for_is_not_to_blame(nodes, begin):
    nodes.run(1.0)
    begin(nodes)
    for _ in range(10):
        for is_starved in (True, False):
            nodes.say("lidar", is_starved=is_starved)
            nodes.run(0.5)
            assert nodes.status("lidar").is_ready
    assert nodes.attempts == []
    nodes.run(4.0)
    assert nodes.attempts[0].action is Action.CLEAR


def test_some_long_ticks_are_no_overload(nodes):
    nodes.run(1.0)
    for _ in range(30):
        nodes.work["lidar"] = 0.2
        nodes.run(0.5)
        nodes.work["lidar"] = 0.01
        nodes.run(0.05)
    assert nodes.attempts == []


def test_beats_without_work_between_long_ticks_do_not_hide_an_overload(nodes):
    nodes.run(1.0)
    for _ in range(10):
        nodes.work["lidar"] = 0.2
        nodes.run(0.05)
        nodes.work["lidar"] = 0.0
        nodes.run(0.4)
    assert nodes.attempts[0].fault is Fault.OVERLOADED


def test_what_comes_badly_because_of_an_input_is_left_alone(nodes):
    nodes.run(1.0)
    nodes.health["lidar"], nodes.blames["lidar"] = Health.DEGRADED, "scan"
    nodes.run(30.0)
    assert nodes.attempts == []
