"""The running graph keeps the contract: who publishes what, how, and how often."""

import time

import pytest

from robot_system import contract, graph
from robot_system.contract import MANY, OPERATOR, TOPICS, Qos
from robot_system.core.values import Lifecycle
from robot_system.ros.conversions import conversion_of
from robot_system.ros.qos import profile_of

NODES = [spec.name for spec in graph.nodes_of("test")]
PERIODIC = [topic for topic in TOPICS if topic.rate > 0.0]
# On a machine that does other things at the same time, a topic may be somewhat slower.
LEAST_SHARE = 0.6
WINDOW = 4.0


@pytest.fixture(scope="module")
def system(start):
    running = start("--world", "generated:sparse:2")
    running.until_driving()
    return running


@pytest.fixture(scope="module")
def endpoints(system):
    """The publishers of every topic, once discovery has found them all."""
    node = system.listener.node

    def name_of(topic):
        return topic.name if topic.name.startswith("/") else f"/{topic.name}"

    def found():
        return {topic: node.get_publishers_info_by_topic(name_of(topic)) for topic in TOPICS}

    def has_all():
        return all(infos for topic, infos in found().items() if topic.producer != OPERATOR)

    system.until(has_all, 20.0, "discovery of all publishers")
    return found()


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_type_qos_and_producer_are_those_of_the_contract(endpoints, topic):
    infos = endpoints[topic]
    profile = profile_of(topic.qos)
    for info in infos:
        assert info.topic_type == topic.ros_type
        assert info.qos_profile.reliability == profile.reliability
        assert info.qos_profile.durability == profile.durability
    producers = sorted(info.node_name for info in infos if info.node_name != "observer")
    if topic.producer == MANY:
        assert set(NODES) <= set(producers)
    elif topic.producer == OPERATOR:
        assert producers in ([], ["operator"])
    else:
        assert producers == [topic.producer]


@pytest.mark.parametrize(
    "topic", [row for row in TOPICS if row.qos is Qos.COMMAND], ids=lambda topic: topic.name
)
def test_a_command_topic_has_exactly_one_producer(endpoints, topic):
    assert len(endpoints[topic]) == 1


def test_every_node_is_there_once_and_active(system):
    names = system.listener.node.get_node_names()
    for name in NODES:
        assert names.count(name) == 1
        assert system.heartbeats[name].state is Lifecycle.ACTIVE


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
    before, began = dict(counts), time.monotonic()
    system.listener.spin(WINDOW)
    elapsed = time.monotonic() - began
    for subscription in subscriptions:
        node.destroy_subscription(subscription)
    slow = {
        topic.name: (counts[topic] - before[topic]) / elapsed
        for topic in PERIODIC
        if topic.rate * WINDOW >= 8 and topic is not contract.DIAGNOSTICS
        if counts[topic] - before[topic] < LEAST_SHARE * topic.rate * elapsed
    }
    assert not slow


def test_the_node_processes_are_children_of_one_owner(system):
    def parent(pid):
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            return int(file.read().rsplit(") ", 1)[1].split()[1])

    owners = {parent(system.pid(name)) for name in NODES}
    assert len(owners) == 1
    assert parent(owners.pop()) == system.process.pid


def test_status_tells_the_same(system, robot):
    import json

    answer = robot("status", "--json")
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
