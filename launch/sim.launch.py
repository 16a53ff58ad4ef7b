"""The simulated robot: `ros2 launch robot_system sim.launch.py`."""

from launch import LaunchDescription
from robot_system.ros.launching import describe_simulation


def generate_launch_description() -> LaunchDescription:
    """Return what is started."""
    return describe_simulation()
