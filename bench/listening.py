"""A listener of the benchmark's own in the domain of what it measures."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.system import System
    from robot_system.ros.listener import Listener

SETTLING = 3.0
"""The first seconds of driving are not measured (s)."""


def settle(system: System, listener: Listener) -> None:
    """Wait until all nodes are ready, and listen while the robot begins to drive."""
    system.wait_until_ready()
    listener.spin(SETTLING)


@contextmanager
def listening(domain: int, name: str = "bench") -> Iterator[Listener]:
    """Give a listener in a domain, whatever the environment says."""
    from robot_system.ros import environment

    environment.prepare()
    import rclpy
    from rclpy.executors import SingleThreadedExecutor
    from rclpy.signals import SignalHandlerOptions

    from robot_system.ros.listener import Listener

    context = rclpy.Context()
    rclpy.init(
        args=[name],
        context=context,
        domain_id=domain,
        signal_handler_options=SignalHandlerOptions.NO,
    )
    listener = Listener(name, SingleThreadedExecutor(context=context))
    try:
        yield listener
    finally:
        listener.close()
