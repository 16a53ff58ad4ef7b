"""ROS domains for tests: none that a running system or another test uses."""

from __future__ import annotations

import random

from robot_system.errors import ConfigurationError
from robot_system.locks import NodeLock


def take_free_domain() -> NodeLock:
    """Return the held lock of a domain; other test runs on this machine leave it alone."""
    numbers = list(range(10, 100))
    random.SystemRandom().shuffle(numbers)
    for number in numbers:
        try:
            lock = NodeLock.take(number, "test", {})
        except ConfigurationError:
            continue
        if NodeLock.holder(number, "up") is None:
            return lock
        lock.release()
    raise ConfigurationError("all domains are in use")
