"""The real launch starts the system, starts again what dies, and stops everything on SIGINT."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("launch_ros", reason="launch_ros is not installed: it comes with ROS")

from robot_system import contract, graph
from robot_system.core.values import Mode, SystemState, Twist, VelocityCommand
from robot_system.locks import NodeLock
from robot_system.paths import PACKAGE, share_folder

READY_WITHIN = 30.0
DOWN_WITHIN = 10.0
VICTIM = "lidar"
NAMES = tuple(spec.name for spec in graph.nodes_of("sim"))
LAUNCH = """
import sys
from launch import LaunchDescription, LaunchService
from launch.actions import IncludeLaunchDescription
from launch.launch_description_sources import PythonLaunchDescriptionSource
service = LaunchService(argv=sys.argv[2:])
arguments = [argument.split(":=") for argument in sys.argv[2:]]
source = PythonLaunchDescriptionSource(sys.argv[1])
included = IncludeLaunchDescription(source, launch_arguments=arguments)
service.include_launch_description(LaunchDescription([included]))
sys.exit(service.run())
"""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (share_folder().parents[1] / "lib" / PACKAGE / VICTIM).exists(),
        reason="installed by pip, so that launch does not find the executables: use colcon",
    ),
]


class Launched:
    """A running launch in a session of its own, and what is heard of the system."""

    def __init__(self, domain: int, folder: Path, namespace: str = "") -> None:
        from robot_system.ros.listener import Listener, keep

        self.domain, self.namespace = domain, namespace
        self.log = folder / f"launch{namespace}.log"
        file = share_folder() / "launch" / "sim.launch.py"
        arguments = [f"namespace:={namespace}"] if namespace else []
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-c", LAUNCH, str(file), *arguments],
                env=dict(os.environ, ROS_DOMAIN_ID=str(domain), ROS_LOG_DIR=str(folder)),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.listener = Listener("watcher")
        self.state: SystemState | None = None
        self.command: VelocityCommand | None = None
        for topic, field in ((contract.SYSTEM_STATE, "state"), (contract.CMD_VEL, "command")):
            here = replace(topic, name=self.full_name(topic.name))
            self.listener.listen(here, keep(self, field))

    def full_name(self, name: str) -> str:
        return f"{self.namespace}/{name}" if self.namespace else name

    def pid_of(self, name: str) -> int | None:
        holder = NodeLock.holder(self.domain, self.full_name(name))
        return int(holder["pid"]) if holder else None

    def pid_heard(self, name: str) -> int:
        nodes = self.state.nodes if self.state else ()
        return next((status.pid for status in nodes if status.node == name), 0)

    def wait_until_running(self, other_than: int = 0) -> None:
        def is_done() -> bool:
            is_running = self.state is not None and self.state.mode is Mode.RUNNING
            return is_running and self.pid_heard(VICTIM) not in (0, other_than)

        assert self.listener.spin_until(is_done, READY_WITHIN), self.text()

    def interrupt(self) -> int:
        """Do what Ctrl-C in a terminal does."""
        os.killpg(self.process.pid, signal.SIGINT)
        deadline = time.monotonic() + DOWN_WITHIN
        while self.process.poll() is None and time.monotonic() < deadline:
            self.listener.spin(0.05)
        return self.process.wait(1.0)

    def text(self) -> str:
        return f"{self.log.read_text()[-4000:]}\n{self.state}"

    def close(self) -> None:
        self.listener.close()
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        self.process.wait()


@pytest.fixture
def launched(domain: int, tmp_path: Path) -> Iterator[Launched]:
    launched = Launched(domain, tmp_path)
    yield launched
    launched.close()


def test_all_come_up_one_is_killed_and_all_go_down(launched: Launched) -> None:
    launched.wait_until_running()
    pids = {name: launched.pid_of(name) for name in NAMES}
    assert all(pids.values()), pids

    killed = pids[VICTIM]
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    launched.wait_until_running(other_than=killed)
    after = {name: launched.pid_of(name) for name in NAMES}
    assert {name for name in NAMES if after[name] != pids[name]} == {VICTIM}

    assert launched.interrupt() == 0, launched.text()
    assert {name: launched.pid_of(name) for name in NAMES} == dict.fromkeys(NAMES), launched.text()
    assert launched.command is not None
    assert launched.command.twist == Twist(0.0, 0.0)
    with pytest.raises(ProcessLookupError):
        os.killpg(launched.process.pid, 0)


def test_two_robots_in_their_own_namespaces(domain: int, tmp_path: Path) -> None:
    robots = [Launched(domain, tmp_path, name) for name in ("robot1", "robot2")]
    try:
        for robot in robots:
            robot.wait_until_running()
            assert robot.pid_heard(VICTIM) == robot.pid_of(VICTIM)
        assert robots[0].pid_of(VICTIM) != robots[1].pid_of(VICTIM)
        assert robots[0].interrupt() == 0, robots[0].text()
        assert robots[1].pid_of(VICTIM) is not None
        assert robots[1].interrupt() == 0, robots[1].text()
    finally:
        for robot in robots:
            robot.close()


def test_nothing_is_started_when_something_is_wrong(domain: int, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("/**/lidar:\n  ros__parameters:\n    no_such_thing: 1\n")
    file = share_folder() / "launch" / "sim.launch.py"
    done = subprocess.run(
        [sys.executable, "-c", LAUNCH, str(file), f"params:={wrong}"],
        env=dict(os.environ, ROS_DOMAIN_ID=str(domain), ROS_LOG_DIR=str(tmp_path)),
        capture_output=True,
        timeout=60.0,
        check=False,
    )
    assert done.returncode == 1
    assert all(NodeLock.holder(domain, name) is None for name in NAMES)
    assert not list(tmp_path.glob("**/lidar*.log"))
