"""Transitions are asked for when the node can be asked, and answered."""

from robot_system.component import Component
from robot_system.core.values import Lifecycle, Transition, TransitionRequest
from robot_system.parameters import Parameters
from robot_system.ros import lifecycle
from robot_system.ros.lifecycle import LifecycleCaller


class Late(Component[Parameters]):
    name = "late"
    parameters_type = Parameters


class Caller(Component[Parameters]):
    name = "caller"
    parameters_type = Parameters


def test_nobody_is_looked_for_for_ever(graph, monkeypatch):
    monkeypatch.setattr(lifecycle, "PATIENCE", 0.1)
    caller = LifecycleCaller(graph.add(Caller), lambda result: None)
    assert not caller.is_looking
    caller.request(TransitionRequest("nobody", Transition.CONFIGURE, 1))
    assert caller.is_looking
    graph.spin_until(lambda: not caller.is_looking)


def test_a_request_waits_for_a_node_that_is_not_there_yet(graph):
    results = []
    caller = LifecycleCaller(graph.add(Caller), results.append)
    caller.request(TransitionRequest("late", Transition.CONFIGURE, 7))
    for _ in range(3):
        graph.executor.spin_once(0.05)
    assert not results

    late = graph.add(Late)

    graph.spin_until(lambda: results)
    assert (results[0].node, results[0].attempt, results[0].is_done) == ("late", 7, True)
    assert not caller.is_looking
    assert late.runner.state is Lifecycle.INACTIVE
