"""What several rings share."""

import os
import subprocess

import pytest
from hypothesis import settings

# The same examples in every run: a failure must not come and go.
settings.register_profile("fixed", derandomize=True, deadline=None)
settings.load_profile("fixed")


@pytest.fixture(scope="session", autouse=True)
def _middleware_environment():
    from robot_system.ros import environment

    environment.prepare()


@pytest.fixture(scope="module")
def domain(monkeypatch_module):
    """A ROS domain that no other test and no running system uses."""
    from robot_system.testing.domain import take_free_domain

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


@pytest.fixture(scope="module")
def start(domain, tmp_path_factory):
    """Start systems one after the other; none outlives the module."""
    from robot_system.testing.system import System

    made = []

    def start_one(*options):
        for old in made:
            if old.process.poll() is None:
                old.stop()
            old.close()
        made.append(System(domain, tmp_path_factory.mktemp("state"), *options))
        return made[-1]

    yield start_one
    for system in made:
        system.close()


@pytest.fixture
def robot(domain, tmp_path):
    """Run a `robot` command to its end."""
    from robot_system.testing.system import ROBOT

    def run(*arguments, **variables):
        return subprocess.run(
            [str(ROBOT), *arguments],
            env={
                **os.environ,
                "ROS_DOMAIN_ID": str(domain),
                "ROBOT_SYSTEM_STATE": str(tmp_path),
                **variables,
            },
            capture_output=True,
            text=True,
            timeout=60.0,
            check=False,
        )

    return run
