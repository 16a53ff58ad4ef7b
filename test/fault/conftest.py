"""Systems that faults are done to."""

import os

import pytest

from robot_system.testing.system import ROBOT


@pytest.fixture(scope="module")
def own_logs(monkeypatch_module, tmp_path_factory):
    """Logs and state of the systems of one module, and the installed command to start them."""
    state = tmp_path_factory.mktemp("state")
    monkeypatch_module.setenv("ROBOT_SYSTEM_STATE", str(state))
    monkeypatch_module.setenv("ROS_LOG_DIR", str(state / "log" / "ros"))
    monkeypatch_module.setenv("PATH", str(ROBOT.parent), prepend=os.pathsep)
