"""The robot with its own drivers: `ros2 launch robot_system robot.launch.py`."""

from launch import LaunchDescription
from robot_system.ros.launching import describe_robot


def generate_launch_description() -> LaunchDescription:
    """Return what is started."""
    return describe_robot()
