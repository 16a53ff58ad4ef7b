import pytest

from robot_system.core.orchestration.orchestrator import Orchestrator, OrchestratorSettings
from robot_system.core.orchestration.plan import Plan, PlannedNode
from robot_system.core.time import SECOND, Instant, from_seconds
from robot_system.core.values import (
    Health,
    Heartbeat,
    Lifecycle,
    Mode,
    Transition,
    TransitionResult,
)

SETTINGS = OrchestratorSettings(
    silence=0.4, transition_silence=5.0, ask_again=0.3, retry=0.2, retry_max=1.0
)
PLAN = Plan(
    [
        PlannedNode("sensors"),
        PlannedNode("lidar", ("sensors",)),
        PlannedNode("motion"),
        PlannedNode("telemetry", is_needed_to_move=False),
    ]
)
REACHED = {
    Transition.CONFIGURE: Lifecycle.INACTIVE,
    Transition.ACTIVATE: Lifecycle.ACTIVE,
    Transition.DEACTIVATE: Lifecycle.INACTIVE,
    Transition.CLEANUP: Lifecycle.UNCONFIGURED,
}


class FakeNodes:
    """Nodes that do what they are asked, beat at 20 Hz, and can be broken."""

    def __init__(self):
        self.time = 1_000 * SECOND
        self.states = dict.fromkeys(PLAN.order, Lifecycle.UNCONFIGURED)
        self.pids = {name: index for index, name in enumerate(PLAN.order, 100)}
        self.silent = set()
        self.deaf = set()
        self.health = dict.fromkeys(PLAN.order, Health.HEALTHY)
        self.orchestrator = Orchestrator(PLAN, SETTINGS, self.now)
        self.requests = []
        self.events = []

    @property
    def now(self):
        return Instant(self.time, self.time)

    def beat(self, name):
        state = self.states[name]
        health = self.health[name] if state is Lifecycle.ACTIVE else Health.UNKNOWN
        heartbeat = Heartbeat(self.time, name, "host", self.pids[name], state, health, "")
        self.tell(self.orchestrator.on_heartbeat(heartbeat, self.now))

    def tell(self, notices):
        self.events += [(notice.event, notice.node) for notice in notices]

    def run(self, seconds):
        for _ in range(round(seconds * 20)):
            self.time += from_seconds(0.05)
            for name in self.states:
                if name not in self.silent:
                    self.beat(name)
            step = self.orchestrator.step(self.now)
            self.tell(step.notices)
            for request in step.requests:
                self.requests.append((request.node, request.transition))
                if request.node in self.deaf or request.node in self.silent:
                    continue
                self.states[request.node] = REACHED[request.transition]
                result = TransitionResult(request.node, request.transition, request.attempt, True)
                self.tell(self.orchestrator.on_result(result, self.now))

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
    nodes.run(1.0)
    assert nodes.requests == [("lidar", Transition.DEACTIVATE)]


def test_two_that_die_together_are_both_noticed_in_time(nodes):
    nodes.run(1.0)
    nodes.silent.add("sensors")
    nodes.run(0.45)
    nodes.silent.add("lidar")
    nodes.run(0.6)
    assert ("node_silent", "lidar") in nodes.events
    nodes.silent.clear()
    for name in ("sensors", "lidar"):
        nodes.pids[name] += 500
        nodes.states[name] = Lifecycle.UNCONFIGURED
    nodes.run(1.0)
    assert nodes.state.mode is Mode.RUNNING


def test_silence_takes_the_permission_away_and_names_the_node(nodes):
    nodes.run(1.0)
    nodes.silent.add("sensors")
    nodes.run(0.6)
    assert ("node_silent", "sensors") in nodes.events
    assert not nodes.state.is_motion_allowed
    assert nodes.state.mode is Mode.SAFE_STOP
    assert "sensors" in nodes.state.reason


def test_only_the_dependants_of_a_silent_node_are_deactivated(nodes):
    nodes.run(1.0)
    nodes.requests.clear()
    nodes.silent.add("sensors")
    nodes.run(0.6)
    assert nodes.requests == [("lidar", Transition.DEACTIVATE)]


def test_a_new_process_is_brought_up_again_with_its_dependants(nodes):
    nodes.run(1.0)
    nodes.silent.add("sensors")
    nodes.run(0.6)
    nodes.silent.clear()
    nodes.pids["sensors"] = 900
    nodes.states["sensors"] = Lifecycle.UNCONFIGURED
    nodes.run(0.5)
    assert ("node_returned", "sensors") in nodes.events
    assert nodes.state.mode is Mode.RUNNING
    recovered = next(item for item in nodes.state.nodes if item.node == "sensors")
    assert 0.5 < recovered.last_recovery < 1.0


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
    nodes.run(0.6)
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


def test_a_refused_transition_is_retried_with_growing_waits(nodes):
    orchestrator, waits, asked = nodes.orchestrator, [], None
    for _ in range(200):
        nodes.time += from_seconds(0.05)
        nodes.beat("sensors")
        for request in orchestrator.step(nodes.now).requests:
            if request.node != "sensors":
                continue
            if asked is not None:
                waits.append((nodes.time - asked) * 1e-9)
            asked = nodes.time
            result = TransitionResult("sensors", request.transition, request.attempt, False, "no")
            nodes.tell(orchestrator.on_result(result, nodes.now))
    assert waits[0] == pytest.approx(0.2, abs=0.051)
    assert waits[1] == pytest.approx(0.4, abs=0.051)
    assert max(waits) == pytest.approx(1.0, abs=0.051)
    assert ("transition_failed", "sensors") in nodes.events


def test_an_old_answer_is_not_taken_for_a_new_one(nodes):
    nodes.run(0.05)
    stale = TransitionResult("sensors", Transition.CONFIGURE, 0, False, "old")
    assert nodes.orchestrator.on_result(stale, nodes.now) == []


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
    nodes.run(0.6)
    is_well = actual is Lifecycle.ACTIVE and health in (Health.HEALTHY, Health.DEGRADED)
    if is_silent:
        assert not nodes.state.is_motion_allowed
    else:
        assert nodes.state.is_motion_allowed == is_well
