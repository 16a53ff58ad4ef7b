"""One hop of the bare echo, in a process of its own: publishes each scan again, and no more.

Arguments: the number of the hop. It ends with its parent.
"""

from __future__ import annotations

import os
import sys

from robot_system.contract import SCAN_RAW


def main(number: int) -> None:
    """Pass scans on until the process is ended."""
    import rclpy
    from rclpy.executors import SingleThreadedExecutor
    from rclpy.signals import SignalHandlerOptions
    from sensor_msgs.msg import LaserScan

    from robot_system.ros.qos import profile_of
    from robot_system.supervise.process import end_with_parent

    end_with_parent(os.getppid())
    rclpy.init(args=["echo"], signal_handler_options=SignalHandlerOptions.NO)
    node = rclpy.create_node(f"echo_{number}", start_parameter_services=False)
    profile = profile_of(SCAN_RAW.qos)
    publisher = node.create_publisher(LaserScan, f"bench/echo_{number}", profile)
    node.create_subscription(
        LaserScan, f"bench/echo_{number - 1}", lambda scan: publisher.publish(scan), profile
    )
    executor = SingleThreadedExecutor()
    executor.add_node(node)
    executor.spin()


if __name__ == "__main__":
    main(int(sys.argv[1]))
