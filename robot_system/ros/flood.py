"""Floods the LiDAR's topic: `python -m robot_system.ros.flood DOMAIN TARGET SECONDS`.

What is sent is the newest real scan, as it came, again and again: a driver gone wild.
"""

from __future__ import annotations

import os
import sys
import time

from robot_system import contract
from robot_system.ros import environment

RATE = 5000.0
# Sent at once, then a pause: one at a time would need a timer as fine as the flood (s).
BURST = 0.002
PATIENCE = 5.0


def main(arguments: list[str]) -> int:
    """Send until the time is over, or until whoever asked for it is gone."""
    environment.prepare(int(arguments[0]))
    parent = os.getppid()
    from robot_system.ros.conversions import conversion_of
    from robot_system.ros.listener import Listener
    from robot_system.ros.qos import profile_of

    topic = contract.SCAN_RAW
    message, profile = conversion_of(topic).message, profile_of(topic.qos)
    heard: list[bytes] = []
    listener = Listener("flood")
    node = listener.node
    newest = node.create_subscription(message, topic.name, heard.append, profile, raw=True)
    publisher = node.create_publisher(message, topic.name, profile)
    is_there = listener.spin_until(
        lambda: bool(heard) and publisher.get_subscription_count() > 1, PATIENCE
    )
    if not is_there:
        return 1
    node.destroy_subscription(newest)
    data, sent = heard[-1], 0
    print("begun", flush=True)
    began = time.monotonic()
    ends = began + float(arguments[2])
    while (now := time.monotonic()) < ends and os.getppid() == parent:
        for _ in range(int((now - began) * RATE) - sent):
            publisher.publish(data)
            sent += 1
        time.sleep(BURST)
    listener.close()
    print(f"sent {sent}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
