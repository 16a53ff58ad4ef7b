"""The real system under test: the command in a process of its own, its nodes, one observer."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from robot_system import contract
from robot_system.contract import Topic
from robot_system.core.values import (
    Event,
    GroundTruth,
    Heartbeat,
    Mode,
    StopCause,
    SystemState,
    Twist,
)
from robot_system.ros.listener import Listener
from robot_system.testing.processes import is_alive

ROBOT = Path(sys.executable).parent / "robot"
READY = 40.0
GONE = 5.0
FRESH = 0.3
HEARD = 15.0
TRIES = 3
"""So often a test looks whether nothing else happened: a machine that stands still for a moment
makes the system heal itself, which is right, and not what the test is about."""


class System:
    """A running `robot up`, and what is heard of it."""

    def __init__(self, domain: int, state_folder: Path, *options: str) -> None:
        # Not a pipe: nobody reads while it runs, and a full one would hold the command.
        self._state_folder = state_folder
        self._output = state_folder / "output.txt"
        with self._output.open("wb") as output:
            self.process = subprocess.Popen(
                [str(ROBOT), "up", "--headless", "--profile", "test", *options],
                env={
                    **os.environ,
                    "ROS_DOMAIN_ID": str(domain),
                    "ROBOT_SYSTEM_STATE": str(state_folder),
                    "ROS_LOG_DIR": str(state_folder / "log" / "ros"),
                },
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        self.listener = Listener("observer")
        self.heartbeats: dict[str, Heartbeat] = {}
        self.events: list[Event] = []
        self._newest: dict[Topic, Any] = {}
        self._state_heard = 0.0
        self._is_closed = False
        for topic in (contract.TRUTH, contract.MOTION_STATE, contract.CMD_VEL):
            self._keep_newest(topic)
        self.listener.listen(contract.SYSTEM_STATE, self._on_state)
        self.listener.listen(contract.HEARTBEAT, self._on_heartbeat)
        self.listener.listen(contract.EVENTS, self.events.append)

    def _keep_newest(self, topic: Topic) -> None:
        self.listener.listen(topic, lambda value: self._newest.__setitem__(topic, value))

    def _on_state(self, state: SystemState) -> None:
        self._newest[contract.SYSTEM_STATE] = state
        self._state_heard = time.monotonic()

    def _on_heartbeat(self, heartbeat: Heartbeat) -> None:
        self.heartbeats[heartbeat.node] = heartbeat

    @property
    def output(self) -> str:
        """Return what the command has printed."""
        return self._output.read_text()

    @property
    def state(self) -> SystemState:
        """Return the newest state of the whole; one that nobody filled before the first."""
        return self._newest.get(contract.SYSTEM_STATE) or SystemState(0, reason="never heard")

    @property
    def is_running(self) -> bool:
        """Tell whether all nodes are ready, as a living orchestrator says."""
        is_fresh = time.monotonic() - self._state_heard < FRESH
        return is_fresh and self.state.mode is Mode.RUNNING

    @property
    def truth(self) -> GroundTruth | None:
        """Return where the robot really is."""
        return self._newest.get(contract.TRUTH)

    @property
    def causes(self) -> tuple[StopCause, ...]:
        """Return what holds the robot."""
        motion = self._newest.get(contract.MOTION_STATE)
        return motion.causes if motion else ()

    @property
    def contacts(self) -> int:
        """Return how often the robot touched something."""
        assert self.truth is not None, "the ground truth was never heard"
        return self.truth.contacts

    @property
    def is_moving(self) -> bool:
        """Tell whether the robot really drives or turns."""
        truth = self.truth
        if truth is None:
            return False
        return abs(truth.twist.linear) > 0.1 or abs(truth.twist.angular) > 0.2

    @property
    def is_told_to_stand(self) -> bool:
        """Tell whether the newest command to the base is zero."""
        command = self._newest.get(contract.CMD_VEL)
        return command is not None and command.twist == Twist()

    def pid(self, node: str) -> int:
        """Return the process of a node."""
        return self.heartbeats[node].pid

    def touched_since(self, before: dict[str, Heartbeat], *affected: str) -> set[str]:
        """Return the nodes that are new processes by now, or were activated again.

        Those that are affected may be activated again. Every node is heard anew before: a new
        process may be heard later by this observer than by the others.
        """
        now = self.listener.now().stamp
        self.until(
            lambda: all(self.heartbeats[name].stamp > now for name in before), HEARD, "every beat"
        )
        return {
            name
            for name, old in before.items()
            if (new := self.heartbeats[name]).pid != old.pid
            or (name not in affected and new.activations != old.activations)
        }

    def until(self, is_done: Callable[[], bool], seconds: float, what: str) -> None:
        """Listen until a condition holds; fail with what is known when it does not in time."""
        if self.listener.spin_until(is_done, seconds):
            return
        held = [f"{cause.name} {cause.detail}" for cause in self.causes]
        raise AssertionError(
            f"{what} did not happen within {seconds:g} s; mode {self.state.mode.name},"
            f" {self.state.reason}; motion is held by {held}; {self.truth}; the command said:\n"
            f"{self.output}"
        )

    def until_driving(self) -> None:
        """Listen until all nodes are ready and the robot moves."""
        self.until(lambda: self.is_running, READY, "running")
        self.until(lambda: self.is_moving, READY, "driving")

    @property
    def knows_scan_form(self) -> bool:
        """Tell whether the form of the scans was written down for nodes that come later."""
        return any((self._state_folder / "scan_form").glob("*.json"))

    def until_ended(self, seconds: float) -> None:
        """Listen until the command ends by itself."""
        self.until(lambda: self.process.poll() is not None, seconds, "the end of the command")

    def stop(self, number: signal.Signals = signal.SIGINT) -> tuple[int, float, str]:
        """Ask for the end; return the exit code, the seconds it took, and the output."""
        began = time.monotonic()
        if self.process.poll() is None:
            self.process.send_signal(number)
        code = self.process.wait(20.0)
        return code, time.monotonic() - began, self.output

    def close(self) -> None:
        """Leave nothing behind; fail when a node outlives the command."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if not self._is_closed:
            self._is_closed = True
            self.listener.close()
        end = time.monotonic() + GONE
        pids = [heartbeat.pid for heartbeat in self.heartbeats.values()]
        while left := [pid for pid in pids if is_alive(pid)]:
            if time.monotonic() > end:
                for pid in left:
                    os.kill(pid, signal.SIGKILL)
                raise AssertionError(f"processes {left} outlived the system")
            time.sleep(0.02)
