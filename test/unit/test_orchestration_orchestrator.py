"""The loop over nodes that do what they are asked, and can be broken in every way."""

import pytest

from robot_system.core.orchestration.commands import Commands
from robot_system.core.orchestration.orchestrator import Orchestrator
from robot_system.core.orchestration.plan import Plan, PlannedNode
from robot_system.core.orchestration.policy import read_policies
from robot_system.core.time import SECOND, Instant, from_seconds
from robot_system.core.values import (
    Health,
    Heartbeat,
    Lifecycle,
    Mode,
    ModeCommand,
    NodeCommand,
    ProcessNote,
    Transition,
    TransitionResult,
)

PRODUCERS = {"scan": "sensors", "obstacles": "lidar", "scan_raw": "driver"}
PLAN = Plan(
    [
        PlannedNode("sensors"),
        PlannedNode("lidar", ("sensors",)),
        PlannedNode("motion", works_in_standby=False),
        PlannedNode("telemetry", is_needed_to_move=False),
    ]
)
POLICIES = read_policies(
    {"defaults": {"jitter": 0.0}},
    {name: PLAN.is_needed_to_move(name) for name in PLAN.order},
)
REACHED = {
    Transition.CONFIGURE: Lifecycle.INACTIVE,
    Transition.ACTIVATE: Lifecycle.ACTIVE,
    Transition.DEACTIVATE: Lifecycle.INACTIVE,
    Transition.CLEANUP: Lifecycle.UNCONFIGURED,
}


class FakeNodes:
    """Nodes that do what they are asked, beat at 20 Hz, and can be broken."""

    def __init__(self, policies=POLICIES):
        self.time = 1_000 * SECOND
        self.states = dict.fromkeys(PLAN.order, Lifecycle.UNCONFIGURED)
        self.pids = {name: index for index, name in enumerate(PLAN.order, 100)}
        self.silent = set()
        self.deaf = set()
        self.health = dict.fromkeys(PLAN.order, Health.HEALTHY)
        self.blames = dict.fromkeys(PLAN.order, "")
        self.refusing = set()
        self.immortal = set()
        self.ended = []
        self.attempts = []
        self.requests = []
        self.events = []
        self.policies = policies
        self.orchestrator = Orchestrator(PLAN, policies, PRODUCERS, self.now)

    @property
    def now(self):
        return Instant(self.time, self.time)

    def beat(self, name):
        state = self.states[name]
        health = self.health[name] if state is Lifecycle.ACTIVE else Health.UNKNOWN
        blames = self.blames[name] if state is Lifecycle.ACTIVE else ""
        heartbeat = Heartbeat(
            self.time, name, "host", self.pids[name], state, health, "", blames=blames
        )
        self.do(self.orchestrator.on_heartbeat(heartbeat, self.now))

    def do(self, step):
        self.events += [(notice.event, notice.node) for notice in step.notices]
        self.attempts += step.attempts
        for process in step.processes:
            if process.is_to_end:
                self.end(process.node, process.pid)
        for request in step.requests:
            self.transit(request)

    def end(self, name, pid):
        """End a process; its owner starts it at once, as long as the node is not immortal."""
        self.ended.append(name)
        if name in self.immortal:
            return
        self.do(self.orchestrator.on_process(ProcessNote(name, pid, is_gone=True), self.now))
        self.do(self.orchestrator.step(self.now))
        self.pids[name] += 1000
        self.states[name] = Lifecycle.UNCONFIGURED
        self.silent.discard(name)

    def transit(self, request):
        name = request.node
        self.requests.append((name, request.transition))
        if name in self.deaf or name in self.silent:
            return
        is_done = name not in self.refusing
        if is_done:
            self.states[name] = REACHED[request.transition]
        result = TransitionResult(name, request.transition, request.attempt, is_done, "no")
        self.do(self.orchestrator.on_result(result, self.now))

    def ask(self, service, node):
        step, answer = Commands(self.orchestrator).carry_out(service, NodeCommand(node), self.now)
        self.do(step)
        return answer

    def ask_mode(self, mode):
        return Commands(self.orchestrator).carry_out("set_mode", ModeCommand(mode), self.now)[1]

    def actions(self, name):
        return [
            (attempt.action.name.lower(), attempt.outcome)
            for attempt in self.attempts
            if attempt.node == name and attempt.action is not None and attempt.outcome
        ]

    def run(self, seconds):
        for _ in range(round(seconds * 20)):
            self.time += from_seconds(0.05)
            for name in self.states:
                if name not in self.silent:
                    self.beat(name)
            self.do(self.orchestrator.step(self.now))

    @property
    def state(self):
        return self.orchestrator.state(self.now)


@pytest.fixture
def nodes():
    return FakeNodes()


def test_brings_all_nodes_up(nodes):
    nodes.run(1.0)
    assert set(nodes.states.values()) == {Lifecycle.ACTIVE}
    assert nodes.state.mode is Mode.RUNNING
    assert nodes.state.is_motion_allowed


def test_each_node_is_activated_after_what_it_needs(nodes):
    nodes.run(1.0)
    order = [name for name, transition in nodes.requests if transition is Transition.ACTIVATE]
    assert order.index("sensors") < order.index("lidar")


def test_independent_nodes_move_in_the_same_step(nodes):
    nodes.run(0.05)
    assert len(nodes.requests) == len(PLAN.order)


def test_running_nodes_are_adopted_as_they_are(nodes):
    nodes.states = dict.fromkeys(PLAN.order, Lifecycle.ACTIVE)
    nodes.run(0.1)
    assert nodes.requests == []
    assert nodes.state.mode is Mode.RUNNING


def test_running_nodes_are_not_touched_because_what_they_need_is_heard_later(nodes):
    nodes.states = dict.fromkeys(PLAN.order, Lifecycle.ACTIVE)
    nodes.silent.add("sensors")
    nodes.run(0.1)
    nodes.silent.clear()
    nodes.run(0.2)
    assert nodes.requests == []
    assert nodes.state.mode is Mode.RUNNING


def test_a_need_that_is_never_heard_does_count_in_the_end(nodes):
    nodes.states = dict.fromkeys(PLAN.order, Lifecycle.ACTIVE)
    nodes.silent.add("sensors")
    nodes.run(2.5)
    assert nodes.requests == [("lidar", Transition.DEACTIVATE)]


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
    nodes.run(0.4)
    assert ("node_silent", "sensors") in nodes.events
    assert nodes.state.mode is Mode.SAFE_STOP
    assert not nodes.state.is_motion_allowed
    assert "sensors" in nodes.state.reason
    assert nodes.ended == []


def test_only_the_dependants_of_a_silent_node_are_touched(nodes):
    nodes.run(1.0)
    nodes.requests.clear()
    nodes.silent.add("sensors")
    nodes.immortal.add("sensors")
    nodes.run(0.6)
    assert nodes.requests == [("lidar", Transition.DEACTIVATE)]
    assert nodes.ended == ["sensors"]


def test_a_process_that_ends_is_noticed_at_once_and_brought_up_with_its_dependants(nodes):
    nodes.run(1.0)
    nodes.end("sensors", nodes.pids["sensors"])
    assert ("node_silent", "sensors") in nodes.events
    nodes.run(0.5)
    assert ("node_returned", "sensors") in nodes.events
    assert nodes.state.mode is Mode.RUNNING
    recovered = next(item for item in nodes.state.nodes if item.node == "sensors")
    assert 0.0 < recovered.last_recovery < 0.5
    assert nodes.actions("sensors") == [("wait", "ready")]


def test_a_beat_that_was_on_its_way_when_the_process_ended_does_not_revive_it(nodes):
    nodes.run(1.0)
    nodes.do(
        nodes.orchestrator.on_process(
            ProcessNote("motion", nodes.pids["motion"], is_gone=True), nodes.now
        )
    )
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
    note = ProcessNote("sensors", nodes.pids["sensors"], is_starved=True)
    nodes.do(nodes.orchestrator.on_process(note, nodes.now))
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
    nodes.do(nodes.orchestrator.on_process(ProcessNote("motion", 1, is_gone=True), nodes.now))
    nodes.do(nodes.orchestrator.on_process(ProcessNote("stranger", 1, is_gone=True), nodes.now))
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


def test_a_node_that_is_not_needed_to_move_only_degrades(nodes):
    nodes.run(1.0)
    nodes.silent.add("telemetry")
    nodes.run(0.4)
    assert nodes.state.mode is Mode.DEGRADED
    assert nodes.state.is_motion_allowed


def test_an_unhealthy_node_holds_the_robot(nodes):
    nodes.run(1.0)
    nodes.health["sensors"] = Health.UNHEALTHY
    nodes.run(0.1)
    assert not nodes.state.is_motion_allowed
    assert nodes.states["lidar"] is Lifecycle.ACTIVE


def test_a_request_that_was_not_heard_is_made_again(nodes):
    nodes.deaf.add("motion")
    nodes.run(1.0)
    assert nodes.requests.count(("motion", Transition.CONFIGURE)) >= 2
    nodes.deaf.clear()
    nodes.run(1.0)
    assert nodes.state.mode is Mode.RUNNING


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
    before = list(nodes.requests)
    nodes.run(5.0)
    assert nodes.requests == before, "it is left alone until a person clears it"
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


def test_a_node_that_waits_for_a_person_does_not_let_the_robot_move_when_it_looks_well(nodes):
    """S6: nothing starts moving by itself after a fault that asked for a person."""
    nodes.run(1.0)
    nodes.health["sensors"] = Health.UNHEALTHY
    nodes.run(30.0)
    nodes.health["sensors"] = Health.HEALTHY
    nodes.run(2.0)
    assert nodes.state.mode is Mode.SAFE_STOP
    assert nodes.ask("clear_fault", "sensors").is_done
    nodes.run(0.5)
    assert nodes.state.mode is Mode.RUNNING


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
    assert nodes.requests == []


def test_a_person_restarts_one_node_and_only_it_and_its_dependants_move(nodes):
    nodes.run(1.0)
    nodes.requests.clear()
    assert nodes.ask("restart_node", "lidar").message == "lidar is restarted"
    nodes.run(1.0)
    assert nodes.ended == ["lidar"]
    assert {name for name, _ in nodes.requests} == {"lidar"}
    assert nodes.state.mode is Mode.RUNNING


def test_a_person_stops_and_starts_a_node(nodes):
    nodes.run(1.0)
    assert nodes.ask("stop_node", "lidar").is_done
    nodes.run(0.5)
    assert nodes.states["lidar"] is Lifecycle.UNCONFIGURED
    assert nodes.state.mode is Mode.SAFE_STOP
    assert nodes.ask("start_node", "lidar").is_done
    nodes.run(0.5)
    assert nodes.state.mode is Mode.RUNNING
    assert nodes.ask("start_node", "lidar").message == "lidar is not stopped"


def test_a_person_disables_what_is_not_needed_and_nothing_else(nodes):
    nodes.run(1.0)
    assert nodes.ask("disable_node", "telemetry").is_done
    nodes.run(0.5)
    assert nodes.states["telemetry"] is Lifecycle.UNCONFIGURED
    assert nodes.state.mode is Mode.RUNNING
    refused = nodes.ask("disable_node", "sensors")
    assert refused.message == "sensors is needed by lidar: disable them first"
    assert nodes.ask("disable_node", "motion").is_done
    nodes.run(0.5)
    assert nodes.state.mode is Mode.SAFE_STOP
    for name in ("telemetry", "motion"):
        assert nodes.ask("enable_node", name).is_done
    nodes.run(0.5)
    assert nodes.state.mode is Mode.RUNNING


def test_modes_that_a_person_may_ask_for(nodes):
    nodes.run(1.0)
    assert nodes.ask_mode("standby").is_done
    nodes.run(0.5)
    assert nodes.state.mode is Mode.STANDBY
    assert not nodes.state.is_motion_allowed
    assert nodes.states["motion"] is Lifecycle.INACTIVE
    assert nodes.states["lidar"] is Lifecycle.ACTIVE
    assert nodes.ask_mode("stopped").is_done
    nodes.run(0.5)
    assert nodes.state.mode is Mode.STOPPED
    assert set(nodes.states.values()) == {Lifecycle.UNCONFIGURED}
    assert nodes.ask_mode("running").is_done
    nodes.run(1.0)
    assert nodes.state.mode is Mode.RUNNING
    assert "can not be asked for" in nodes.ask_mode("degraded").message


@pytest.mark.parametrize(
    "service", ["start_node", "stop_node", "restart_node", "enable_node", "clear_fault"]
)
def test_what_a_person_can_not_have_is_said(nodes, service):
    answer = nodes.ask(service, "lidra")
    assert not answer.is_done
    assert answer.message.startswith("no node is named 'lidra' here; nodes are sensors,")


def test_a_finalized_node_may_end_by_itself_before_it_is_ended(nodes):
    nodes.run(1.0)
    nodes.states["motion"] = Lifecycle.FINALIZED
    nodes.run(0.8)
    assert nodes.ended == []
    nodes.run(1.0)
    assert nodes.ended == ["motion"]
    assert nodes.state.mode is Mode.RUNNING


def test_an_old_answer_is_not_taken_for_a_new_one(nodes):
    nodes.run(0.05)
    stale = TransitionResult("sensors", Transition.CONFIGURE, 0, False, "old")
    assert nodes.orchestrator.on_result(stale, nodes.now).notices == []


def test_shuts_down_dependants_first(nodes):
    nodes.run(1.0)
    nodes.requests.clear()
    nodes.orchestrator.shut_down()
    nodes.run(1.0)
    downs = [name for name, transition in nodes.requests if transition is Transition.DEACTIVATE]
    assert downs.index("lidar") < downs.index("sensors")
    assert set(nodes.states.values()) == {Lifecycle.UNCONFIGURED}
    assert nodes.state.mode is Mode.STOPPED


@pytest.mark.parametrize("actual", list(Lifecycle))
@pytest.mark.parametrize("health", list(Health))
@pytest.mark.parametrize("is_silent", [False, True])
def test_permission_only_with_every_needed_node_active_and_healthy(actual, health, is_silent):
    """All states of one node, while all others are well."""
    nodes = FakeNodes()
    nodes.states = dict.fromkeys(PLAN.order, Lifecycle.ACTIVE)
    nodes.deaf.update(PLAN.order)
    nodes.run(0.1)
    nodes.states["motion"] = actual
    nodes.health["motion"] = health
    if is_silent:
        nodes.silent.add("motion")
    nodes.run(0.4)
    is_well = actual is Lifecycle.ACTIVE and health in (Health.HEALTHY, Health.DEGRADED)
    if is_silent:
        assert not nodes.state.is_motion_allowed
    else:
        assert nodes.state.is_motion_allowed == is_well
