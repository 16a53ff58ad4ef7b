"""The running graph keeps the contract: who publishes what, how, and how often."""

import time

import pytest

from robot_system import contract, graph
from robot_system.contract import MANY, OPERATOR, TOPICS, Qos
from robot_system.core.values import Lifecycle
from robot_system.ros.conversions import conversion_of
from robot_system.ros.qos import profile_of
from robot_system.testing.processes import is_alive

NODES = [spec.name for spec in graph.nodes_of("test")]
PERIODIC = [topic for topic in TOPICS if topic.rate > 0.0]
# On a machine that does other things at the same time, a topic may be somewhat slower.
LEAST_SHARE = 0.6
WINDOW = 4.0
# A machine may stand still for a moment, so that the system heals itself: not in every window.
WINDOWS = 4
# Who was killed is listed until its lease is over: 10 s (config/dds/local.xml).
FORGOTTEN = 20.0
HEALED = 15.0


@pytest.fixture(scope="module")
def system(start):
    running = start("--world", "generated:sparse:2")
    running.until_driving()
    return running


def producers_of(infos):
    return sorted(info.node_name for info in infos if info.node_name != "observer")


def has_its_producers(topic, infos):
    producers = producers_of(infos)
    if topic.producer == MANY:
        return set(NODES) <= set(producers)
    if topic.producer == OPERATOR:
        return producers in ([], ["operator"])
    return producers == [topic.producer]


@pytest.fixture(scope="module")
def endpoints(system):
    """The publishers of every topic, once they are those of the contract, or else at the deadline.

    Who was killed and started again is listed twice until the lease is over.
    """
    node = system.listener.node

    def name_of(topic):
        return topic.name if topic.name.startswith("/") else f"/{topic.name}"

    def found():
        return {topic: node.get_publishers_info_by_topic(name_of(topic)) for topic in TOPICS}

    def is_kept():
        return all(has_its_producers(topic, infos) for topic, infos in found().items())

    system.listener.spin_until(is_kept, FORGOTTEN)
    return found()


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_type_qos_and_producer_are_those_of_the_contract(endpoints, topic):
    infos = endpoints[topic]
    profile = profile_of(topic.qos)
    for info in infos:
        assert info.topic_type == topic.ros_type
        assert info.qos_profile.reliability == profile.reliability
        assert info.qos_profile.durability == profile.durability
    assert has_its_producers(topic, infos), producers_of(infos)


@pytest.mark.parametrize(
    "topic", [row for row in TOPICS if row.qos is Qos.COMMAND], ids=lambda topic: topic.name
)
def test_a_command_topic_has_exactly_one_producer(endpoints, topic):
    assert len(endpoints[topic]) == 1


def test_every_node_is_there_once_and_active(system):
    def found():
        names = system.listener.node.get_node_names()
        return {name: (names.count(name), system.heartbeats[name].state) for name in NODES}

    wanted = dict.fromkeys(NODES, (1, Lifecycle.ACTIVE))
    system.listener.spin_until(lambda: found() == wanted, FORGOTTEN)
    assert found() == wanted


def test_topics_come_at_their_rates(system):
    counts = dict.fromkeys(PERIODIC, 0)
    node = system.listener.node

    def counter(topic):
        def on_message(data):
            counts[topic] += 1

        return on_message

    subscriptions = [
        node.create_subscription(
            conversion_of(topic).message,
            topic.name,
            counter(topic),
            profile_of(topic.qos),
            raw=True,
        )
        for topic in PERIODIC
    ]
    system.until(lambda: all(counts.values()), 20.0, "one message of every topic")

    def slow_in_a_window():
        before, began = dict(counts), time.monotonic()
        system.listener.spin(WINDOW)
        elapsed = time.monotonic() - began
        return {
            topic.name: (counts[topic] - before[topic]) / elapsed
            for topic in PERIODIC
            if topic.rate * WINDOW >= 8 and topic is not contract.DIAGNOSTICS
            if counts[topic] - before[topic] < LEAST_SHARE * topic.rate * elapsed
        }

    windows = []
    while len(windows) < WINDOWS and (not windows or windows[-1]):
        windows.append(slow_in_a_window())
    for subscription in subscriptions:
        node.destroy_subscription(subscription)
    assert not windows[-1], windows


def test_the_node_processes_are_children_of_one_owner(system):
    def parent(pid):
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            return int(file.read().rsplit(") ", 1)[1].split()[1])

    system.until(lambda: all(is_alive(system.pid(name)) for name in NODES), HEALED, "all living")
    owners = {parent(system.pid(name)) for name in NODES}
    assert len(owners) == 1
    assert parent(owners.pop()) == system.process.pid


def test_status_tells_the_same(system, robot):
    import json

    answers = []

    def is_told():
        answers.append(robot("status", "--json"))
        return answers[-1].returncode == 0

    system.listener.spin_until(is_told, HEALED)
    answer = answers[-1]
    found = json.loads(answer.stdout)
    assert answer.returncode == 0
    assert found["system"]["mode"] == "running"
    managed = {node["node"] for node in found["system"]["nodes"]}
    assert managed == set(NODES) - {"orchestrator"}
    assert all(node["is_ready"] for node in found["system"]["nodes"])


def test_a_second_system_in_the_same_domain_is_refused_in_one_line(system, robot):
    answer = robot("up", "--headless")
    assert answer.returncode == 2
    assert "already runs in domain" in answer.stderr
    assert len(answer.stderr.strip().splitlines()) == 1
    system.until(lambda: system.is_running, 5.0, "going on")


def test_down_ends_it_and_nothing_is_left(system, robot):
    answer = robot("down")
    assert answer.returncode == 0
    system.until_ended(5.0)
    code, _, output = system.stop()
    assert code == 0
    assert "stopped in" in output
