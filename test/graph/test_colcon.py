"""`colcon build` makes a package that is found, whose messages load and whose nodes run."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(os.environ.get("ROBOT_SYSTEM_SOURCE", Path(__file__).resolve().parents[2]))
COLCON = shutil.which(
    "colcon", path=os.pathsep.join([str(Path(sys.executable).parent), os.defpath])
)
NODE = "lidar"
DOMAIN = 90 + os.getpid() % 10

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.skipif(COLCON is None, reason="colcon is not installed"),
    # Its shell scripts do not quote the interpreter, nor does setuptools in a first line.
    pytest.mark.skipif(" " in sys.executable, reason="colcon needs a Python without a space"),
]


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with the package in it, built."""
    folder = tmp_path_factory.mktemp("workspace")
    made = shutil.ignore_patterns(".*", "build", "install", "log", "__pycache__", "*.egg-info")
    shutil.copytree(SOURCE, folder / "src" / "robot_system", ignore=made)
    environment = dict(os.environ, COLCON_HOME=str(folder / "home"), COLCON_LOG_LEVEL="error")
    done = subprocess.run(
        [str(COLCON), "build", "--event-handlers", "console_direct+"],
        cwd=folder, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]
    return folder


@pytest.fixture
def environment(workspace: Path) -> dict[str, str]:
    """The variables of a shell that has sourced the workspace."""
    source = f". '{workspace}/install/local_setup.sh' >&2; exec env -0"
    clean = dict(
        os.environ, ROS_DOMAIN_ID=str(DOMAIN), COLCON_CURRENT_PREFIX=f"{workspace}/install"
    )
    output = subprocess.run(["sh", "-c", source], env=clean, stdout=subprocess.PIPE, check=True)
    lines = [item for item in output.stdout.decode().split("\0") if item]
    return dict(line.split("=", 1) for line in lines)


def test_the_workspace_is_complete(workspace: Path) -> None:
    from robot_system.graph import NODES

    prefix = workspace / "install" / "robot_system"
    for name in ["robot", *(node.name for node in NODES)]:
        assert os.access(prefix / "lib" / "robot_system" / name, os.X_OK), name
    for kind in ("packages", "rosidl_interfaces"):
        assert (prefix / "share/ament_index/resource_index" / kind / "robot_system").is_file(), (
            kind
        )
    for path in ("package.xml", "config/dds/local.xml", "cmake/robot_systemConfig.cmake"):
        assert (prefix / "share" / "robot_system" / path).is_file(), path
    assert list((prefix / "include").glob("**/heartbeat.hpp"))


def test_the_messages_of_the_workspace_load(workspace: Path, environment: dict[str, str]) -> None:
    code = (
        "import robot_system, robot_system.msg, tf2_msgs.msg;"
        "from rclpy.type_support import check_for_type_support as check;"
        "check(robot_system.msg.Heartbeat); check(tf2_msgs.msg.TFMessage);"
        "print(robot_system.__file__)"
    )
    command = [sys.executable, "-c", code]
    where = subprocess.check_output(command, env=environment, cwd=workspace, text=True)
    assert Path(where.strip()).is_relative_to(workspace / "install")


def test_a_node_of_the_workspace_comes_up_and_goes_down(
    workspace: Path, environment: dict[str, str]
) -> None:
    script = workspace / "install" / "robot_system" / "lib" / "robot_system" / NODE
    log = workspace / "node.log"
    with log.open("wb") as output:
        node = subprocess.Popen([str(script)], env=environment, stdout=output, stderr=output)
    try:
        state = state_of(NODE, environment)
        assert state == "unconfigured", log.read_text()
        node.send_signal(signal.SIGINT)
        assert node.wait(10) == 0, log.read_text()
    finally:
        node.kill()
        node.wait()


def state_of(node: str, environment: dict[str, str]) -> str:
    """Ask a lifecycle node for its state, from a process with the same settings."""
    code = """
import sys, rclpy
from lifecycle_msgs.srv import GetState
from robot_system.ros import environment
environment.prepare()
rclpy.init()
asker = rclpy.create_node("asker")
client = asker.create_client(GetState, f"/{sys.argv[1]}/get_state")
assert client.wait_for_service(20.0), "no service"
future = client.call_async(GetState.Request())
rclpy.spin_until_future_complete(asker, future, timeout_sec=10.0)
print(future.result().current_state.label)
"""
    command = [sys.executable, "-c", code, node]
    return subprocess.check_output(command, env=environment, cwd="/", text=True).strip()
