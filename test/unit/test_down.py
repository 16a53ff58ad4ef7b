"""`robot down` with the lock of a system that is about to end, or never says who it is."""

import fcntl
import os

import pytest

from robot_system.cli import down
from robot_system.errors import ConfigurationError
from robot_system.locks import domain_folder


@pytest.fixture
def held(tmp_path, monkeypatch):
    """The lock of a system, held by this test."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setenv("ROS_DOMAIN_ID", "7")
    monkeypatch.setattr(down, "PATIENCE", 0.2)
    folder = domain_folder(7)
    folder.mkdir(parents=True)
    with (folder / "up.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file


def dead_pid():
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    return pid


def test_a_domain_that_does_not_exist_is_refused(held):
    with pytest.raises(ConfigurationError, match="999"):
        down.main(["--domain", "999"])


@pytest.mark.parametrize("text", ["", '{"pid": DEAD}'])
def test_a_lock_without_a_living_process_is_waited_for(held, text, capsys):
    held.write(text.replace("DEAD", str(dead_pid())))
    held.flush()
    assert down.main([]) == 1
    assert "has not ended" in capsys.readouterr().out
    held.close()
    assert down.main([]) == 0
