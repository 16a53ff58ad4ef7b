"""rviz with everything there is to see: `ros2 launch robot_system rviz.launch.py`."""

from launch import LaunchDescription
from robot_system.ros.launching import describe_rviz


def generate_launch_description() -> LaunchDescription:
    """Return what is started."""
    return describe_rviz()
