"""The orchestrator's node: how often it tells how the whole is."""

import socket

from robot_system import contract, graph
from robot_system.core.time import SECOND, Instant, from_seconds
from robot_system.core.values import Health, Heartbeat, Lifecycle, Mode
from robot_system.nodes.orchestrator import OrchestratorNode, OrchestratorParameters

MANAGED = [spec.name for spec in graph.nodes_of("robot") if spec.is_managed]


class Bench:
    """The node, with nodes that are as they are said to be."""

    def __init__(self) -> None:
        self.states = []
        self.events = []
        self.requests = []
        self.time = 1_000 * SECOND
        self.node = OrchestratorNode(OrchestratorParameters(profile="robot"), self.take)
        self.node.configure()
        self.node.activate(self.now)

    @property
    def now(self):
        return Instant(self.time, self.time)

    def take(self, topic, value):
        if topic is contract.SYSTEM_STATE:
            self.states.append(value)
        elif topic is contract.EVENTS:
            self.events.append((value.name, value.detail))
        elif topic is contract.TRANSITION_REQUEST:
            self.requests.append(value)

    def beat(self, name, health=Health.HEALTHY):
        beat = Heartbeat(
            self.time, name, socket.gethostname(), 2**22 + 1, Lifecycle.ACTIVE, health, ""
        )
        self.node.on_heartbeat(beat, self.now)

    def run(self, seconds):
        """Let all beat for some time; return how often the state was told."""
        before = len(self.states)
        for _ in range(round(seconds * 20)):
            self.time += from_seconds(0.05)
            for name in MANAGED:
                self.beat(name)
            self.node.tick(self.now)
        return len(self.states) - before


def test_what_stays_the_same_is_told_ten_times_a_second():
    bench = Bench()
    bench.run(3.0)
    assert bench.states[-1].mode is Mode.RUNNING
    assert bench.run(2.0) == 20


def test_what_is_new_is_told_at_once():
    bench = Bench()
    bench.run(3.0)
    for health, mode in ((Health.UNHEALTHY, Mode.SAFE_STOP), (Health.HEALTHY, Mode.RUNNING)):
        bench.time += from_seconds(0.001)
        before = len(bench.states)
        bench.beat("motion", health)
        assert [state.mode for state in bench.states[before:]] == [mode]


def test_its_end_is_told_and_the_nodes_are_left_as_they_are():
    bench = Bench()
    bench.run(3.0)
    bench.node.deactivate(bench.now)
    assert bench.events[-1] == ("mode_changed", "running to shutdown: shutting down")
    assert bench.states[-1].mode is Mode.SHUTDOWN
    assert not bench.states[-1].is_motion_allowed
    assert bench.requests == []
