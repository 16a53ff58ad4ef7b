"""A listener of the benchmark's own in the domain of what it measures."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
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


def listen_first() -> None:
    """Let this process hear what is said when it is said, however busy the machine is.

    All its threads come before those of any program without real time; the programs that it
    starts do not. Without the right to do so it hears when it can.
    """
    policy = os.SCHED_FIFO | os.SCHED_RESET_ON_FORK
    with suppress(PermissionError):
        for thread in os.listdir("/proc/self/task"):
            os.sched_setscheduler(int(thread), policy, os.sched_param(1))
