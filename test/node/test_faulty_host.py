"""A host that can be spoilt: it obeys requests for its own node, and is well again afterwards."""

import time

import pytest

from robot_system import contract
from robot_system.component import Component
from robot_system.core.time import SECOND
from robot_system.core.values import FaultRequest, Goal, Pose
from robot_system.parameters import Parameters
from robot_system.ros.deafness import Deafness
from robot_system.ros.faults import FaultyHost

REQUESTS = f"/{contract.FAULT_REQUEST.name}"


class Hearer(Component[Parameters]):
    name = "hearer"
    parameters_type = Parameters
    reads = (contract.GOAL,)
    period = 0.05

    def configure(self):
        self.heard = []
        self.ticks = 0

    def tick(self, now):
        self.ticks += 1

    def on_goal(self, goal, now):
        self.heard.append((goal.pose.x, time.monotonic()))


@pytest.fixture
def spoilt(graph):
    """An active node in the host that obeys, and somebody who asks and sends."""
    host = graph.add(Hearer, FaultyHost)
    graph.listener.advertise(contract.FAULT_REQUEST)
    graph.listener.advertise(contract.GOAL)
    host.start_by_itself()
    publishers = graph.listener._publishers.values()
    graph.spin_until(lambda: all(one.get_subscription_count() == 1 for one in publishers))
    return host


def ask(graph, kind, value=0.0, duration=0.0, target="hearer"):
    request = FaultRequest(0, target, kind, value, duration)
    graph.listener.publish(contract.FAULT_REQUEST, request)


def send(graph, number):
    graph.listener.publish(contract.GOAL, Goal(0, Pose(number, 0.0, 0.0)))


def numbers(host):
    return [number for number, _ in host.runner.component.heard]


def spoil(graph, host, kind, value=0.0, duration=0.0):
    ask(graph, kind, value, duration)
    graph.spin_until(lambda: host._is_spoilt(kind))


def heal(graph, host, kind):
    ask(graph, "")
    graph.spin_until(lambda: not host._is_spoilt(kind))


def test_only_the_host_that_obeys_hears_requests(graph):
    graph.add(Hearer)
    node = graph.listener.node
    graph.spin_until(lambda: "hearer" in node.get_node_names())
    assert node.get_subscriptions_info_by_topic(REQUESTS) == []
    graph.add(Hearer, FaultyHost)
    graph.spin_until(lambda: len(node.get_subscriptions_info_by_topic(REQUESTS)) == 1)


def test_messages_are_lost_until_it_is_healed(graph, spoilt):
    spoil(graph, spoilt, "lost", 1.0)
    send(graph, 1.0)
    heal(graph, spoilt, "lost")
    send(graph, 2.0)
    graph.spin_until(lambda: 2.0 in numbers(spoilt))
    assert numbers(spoilt) == [2.0]


def test_messages_are_late_and_in_order(graph, spoilt):
    spoil(graph, spoilt, "delayed", 0.2)
    began = time.monotonic()
    send(graph, 1.0)
    graph.spin_until(lambda: numbers(spoilt) == [1.0])
    assert spoilt.runner.component.heard[0][1] - began >= 0.2
    heal(graph, spoilt, "delayed")
    send(graph, 2.0)
    graph.spin_until(lambda: numbers(spoilt) == [1.0, 2.0])


def test_what_is_held_back_comes_when_it_is_healed(graph, spoilt):
    spoil(graph, spoilt, "delayed", 60.0)
    send(graph, 1.0)
    graph.spin_until(lambda: len(spoilt._held) == 1)
    heal(graph, spoilt, "delayed")
    assert numbers(spoilt) == [1.0]


def test_the_clock_of_the_stamps_jumps_and_the_other_does_not(graph, spoilt):
    before = spoilt.now()
    spoil(graph, spoilt, "clock", -10.0)
    after = spoilt.now()
    assert after.steady > before.steady
    assert after.stamp - before.stamp == pytest.approx(
        after.steady - before.steady - 10 * SECOND, abs=SECOND
    )


def test_a_fault_ends_by_itself_after_its_duration(graph, spoilt):
    spoil(graph, spoilt, "lost", 1.0, duration=0.2)
    graph.spin_until(lambda: not spoilt._is_spoilt("lost"))


def test_a_stuck_callback_keeps_the_thread_for_its_time(graph, spoilt):
    events = []
    graph.listener.listen(contract.EVENTS, events.append)
    began = time.monotonic()
    ask(graph, "stuck", duration=0.3)
    graph.spin_until(lambda: any(event.name == "fault_injected" for event in events))
    assert time.monotonic() - began >= 0.3


class HalfDeaf(Deafness):
    """Leaves the sockets alone: in this process they are those of the observer too."""

    def begin(self):
        self.is_deaf = True

    def end(self):
        self.is_deaf = False


def test_who_is_cut_off_says_nothing_until_its_time_is_over(graph, spoilt):
    beats = []
    graph.listener.listen(contract.HEARTBEAT, beats.append)
    graph.spin_until(lambda: len(beats) > 2)
    spoilt._deafness = HalfDeaf()
    ask(graph, "cut_off", duration=0.5)
    graph.spin_until(lambda: spoilt._is_spoilt("cut_off"))
    before = spoilt.now().stamp
    graph.spin_until(lambda: not spoilt._is_spoilt("cut_off"))
    healed = spoilt.now().stamp
    graph.spin_until(lambda: beats[-1].stamp >= healed - SECOND // 20)
    assert not [beat for beat in beats if before < beat.stamp < healed - SECOND // 20]


def test_what_is_asked_of_others_or_unknown_changes_nothing(graph, spoilt):
    ask(graph, "lost", 1.0, target="other")
    ask(graph, "melt", 1.0)
    ask(graph, "clock", 10.0)
    graph.spin_until(lambda: spoilt._is_spoilt("clock"))
    assert not spoilt._is_spoilt("lost")


def test_ticks_are_slow_until_it_is_healed_and_that_is_in_the_beats(graph, spoilt):
    beats = []
    graph.listener.listen(contract.HEARTBEAT, beats.append)
    ticks = spoilt.runner.component.ticks
    spoil(graph, spoilt, "slow", 0.1)
    graph.spin_until(lambda: beats and beats[-1].tick_max >= 0.1)
    graph.spin_until(lambda: spoilt.runner.component.ticks > ticks + 2)
    heal(graph, spoilt, "slow")
    graph.spin_until(lambda: 0.0 < beats[-1].tick_max < 0.1)


def test_a_request_is_heard_however_many_come_at_once(graph, spoilt):
    spoil(graph, spoilt, "clock", 10.0)
    ask(graph, "")
    for _ in range(50):
        ask(graph, "", target="somebody_else")
    graph.spin_until(lambda: not spoilt._is_spoilt("clock"))
