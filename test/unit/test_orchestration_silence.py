"""Nodes that fall silent, hang or end."""

from robot_system.core.time import from_seconds
from robot_system.core.values import Lifecycle, Mode, Transition
from robot_system.testing.fake_nodes import PLAN, FakeNodes


def test_two_that_hang_together_are_both_ended_and_brought_up(nodes):
    nodes.run(1.0)
    nodes.silent.add("sensors")
    nodes.run(0.2)
    nodes.silent.add("motion")
    nodes.run(2.0)
    assert sorted(nodes.ended) == ["motion", "sensors"]
    assert nodes.state.mode is Mode.RUNNING
    assert nodes.actions("sensors") == nodes.actions("motion") == [("restart", "ready")]


def test_silence_takes_the_permission_away_and_names_the_node(nodes):
    nodes.run(1.0)
    nodes.silent.add("sensors")
    nodes.immortal.add("sensors")
    nodes.run(0.35)
    assert ("node_silent", "sensors") in nodes.events
    assert nodes.state.mode is Mode.SAFE_STOP
    assert not nodes.state.is_motion_allowed
    assert "sensors" in nodes.state.reason


def test_only_the_dependants_of_a_silent_node_are_touched_and_only_when_it_stays_away(nodes):
    nodes.run(1.0)
    nodes.requests.clear()
    nodes.silent.add("sensors")
    nodes.immortal.add("sensors")
    nodes.run(1.2)
    assert nodes.requests == []
    nodes.run(0.3)
    assert nodes.requests == [("lidar", Transition.DEACTIVATE)]
    assert set(nodes.ended) == {"sensors"}


def test_those_that_need_a_node_which_is_soon_back_are_left_as_they_are(nodes):
    nodes.run(1.0)
    nodes.requests.clear()
    nodes.end("sensors", nodes.pids["sensors"])
    nodes.run(1.0)
    assert {name for name, _ in nodes.requests} == {"sensors"}
    assert nodes.state.mode is Mode.RUNNING


def test_a_process_that_ends_is_noticed_at_once_and_brought_up_with_its_dependants(nodes):
    nodes.run(1.0)
    nodes.end("sensors", nodes.pids["sensors"])
    assert ("node_silent", "sensors") in nodes.events
    nodes.run(0.5)
    assert ("node_returned", "sensors") in nodes.events
    assert nodes.state.mode is Mode.RUNNING
    recovered = nodes.status("sensors")
    assert 0.0 < recovered.last_recovery < 0.5
    assert nodes.actions("sensors") == [("wait", "ready")]


def test_a_beat_that_was_on_its_way_when_the_process_ended_does_not_revive_it(nodes):
    nodes.run(1.0)
    nodes.say("motion", is_gone=True)
    nodes.beat("motion")
    nodes.do(nodes.orchestrator.step(nodes.now))
    assert not nodes.state.is_motion_allowed


def test_an_orchestrator_that_hears_nobody_stops_the_robot_and_ends_nobody(nodes):
    nodes.run(1.0)
    nodes.requests.clear()
    nodes.silent.update(PLAN.order)
    nodes.run(3.0)
    assert nodes.state.mode is Mode.SAFE_STOP
    assert nodes.ended == []
    assert nodes.requests == []
    nodes.silent.difference_update(["lidar"])
    nodes.run(0.1)
    assert nodes.requests == []
    nodes.silent.clear()
    nodes.run(0.5)
    assert nodes.state.mode is Mode.RUNNING


def test_a_node_that_only_waits_for_a_processor_is_not_ended(nodes):
    nodes.run(1.0)
    nodes.say("sensors", is_starved=True)
    nodes.silent.add("sensors")
    nodes.run(2.0)
    assert nodes.ended == []
    assert nodes.state.mode is Mode.SAFE_STOP
    assert "the machine is overloaded" in nodes.state.reason
    nodes.silent.clear()
    nodes.run(0.5)
    assert nodes.state.mode is Mode.RUNNING
    nodes.silent.add("sensors")
    nodes.run(4.0)
    assert nodes.ended == ["sensors"], "but not for ever"


def test_the_end_of_another_process_means_nothing(nodes):
    nodes.run(1.0)
    nodes.say("motion", pid=1, is_gone=True)
    nodes.say("stranger", pid=1, is_gone=True)
    nodes.run(0.05)
    assert nodes.state.mode is Mode.RUNNING


def test_nobody_is_blamed_when_the_orchestrator_itself_was_held_up(nodes):
    nodes.run(1.0)
    nodes.time += from_seconds(3.0)
    nodes.do(nodes.orchestrator.step(nodes.now))
    nodes.run(0.3)
    assert nodes.ended == []
    assert nodes.state.mode is Mode.RUNNING


def test_a_process_that_is_replaced_between_two_beats_is_noticed(nodes):
    nodes.run(1.0)
    nodes.pids["lidar"] = 901
    nodes.states["lidar"] = Lifecycle.UNCONFIGURED
    nodes.run(0.5)
    assert ("node_returned", "lidar") in nodes.events
    assert nodes.state.mode is Mode.RUNNING


def test_only_who_is_at_fault_is_named_and_the_others_say_whom_they_wait_for(nodes):
    nodes.run(1.0)
    nodes.immortal.add("sensors")
    nodes.silent.add("sensors")
    nodes.run(2.0)
    assert nodes.state.reason == "sensors: heartbeat is silent"
    assert nodes.status("lidar").reason == "waits for sensors"
    assert nodes.status("telemetry").reason == ""


def test_a_process_that_a_signal_stopped_is_ended_sooner(nodes):
    nodes.run(1.0)
    nodes.silent.add("lidar")
    nodes.say("lidar", is_halted=True)
    nodes.run(0.1)
    assert nodes.ended == []
    nodes.immortal.add("lidar")
    nodes.run(0.1)
    assert nodes.ended == ["lidar"]
    assert nodes.state.reason == (
        "lidar: heartbeat is silent, the process was stopped by a signal"
    )


def test_a_process_that_goes_on_after_it_was_stopped_is_left_alone(nodes):
    nodes.run(1.0)
    nodes.silent.add("lidar")
    nodes.say("lidar", is_halted=True)
    nodes.run(0.1)
    nodes.silent.clear()
    nodes.say("lidar")
    nodes.run(1.0)
    assert nodes.ended == []
    nodes.silent.add("lidar")
    nodes.run(0.25)
    assert nodes.ended == []


def test_one_whose_messages_are_lost_while_it_works_is_not_ended_at_once(nodes):
    nodes.run(1.0)
    nodes.silent.add("lidar")
    nodes.run(0.25)
    assert nodes.suspected == ["lidar"]
    nodes.say("lidar", is_awake=True)
    nodes.run(0.5)
    assert nodes.ended == []
    assert "its messages are lost" in nodes.state.reason
    nodes.silent.clear()
    nodes.run(0.5)
    assert nodes.state.mode is Mode.RUNNING
    nodes.silent.add("lidar")
    nodes.run(0.5)
    assert nodes.ended == ["lidar"], "what was known of it does not count for the next time"


def test_nobody_is_ended_before_it_was_looked_at_for_a_while(nodes):
    nodes.run(1.0)
    nodes.silent.add("lidar")
    nodes.run(0.05)
    for seconds, ended in ((0.19, []), (0.13, []), (0.05, ["lidar"])):
        nodes.time += from_seconds(seconds)
        for name in set(nodes.states) - nodes.silent:
            nodes.beat(name)
        nodes.do(nodes.orchestrator.step(nodes.now))
        assert nodes.ended == ended


def test_one_whose_messages_stay_lost_is_ended_in_the_end(nodes):
    nodes.run(1.0)
    nodes.silent.add("lidar")
    nodes.run(0.25)
    nodes.say("lidar", is_awake=True)
    nodes.run(0.7)
    assert nodes.ended == []
    nodes.run(0.2)
    assert nodes.ended == ["lidar"]


def test_a_node_that_said_so_may_beat_later_and_is_missed_by_that_much_later(nodes):
    nodes.run(1.0)
    nodes.delays["lidar"] = 0.15
    nodes.run(0.05)
    nodes.silent.add("lidar")
    nodes.run(0.4)
    assert nodes.state.mode is Mode.RUNNING
    assert nodes.ended == []
    nodes.run(0.2)
    assert nodes.ended == ["lidar"]


def test_since_when_a_node_is_silent_is_told():
    nodes = FakeNodes()
    nodes.run(1.0)
    heard = nodes.time
    nodes.silent.add("lidar")
    nodes.immortal.add("lidar")
    nodes.run(0.8)
    since = {status.node: status.since for status in nodes.state.nodes}
    assert since == {"sensors": 0, "lidar": heard, "motion": 0, "telemetry": 0}


def test_a_node_that_says_so_may_be_silent_for_long_in_a_transition(nodes):
    nodes.run(1.0)
    nodes.delays["lidar"] = 3600.0
    nodes.run(0.05)
    nodes.silent.add("lidar")
    nodes.run(9.8)
    assert nodes.ended == []
    nodes.run(1.0)
    assert nodes.ended == ["lidar"], "but not for longer than its policy allows"


def test_a_node_that_hangs_before_it_begins_what_it_was_asked_for_is_ended_at_once(nodes):
    nodes.run(1.0)
    nodes.deaf.add("lidar")
    nodes.states["lidar"] = Lifecycle.INACTIVE
    nodes.run(0.1)
    assert ("lidar", Transition.ACTIVATE) in nodes.requests
    nodes.silent.add("lidar")
    nodes.run(0.8)
    assert nodes.ended == ["lidar"]
