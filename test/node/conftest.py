"""One node in this process, in a context and a domain of its own."""

import time

import pytest
import rclpy
from rclpy.signals import SignalHandlerOptions

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
