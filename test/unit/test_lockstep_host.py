"""The lockstep host: order, delivery and lifecycle."""

import pytest

from robot_system import contract
from robot_system.component import Component
from robot_system.core.values import Event, Lifecycle, Severity, Transition
from robot_system.errors import ConfigurationError
from robot_system.lockstep.host import LockstepHost
from robot_system.parameters import Parameters


class Counter(Component[Parameters]):
    name = "counter"
    parameters_type = Parameters
    writes = (contract.EVENTS,)
    period = 0.1

    def activate(self, now):
        self.count = 0

    def tick(self, now):
        self.count += 1
        self.publish(contract.EVENTS, Event(now.stamp, "tick", Severity.INFO, self.name))


class Reader(Component[Parameters]):
    name = "reader"
    parameters_type = Parameters
    reads = (contract.EVENTS,)

    def activate(self, now):
        self.seen = []

    def on_events(self, event, now):
        self.seen.append((event.name, now.steady))


class Broken(Counter):
    name = "broken"

    def activate(self, now):
        raise ValueError("on purpose")


def host_of(*types):
    return LockstepHost([(type_, Parameters()) for type_ in types])


def test_ticks_come_at_their_period():
    host = host_of(Counter)
    host.run(1.0)
    assert host.runners["counter"].component.count == 10


def test_a_message_is_delivered_at_the_time_it_was_published():
    host = host_of(Counter, Reader)
    host.run(0.3)
    ticks = [time for name, time in host.runners["reader"].component.seen if name == "tick"]
    assert [round((time - ticks[0]) * 1e-9, 6) for time in ticks] == [0.0, 0.1, 0.2]


def test_two_nodes_of_one_name_are_refused():
    with pytest.raises(ConfigurationError, match="two components are named 'counter'"):
        host_of(Counter, Counter)


def test_a_node_that_does_not_start_is_named_with_the_reason(caplog):
    with pytest.raises(ConfigurationError, match="broken does not start: activate: ValueError"):
        host_of(Broken)
    assert "on purpose" in caplog.text


def test_nothing_runs_while_inactive():
    host = host_of(Counter)
    runner = host.runners["counter"]
    assert runner.request(Transition.DEACTIVATE, host.now) == ""
    host.run(1.0)
    assert runner.state is Lifecycle.INACTIVE
    assert runner.component.count == 0


def test_an_impossible_transition_is_refused_in_words():
    host = host_of(Counter)
    problem = host.runners["counter"].request(Transition.CONFIGURE, host.now)
    assert problem == "configure is not possible while active"


def test_run_stops_as_soon_as_the_condition_holds():
    host = host_of(Counter)
    counter = host.runners["counter"].component
    assert host.run(10.0, lambda: counter.count == 3)
    assert counter.count == 3
