"""Log records of the components, sent the ROS way: console, file and /rosout."""

from __future__ import annotations

import logging

from rclpy.logging import LoggingSeverity
from rclpy.node import Node

_LEVELS = (
    (logging.CRITICAL, LoggingSeverity.FATAL),
    (logging.ERROR, LoggingSeverity.ERROR),
    (logging.WARNING, LoggingSeverity.WARN),
    (logging.INFO, LoggingSeverity.INFO),
)


class _RosHandler(logging.Handler):
    def __init__(self, node: Node) -> None:
        super().__init__()
        self._logger = node.get_logger()

    def emit(self, record: logging.LogRecord) -> None:
        severity = next(
            (ros for level, ros in _LEVELS if record.levelno >= level), LoggingSeverity.DEBUG
        )
        # rclpy ties a severity to the place of the call, so the general way in is used.
        self._logger.log(self.format(record), severity, name=f"level_{severity.name}")


def send_to_ros(node: Node) -> None:
    """Let the package's loggers speak through a node's logger."""
    package = logging.getLogger("robot_system")
    package.handlers[:] = [_RosHandler(node)]
    package.setLevel(logging.INFO)
    package.propagate = False
