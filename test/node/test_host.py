"""The ROS host: what a component declares becomes a managed node that keeps the promises."""

import time

import pytest

from robot_system import contract
from robot_system.component import Component
from robot_system.core.time import SECOND
from robot_system.core.values import (
    Event,
    Goal,
    Health,
    Heartbeat,
    Lifecycle,
    Odometry,
    Pose,
    Severity,
    Transition,
    Twist,
)
from robot_system.errors import ParameterError
from robot_system.limits import Limits
from robot_system.parameters import Parameters
from robot_system.ros.main import _put_out_safe_output
from robot_system.testing.probe import Probe


def test_beats_from_the_start_and_works_only_while_active(graph, heard):
    graph.add(Probe)
    graph.spin_until(lambda: len(heard[contract.HEARTBEAT]) >= 3)
    assert heard[contract.HEARTBEAT][-1].state is Lifecycle.UNCONFIGURED
    assert heard[contract.CMD_VEL] == []
    graph.bring_up("probe")
    graph.spin_until(lambda: len(heard[contract.CMD_VEL]) >= 5)
    graph.spin_until(lambda: heard[contract.HEARTBEAT][-1].state is Lifecycle.ACTIVE)
    graph.spin_until(lambda: heard[contract.HEARTBEAT][-1].ticks > 0)


@pytest.mark.parametrize(
    "transition", [Transition.CONFIGURE, Transition.ACTIVATE, Transition.CLEANUP]
)
def test_a_transition_that_is_not_possible_is_refused_and_the_node_goes_on(graph, transition):
    host = graph.add(Probe)
    graph.bring_up("probe")
    assert not graph.change("probe", transition)
    assert host.runner.state is Lifecycle.ACTIVE
    assert graph.change("probe", Transition.DEACTIVATE)
    assert not graph.change("probe", Transition.DEACTIVATE)
    assert host.runner.state is Lifecycle.INACTIVE


def test_the_safe_output_is_the_last_that_is_heard(graph, heard):
    host = graph.add(Probe)
    graph.bring_up("probe")
    graph.spin_until(lambda: len(heard[contract.CMD_VEL]) >= 3)
    assert graph.change("probe", Transition.DEACTIVATE)
    graph.spin_until(lambda: heard[contract.CMD_VEL][-1].twist == Twist())
    ticks = host.runner.component.ticks
    beats = len(heard[contract.HEARTBEAT])
    graph.spin_until(lambda: len(heard[contract.HEARTBEAT]) >= beats + 3)
    assert host.runner.component.ticks == ticks
    assert heard[contract.CMD_VEL][-1].twist == Twist()


def test_going_down_puts_out_the_safe_output(graph, heard):
    host = graph.add(Probe)
    graph.bring_up("probe")
    graph.spin_until(lambda: len(heard[contract.CMD_VEL]) >= 3)
    host.go_down()
    graph.spin_until(lambda: heard[contract.CMD_VEL][-1].twist == Twist())
    assert host.runner.state is Lifecycle.FINALIZED


def test_a_state_that_came_before_the_activation_is_not_lost(graph):
    host = graph.add(Probe)
    graph.listener.advertise(contract.GOAL)
    assert graph.change("probe", Transition.CONFIGURE)
    graph.listener.publish(contract.GOAL, Goal(SECOND, Pose(1.0, 2.0)))
    graph.spin_until(lambda: bool(host._unread))
    assert graph.change("probe", Transition.ACTIVATE)
    assert [goal.pose for goal in host.runner.component.goals] == [Pose(1.0, 2.0)]


def test_a_state_is_still_known_after_another_activation(graph):
    host = graph.add(Probe)
    graph.listener.advertise(contract.GOAL)
    graph.bring_up("probe")
    graph.listener.publish(contract.GOAL, Goal(SECOND, Pose(1.0, 2.0)))
    graph.spin_until(lambda: bool(host.runner.component.goals))
    assert graph.change("probe", Transition.DEACTIVATE)
    host.runner.component.goals.clear()
    assert graph.change("probe", Transition.ACTIVATE)
    assert [goal.pose for goal in host.runner.component.goals] == [Pose(1.0, 2.0)]


def test_what_came_before_the_activation_is_dropped_unread_unless_it_is_a_state(graph):
    host = graph.add(Probe)
    graph.listener.advertise(contract.ODOM)
    assert graph.change("probe", Transition.CONFIGURE)
    (arriving,) = host._unheard
    graph.spin_until(lambda: graph.listener.node.count_subscribers("odom") > 0)
    for second in range(1, 4):
        graph.listener.publish(contract.ODOM, Odometry(second * SECOND, Pose(), Twist()))
    assert arriving not in set(host.subscriptions)
    assert graph.change("probe", Transition.ACTIVATE)
    assert arriving in set(host.subscriptions)
    graph.listener.publish(contract.ODOM, Odometry(9 * SECOND, Pose(), Twist()))
    graph.spin_until(lambda: bool(host.runner.component.odometries))
    assert [one.stamp for one in host.runner.component.odometries] == [9 * SECOND]
    assert graph.change("probe", Transition.DEACTIVATE)
    assert arriving not in set(host.subscriptions)


@pytest.mark.parametrize("where", ["configure", "activate"])
def test_a_transition_that_raises_tells_why_and_leaves_the_node_unconfigured(
    graph, heard, caplog, where
):
    host = graph.add(Probe, fails_in=where)
    transitions = {"configure": Transition.CONFIGURE, "activate": Transition.ACTIVATE}
    graph.spin_until(lambda: bool(heard[contract.HEARTBEAT]))
    if where == "activate":
        assert graph.change("probe", Transition.CONFIGURE)
    assert not graph.change("probe", transitions[where])
    graph.spin_until(lambda: any(e.name == "transition_failed" for e in heard[contract.EVENTS]))
    event = next(e for e in heard[contract.EVENTS] if e.name == "transition_failed")
    assert f"RuntimeError: {where} on purpose" in event.detail
    assert event.severity is Severity.ERROR
    assert "Traceback" in caplog.text
    assert host.runner.state is Lifecycle.UNCONFIGURED
    assert host._state_machine.current_state[1] == "unconfigured"


class Slow(Component[Parameters]):
    """Hears what all nodes say, between ticks that take longer than they may."""

    name = "slow"
    parameters_type = Parameters
    reads = (contract.HEARTBEAT,)
    period = 0.01

    def configure(self):
        self.heard = []
        self.ticks = 0

    def tick(self, now):
        time.sleep(0.05)
        self.ticks += 1

    def on_heartbeat(self, heartbeat, now):
        self.heard.append(heartbeat)


def test_what_all_nodes_say_is_heard_between_two_long_ticks(graph):
    host = graph.add(Slow)
    graph.listener.advertise(contract.HEARTBEAT)
    graph.bring_up("slow")
    slow = host.runner.component
    graph.spin_until(lambda: graph.listener.node.count_subscribers("heartbeat") > 0)
    ticks = slow.ticks
    for number in range(50):
        name = f"node_{number}"
        graph.say(
            contract.HEARTBEAT,
            Heartbeat(0, name, "host", 1, Lifecycle.ACTIVE, Health.HEALTHY, ""),
        )
    graph.spin_until(lambda: len({beat.node for beat in slow.heard} - {"slow"}) == 50)
    assert slow.ticks <= ticks + 5


def test_an_exception_in_a_tick_leaves_the_executor(graph):
    graph.add(Probe, fails_in="tick")
    with pytest.raises(RuntimeError, match="tick on purpose"):
        graph.bring_up("probe")
        graph.spin_until(lambda: False, 5.0)


def is_in_the_graph(graph):
    node = graph.listener.node
    services = [name for name, _ in node.get_service_names_and_types()]
    return "probe" in node.get_node_names() or "/probe/change_state" in services


def test_a_node_that_is_refused_is_not_in_the_graph(graph):
    # The traceback holds the node, so that no garbage collector does what is asked of the host.
    with pytest.raises(ParameterError) as _kept:
        graph.add(Probe, sped=1.0)
    graph.spin_until(lambda: not is_in_the_graph(graph))


def test_a_node_that_was_destroyed_is_not_in_the_graph(graph):
    host = graph.add(Probe)
    graph.bring_up("probe")
    graph.spin_until(lambda: is_in_the_graph(graph))
    host.destroy_node()
    graph.spin_until(lambda: not is_in_the_graph(graph))


def test_events_reach_others(graph, heard):
    host = graph.add(Probe)
    events, _ = host._publishers_of[contract.EVENTS]
    graph.spin_until(lambda: events.get_subscription_count() > 0)
    graph.bring_up("probe")
    graph.spin_until(lambda: len(heard[contract.EVENTS]) >= 2)
    first = heard[contract.EVENTS][0]
    assert first == Event(
        first.stamp, "node_state_changed", Severity.INFO, "probe", "unconfigured to inactive"
    )


def test_what_is_broken_still_puts_out_the_safe_output(graph, heard, caplog):
    host = graph.add(Probe)
    graph.bring_up("probe")
    graph.spin_until(lambda: len(heard[contract.CMD_VEL]) >= 3)
    _put_out_safe_output(host)
    graph.spin_until(lambda: heard[contract.CMD_VEL][-1].twist == Twist())
    host.go_down = lambda: 1 / 0
    _put_out_safe_output(host)
    assert "no_safe_output node=probe" in caplog.text


def test_a_node_that_watches_its_memory_ends_when_it_has_more_than_it_may(graph):
    host = graph.add(Probe)
    host.limits = Limits(memory_mb=1)
    with pytest.raises(MemoryError, match=r"memory of \d+ MB is over its limit of 1 MB"):
        graph.spin_until(lambda: False)
