"""Looks at ROS itself for `robot doctor`: the RMW, the messages, and discovery, measured.

The measurement runs in two processes of its own, so that it is that of two nodes.
"""

from __future__ import annotations

import os
import select
import subprocess
import sys
import time
from contextlib import ExitStack
from typing import Any

TOPIC = "doctor"
LISTEN_SECONDS = 10.0
START_SECONDS = 10.0
TALK_PERIOD = 0.01
READY = "ready"


def middleware() -> str:
    """Return the name of the RMW that is loaded."""
    import rclpy

    return str(rclpy.get_rmw_implementation_identifier())


def load_messages() -> tuple[str, ...]:
    """Load the type support of a message of each package that is built here; return the names.

    What is wrong with them is raised as ROS raises it.
    """
    from rclpy.type_support import check_for_type_support
    from tf2_msgs.msg import TFMessage

    from robot_system.msg import Heartbeat

    for message in (Heartbeat, TFMessage):
        check_for_type_support(message)
    return "robot_system.msg", "tf2_msgs.msg"


def seconds_to_hear(domain: int) -> float | None:
    """Return how long a new process takes to hear one that talks, None when it never does."""
    with ExitStack() as processes:
        talker = _start("talk", domain, processes)
        assert talker.stdout is not None
        is_answered, _, _ = select.select([talker.stdout], [], [], START_SECONDS)
        if not is_answered or talker.stdout.readline().strip() != READY:
            raise RuntimeError("a process with a node in it did not start")
        listener = _start("listen", domain, processes)
        heard, _ = listener.communicate(timeout=START_SECONDS + LISTEN_SECONDS)
    return float(heard) if heard.strip() else None


def _start(role: str, domain: int, processes: ExitStack) -> subprocess.Popen[str]:
    """Start a process with one end of the measurement in it; the stack ends it."""
    process = subprocess.Popen(
        [sys.executable, "-c", f"from robot_system.ros import probe; probe.{role}()"],
        # Not where a checkout would shadow the installed package.
        cwd="/",
        env={**os.environ, "ROS_DOMAIN_ID": str(domain)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    processes.enter_context(process)
    processes.callback(process.kill)
    return process


def talk() -> None:
    """Publish, for longer than anybody listens."""
    import rclpy
    from std_msgs.msg import Empty

    rclpy.init()
    publisher = rclpy.create_node("doctor_talker").create_publisher(Empty, TOPIC, 1)
    print(READY, flush=True)
    end = time.monotonic() + START_SECONDS + 2.0 * LISTEN_SECONDS
    while time.monotonic() < end:
        publisher.publish(Empty())
        time.sleep(TALK_PERIOD)


def listen() -> None:
    """Print the seconds from making a node to its first message, nothing if none came."""
    import rclpy
    from std_msgs.msg import Empty

    rclpy.init()
    heard: list[Any] = []
    began = time.monotonic()
    node = rclpy.create_node("doctor_listener")
    node.create_subscription(Empty, TOPIC, heard.append, 1)
    while not heard and time.monotonic() < began + LISTEN_SECONDS:
        rclpy.spin_once(node, timeout_sec=0.1)
    if heard:
        print(time.monotonic() - began)
