"""What several rings share."""

import random

import pytest

from robot_system.errors import ConfigurationError
from robot_system.locks import NodeLock
from robot_system.ros import environment


@pytest.fixture(scope="session", autouse=True)
def _middleware_environment():
    environment.prepare()


@pytest.fixture(scope="module")
def domain(monkeypatch_module):
    """A ROS domain that no other test and no running system uses."""
    lock = take_free_domain()
    number = int(lock.path.parent.name.removeprefix("domain-"))
    monkeypatch_module.setenv("ROS_DOMAIN_ID", str(number))
    yield number
    lock.release()


@pytest.fixture(scope="module")
def monkeypatch_module():
    """Like monkeypatch, for a whole module."""
    with pytest.MonkeyPatch.context() as patch:
        yield patch


def take_free_domain():
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
    raise AssertionError("all domains are in use")
