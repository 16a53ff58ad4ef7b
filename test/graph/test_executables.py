"""Every node's executable: it starts, beats, stops when told to, and names what is wrong."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from robot_system import contract, graph

BIN = Path(sys.executable).parent
HEARD_WITHIN = 30.0
GONE_WITHIN = 10.0
NAMES = tuple(spec.name for spec in graph.NODES)

pytestmark = pytest.mark.skipif(
    not (BIN / NAMES[0]).exists(), reason="installed by colcon: the executables are elsewhere"
)


def begin(folder: Path, domain: int, name: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [str(BIN / name), *arguments],
        env=dict(os.environ, ROS_DOMAIN_ID=str(domain), ROS_LOG_DIR=str(folder)),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def all_nodes(domain: int, tmp_path: Path) -> Iterator[dict[str, subprocess.Popen[str]]]:
    processes = {name: begin(tmp_path, domain, name) for name in NAMES}
    yield processes
    for process in processes.values():
        process.kill()
        process.communicate()


def test_all_beat_and_end_when_told_to(
    domain: int, all_nodes: dict[str, subprocess.Popen[str]]
) -> None:
    from robot_system.ros.listener import Listener

    heard: set[str] = set()
    listener = Listener("observer")
    listener.listen(contract.HEARTBEAT, lambda beat: heard.add(beat.node))
    listener.spin_until(lambda: heard >= set(NAMES), HEARD_WITHIN)
    listener.close()
    assert heard == set(NAMES)
    for process in all_nodes.values():
        process.send_signal(signal.SIGTERM)
    deadline = time.monotonic() + GONE_WITHIN
    for process in all_nodes.values():
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(max(0.1, deadline - time.monotonic()))
    codes = {name: process.poll() for name, process in all_nodes.items()}
    for process in all_nodes.values():
        process.kill()
    errors = {name: all_nodes[name].communicate()[1] for name, code in codes.items() if code != 0}
    assert codes == dict.fromkeys(NAMES, 0), errors


def test_what_is_wrong_is_one_line(domain: int, tmp_path: Path) -> None:
    unknown = tmp_path / "unknown.yaml"
    unknown.write_text("/**:\n  ros__parameters:\n    no_such_thing: 1\n")
    cases = {
        "no_such_thing": begin(
            tmp_path, domain, "lidar", "--ros-args", "--params-file", str(unknown)
        ),
        "/nowhere.yaml": begin(
            tmp_path, domain, "motion", "--ros-args", "--params-file", "/nowhere.yaml"
        ),
        "no node is named 'nobody'": begin(
            tmp_path, domain, "orchestrator", "--ros-args", "-p", "without:=[nobody]"
        ),
        "--bogus": begin(tmp_path, domain, "alerts", "--ros-args", "--bogus"),
    }
    for wanted, process in cases.items():
        _, errors = process.communicate(timeout=HEARD_WITHIN)
        # The middleware writes a line of its own before it raises.
        lines = [line for line in errors.splitlines() if "[rcl]" not in line]
        assert process.returncode == 2, errors
        assert len(lines) == 1, errors
        assert wanted in lines[0]
