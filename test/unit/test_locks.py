import os
import subprocess
import sys
import threading

import pytest

from robot_system.errors import ConfigurationError
from robot_system.locks import NodeLock, current_domain

DOMAIN = 231


@pytest.fixture(autouse=True)
def _own_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))


def test_a_second_holder_is_refused_with_the_first_one_s_process():
    lock = NodeLock.take(DOMAIN, "lidar", {"pid": 77})
    with pytest.raises(ConfigurationError, match="lidar already runs in domain 231 .process 77"):
        NodeLock.take(DOMAIN, "lidar", {"pid": 78})
    lock.release()
    NodeLock.take(DOMAIN, "lidar", {"pid": 78}).release()


def test_nobody_holds_a_lock_that_was_let_go():
    assert NodeLock.holder(DOMAIN, "lidar") is None
    lock = NodeLock.take(DOMAIN, "lidar", {"pid": 77})
    assert NodeLock.holder(DOMAIN, "lidar") == {"pid": 77}
    lock.release()
    assert NodeLock.holder(DOMAIN, "lidar") is None


def test_the_lock_of_a_killed_process_is_free():
    program = (
        "import os\n"
        "from robot_system.locks import NodeLock\n"
        f"lock = NodeLock.take({DOMAIN}, 'lidar', {{}})\n"
        "os.kill(os.getpid(), 9)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == -9
    NodeLock.take(DOMAIN, "lidar", {}).release()


def test_a_full_disk_keeps_nobody_from_a_lock():
    """No file may grow: a new holder can not say who it is, and holds it all the same."""
    program = (
        "import resource, signal\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))\n"
        "from robot_system.locks import NodeLock\n"
        f"lock = NodeLock.take({DOMAIN}, 'lidar', {{'pid': 5}})\n"
        f"print(NodeLock.holder({DOMAIN}, 'lidar'))\n"
        "lock.release()\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("{}\n", "")


@pytest.mark.parametrize("text", ["abc", "-1", "233", "1.5"])
def test_an_impossible_domain_is_refused(monkeypatch, text):
    monkeypatch.setenv("ROS_DOMAIN_ID", text)
    with pytest.raises(ConfigurationError, match="ROS_DOMAIN_ID"):
        current_domain()


def test_without_a_domain_it_is_0(monkeypatch):
    monkeypatch.delenv("ROS_DOMAIN_ID", raising=False)
    assert current_domain() == 0
    assert os.environ.get("ROS_DOMAIN_ID") is None


def test_who_only_looks_does_not_keep_anybody_from_a_lock():
    """A look holds the lock for an instant: a node that starts just then must not give up."""
    NodeLock.take(DOMAIN, "lidar", {"pid": 77}).release()
    over = threading.Event()

    def look():
        while not over.is_set():
            NodeLock.holder(DOMAIN, "lidar")

    looking = threading.Thread(target=look)
    looking.start()
    try:
        for _ in range(500):
            NodeLock.take(DOMAIN, "lidar", {"pid": 77}).release()
    finally:
        over.set()
        looking.join()
