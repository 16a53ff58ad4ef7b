"""One node in this process, in a context and a domain of its own."""

import time

import pytest
import rclpy
from lifecycle_msgs.srv import ChangeState
from rcl_interfaces.srv import SetParameters
from rclpy.duration import Duration
from rclpy.signals import SignalHandlerOptions

from robot_system import contract
from robot_system.core.values import Transition
from robot_system.ros.executor import LeanExecutor
from robot_system.ros.host import Host
from robot_system.ros.listener import Listener
from robot_system.ros.parameters import overrides

DEADLINE = 10.0


class Graph:
    """Hosts and one listener that are spun together, by hand."""

    def __init__(self, domain):
        self.context = rclpy.Context()
        rclpy.init(
            context=self.context,
            domain_id=domain,
            signal_handler_options=SignalHandlerOptions.NO,
        )
        self.executor = LeanExecutor(context=self.context)
        self.hosts = []
        self.listener = Listener("observer", executor=self.executor)

    def add(self, component_type, host_type=Host, **parameters):
        """Make a node out of a component."""
        host = host_type(component_type, overrides(parameters), self.context)
        self.executor.add_node(host)
        self.hosts.append(host)
        return host

    def spin_until(self, is_done, seconds=DEADLINE):
        """Let everything run until a condition holds, which it must before the deadline."""
        end = time.monotonic() + seconds
        while not is_done():
            assert time.monotonic() < end, "the condition did not come true in time"
            self.executor.spin_once(0.05)

    def say(self, topic, value):
        """Publish, and wait until it has arrived, though nobody has taken it yet."""
        self.listener.publish(topic, value)
        publisher = self.listener._publishers[topic]
        assert publisher.wait_for_all_acked(Duration(seconds=DEADLINE))

    def call(self, type_, service, request):
        """Ask a service of a node, as anybody may."""
        client = self.listener.node.create_client(type_, service)
        self.spin_until(client.service_is_ready)
        future = client.call_async(request)
        self.spin_until(future.done)
        self.listener.node.destroy_client(client)
        return future.result()

    def change(self, node, transition):
        """Ask a node for a transition, and tell whether it was carried out."""
        request = ChangeState.Request()
        request.transition.id = int(transition)
        return self.call(ChangeState, f"{node}/change_state", request).success

    def bring_up(self, node):
        """Let a node be active."""
        assert self.change(node, Transition.CONFIGURE)
        assert self.change(node, Transition.ACTIVATE)

    def put(self, node, parameter):
        """Ask a node for another value of a parameter, and return its answer."""
        request = SetParameters.Request(parameters=[parameter.to_parameter_msg()])
        return self.call(SetParameters, f"{node}/set_parameters", request).results[0]

    def close(self):
        """Leave no entity behind."""
        self.executor.shutdown(0.0)
        for host in self.hosts:
            host.destroy_node()
        self.listener.node.destroy_node()
        rclpy.shutdown(context=self.context)


@pytest.fixture
def graph(domain):
    """An empty graph."""
    made = Graph(domain)
    yield made
    made.close()


@pytest.fixture
def heard(graph):
    """All commands, heartbeats and events, as they are heard."""
    kept = {topic: [] for topic in (contract.CMD_VEL, contract.HEARTBEAT, contract.EVENTS)}
    for topic, values in kept.items():
        graph.listener.listen(topic, values.append)
    return kept
