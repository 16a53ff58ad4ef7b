"""A mobile robot as a graph of separate ROS 2 nodes."""

__version__ = "0.1.0"
