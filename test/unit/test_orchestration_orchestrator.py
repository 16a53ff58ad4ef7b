"""The loop: bringing nodes up and taking them down in their order, and the permission to move."""

import pytest

from robot_system.core.values import Health, Lifecycle, Mode, Transition, TransitionResult
from robot_system.testing.fake_nodes import PLAN, FakeNodes


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


def test_an_old_answer_is_not_taken_for_a_new_one(nodes):
    nodes.run(0.05)
    stale = TransitionResult("sensors", Transition.CONFIGURE, 0, False, "old")
    assert nodes.orchestrator.ears.on_result(stale, nodes.now).notices == []


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
