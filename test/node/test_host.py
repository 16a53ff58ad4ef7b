"""The ROS host: what a component declares becomes a managed node that keeps the promises."""

from dataclasses import dataclass

import pytest
from lifecycle_msgs.srv import ChangeState
from rcl_interfaces.srv import DescribeParameters, SetParameters
from rclpy.parameter import Parameter

from robot_system import contract
from robot_system.component import Component
from robot_system.core.time import SECOND
from robot_system.core.values import (
    Event,
    Goal,
    Health,
    HealthReport,
    Lifecycle,
    Odometry,
    Pose,
    Severity,
    Transition,
    Twist,
    VelocityCommand,
)
from robot_system.errors import ParameterError
from robot_system.limits import Limits
from robot_system.parameters import Parameters, parameter
from robot_system.ros.main import _put_out_safe_output


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeParameters(Parameters):
    speed: float = parameter(1.0, "speed", unit="m/s", low=0.0, high=2.0, live=True)
    factor: float = parameter(1.0, "factor", low=0.0, live=True)
    name_of: str = parameter("a", "one of two", choices=("a", "b"))
    fails_in: str = parameter("", "which transition raises")


class Probe(Component[ProbeParameters]):
    name = "probe"
    parameters_type = ProbeParameters
    reads = (contract.GOAL, contract.ODOM)
    writes = (contract.CMD_VEL,)
    period = 0.01
    ticks = 0

    def configure(self):
        self.goals = []
        self.odometries = []
        self.ticks = 0
        self._fail("configure")

    def activate(self, now):
        self._fail("activate")

    def deactivate(self, now):
        self.publish(contract.CMD_VEL, VelocityCommand(now.stamp, Twist()))

    def tick(self, now):
        self._fail("tick")
        self.ticks += 1
        self.publish(contract.CMD_VEL, VelocityCommand(now.stamp, Twist(self.parameters.speed)))

    def on_goal(self, goal, now):
        self.goals.append(goal)

    def on_odom(self, odometry, now):
        self.odometries.append(odometry)

    def health(self, now):
        return HealthReport(Health.HEALTHY)

    def _fail(self, where):
        if self.parameters.fails_in == where:
            raise RuntimeError(f"{where} on purpose")


@pytest.fixture
def heard(graph):
    """Everything that the observer hears."""
    kept = {topic: [] for topic in (contract.CMD_VEL, contract.HEARTBEAT, contract.EVENTS)}
    for topic, values in kept.items():
        graph.listener.listen(topic, values.append)
    return kept


def call(graph, host, type_, service, request):
    client = graph.listener.node.create_client(type_, service)
    graph.spin_until(client.service_is_ready)
    future = client.call_async(request)
    graph.spin_until(future.done)
    graph.listener.node.destroy_client(client)
    return future.result()


def change(graph, host, transition):
    request = ChangeState.Request()
    request.transition.id = int(transition)
    return call(graph, host, ChangeState, "probe/change_state", request).success


def bring_up(graph, host):
    assert change(graph, host, Transition.CONFIGURE)
    assert change(graph, host, Transition.ACTIVATE)


def test_beats_from_the_start_and_works_only_while_active(graph, heard):
    host = graph.add(Probe)
    graph.spin_until(lambda: len(heard[contract.HEARTBEAT]) >= 3)
    assert heard[contract.HEARTBEAT][-1].state is Lifecycle.UNCONFIGURED
    assert heard[contract.CMD_VEL] == []
    bring_up(graph, host)
    graph.spin_until(lambda: len(heard[contract.CMD_VEL]) >= 5)
    graph.spin_until(lambda: heard[contract.HEARTBEAT][-1].state is Lifecycle.ACTIVE)
    graph.spin_until(lambda: heard[contract.HEARTBEAT][-1].ticks > 0)


@pytest.mark.parametrize(
    "transition", [Transition.CONFIGURE, Transition.ACTIVATE, Transition.CLEANUP]
)
def test_a_transition_that_is_not_possible_is_refused_and_the_node_goes_on(graph, transition):
    host = graph.add(Probe)
    bring_up(graph, host)
    assert not change(graph, host, transition)
    assert host.runner.state is Lifecycle.ACTIVE
    assert change(graph, host, Transition.DEACTIVATE)
    assert not change(graph, host, Transition.DEACTIVATE)
    assert host.runner.state is Lifecycle.INACTIVE


def test_the_safe_output_is_the_last_that_is_heard(graph, heard):
    host = graph.add(Probe)
    bring_up(graph, host)
    graph.spin_until(lambda: len(heard[contract.CMD_VEL]) >= 3)
    assert change(graph, host, Transition.DEACTIVATE)
    graph.spin_until(lambda: heard[contract.CMD_VEL][-1].twist == Twist())
    ticks = host.runner.component.ticks
    beats = len(heard[contract.HEARTBEAT])
    graph.spin_until(lambda: len(heard[contract.HEARTBEAT]) >= beats + 3)
    assert host.runner.component.ticks == ticks
    assert heard[contract.CMD_VEL][-1].twist == Twist()


def test_going_down_puts_out_the_safe_output(graph, heard):
    host = graph.add(Probe)
    bring_up(graph, host)
    graph.spin_until(lambda: len(heard[contract.CMD_VEL]) >= 3)
    host.go_down()
    graph.spin_until(lambda: heard[contract.CMD_VEL][-1].twist == Twist())
    assert host.runner.state is Lifecycle.FINALIZED


def test_a_state_that_came_before_the_activation_is_not_lost(graph):
    host = graph.add(Probe)
    graph.listener.advertise(contract.GOAL)
    assert change(graph, host, Transition.CONFIGURE)
    graph.listener.publish(contract.GOAL, Goal(SECOND, Pose(1.0, 2.0)))
    graph.spin_until(lambda: bool(host._unread))
    assert change(graph, host, Transition.ACTIVATE)
    assert [goal.pose for goal in host.runner.component.goals] == [Pose(1.0, 2.0)]


def test_a_state_is_still_known_after_another_activation(graph):
    host = graph.add(Probe)
    graph.listener.advertise(contract.GOAL)
    bring_up(graph, host)
    graph.listener.publish(contract.GOAL, Goal(SECOND, Pose(1.0, 2.0)))
    graph.spin_until(lambda: bool(host.runner.component.goals))
    assert change(graph, host, Transition.DEACTIVATE)
    host.runner.component.goals.clear()
    assert change(graph, host, Transition.ACTIVATE)
    assert [goal.pose for goal in host.runner.component.goals] == [Pose(1.0, 2.0)]


def test_what_came_before_the_activation_is_dropped_unread_unless_it_is_a_state(graph):
    host = graph.add(Probe)
    graph.listener.advertise(contract.ODOM)
    assert change(graph, host, Transition.CONFIGURE)
    (arriving,) = host._unheard
    graph.spin_until(lambda: graph.listener.node.count_subscribers("odom") > 0)
    for second in range(1, 4):
        graph.listener.publish(contract.ODOM, Odometry(second * SECOND, Pose(), Twist()))
    assert arriving not in set(host.subscriptions)
    assert change(graph, host, Transition.ACTIVATE)
    assert arriving in set(host.subscriptions)
    graph.listener.publish(contract.ODOM, Odometry(9 * SECOND, Pose(), Twist()))
    graph.spin_until(lambda: bool(host.runner.component.odometries))
    assert [one.stamp for one in host.runner.component.odometries] == [9 * SECOND]
    assert change(graph, host, Transition.DEACTIVATE)
    assert arriving not in set(host.subscriptions)


@pytest.mark.parametrize("where", ["configure", "activate"])
def test_a_transition_that_raises_tells_why_and_leaves_the_node_unconfigured(
    graph, heard, caplog, where
):
    host = graph.add(Probe, fails_in=where)
    transitions = {"configure": Transition.CONFIGURE, "activate": Transition.ACTIVATE}
    graph.spin_until(lambda: bool(heard[contract.HEARTBEAT]))
    if where == "activate":
        assert change(graph, host, Transition.CONFIGURE)
    assert not change(graph, host, transitions[where])
    graph.spin_until(lambda: any(e.name == "transition_failed" for e in heard[contract.EVENTS]))
    event = next(e for e in heard[contract.EVENTS] if e.name == "transition_failed")
    assert f"RuntimeError: {where} on purpose" in event.detail
    assert event.severity is Severity.ERROR
    assert "Traceback" in caplog.text
    assert host.runner.state is Lifecycle.UNCONFIGURED
    assert host._state_machine.current_state[1] == "unconfigured"


def test_an_exception_in_a_tick_leaves_the_executor(graph):
    host = graph.add(Probe, fails_in="tick")
    with pytest.raises(RuntimeError, match="tick on purpose"):
        bring_up(graph, host)
        graph.spin_until(lambda: False, 5.0)


def test_parameters_are_described_with_unit_and_bounds(graph):
    host = graph.add(Probe)
    request = DescribeParameters.Request(names=["speed", "name_of"])
    speed, name_of = call(
        graph, host, DescribeParameters, "probe/describe_parameters", request
    ).descriptors
    assert speed.description == "speed (m/s)"
    assert (speed.floating_point_range[0].from_value, speed.floating_point_range[0].to_value) == (
        0.0,
        2.0,
    )
    assert not speed.read_only
    assert name_of.read_only
    assert name_of.additional_constraints == "one of a, b"


def set_parameter(graph, host, name, value):
    request = SetParameters.Request(parameters=[Parameter(name, value=value).to_parameter_msg()])
    return call(graph, host, SetParameters, "probe/set_parameters", request).results[0]


def test_live_parameters_change_between_two_ticks_and_others_do_not(graph, heard):
    host = graph.add(Probe)
    bring_up(graph, host)
    assert set_parameter(graph, host, "speed", 0.5).successful
    graph.spin_until(
        lambda: heard[contract.CMD_VEL] and heard[contract.CMD_VEL][-1].twist.linear == 0.5
    )
    assert not set_parameter(graph, host, "speed", 9.0).successful
    assert not set_parameter(graph, host, "name_of", "b").successful
    assert host.runner.component.parameters == ProbeParameters(speed=0.5)


def test_an_unknown_parameter_is_refused_by_name(graph):
    with pytest.raises(ParameterError, match="parameter sped = 1.0 is unknown to node probe"):
        graph.add(Probe, sped=1.0)


def test_a_parameter_out_of_bounds_is_refused_by_name(graph):
    with pytest.raises(ParameterError, match="parameter speed = 9.0 must be at most 2 m/s"):
        graph.add(Probe, speed=9.0)


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
    bring_up(graph, host)
    graph.spin_until(lambda: is_in_the_graph(graph))
    host.destroy_node()
    graph.spin_until(lambda: not is_in_the_graph(graph))


def test_events_reach_others(graph, heard):
    host = graph.add(Probe)
    events, _ = host._publishers_of[contract.EVENTS]
    graph.spin_until(lambda: events.get_subscription_count() > 0)
    bring_up(graph, host)
    graph.spin_until(lambda: len(heard[contract.EVENTS]) >= 2)
    first = heard[contract.EVENTS][0]
    assert first == Event(
        first.stamp, "node_state_changed", Severity.INFO, "probe", "unconfigured to inactive"
    )


def test_two_changes_before_a_tick_are_both_taken(graph):
    host = graph.add(Probe)
    first = Parameter("speed", value=0.5)
    assert host.set_parameters([first])[0].successful
    assert host.runner.parameters == ProbeParameters(speed=0.5)
    assert host.runner.component.parameters == ProbeParameters()
    assert host.set_parameters([Parameter("factor", value=0.25)])[0].successful
    assert host.runner.parameters == ProbeParameters(speed=0.5, factor=0.25)


def test_what_is_broken_still_puts_out_the_safe_output(graph, heard, caplog):
    host = graph.add(Probe)
    bring_up(graph, host)
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
