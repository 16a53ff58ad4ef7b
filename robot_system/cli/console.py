"""The person's side of `robot up`: gives the goals, shows the system, decides when it is over."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import sys
import time
from typing import TYPE_CHECKING

from robot_system import contract, graph, priority
from robot_system.cli.snapshot import Snapshot
from robot_system.cli.view import change_lines, render
from robot_system.core.mission.goals import GoalSequence
from robot_system.core.values import (
    Event,
    Goal,
    Heartbeat,
    Mode,
    MotionState,
    Odometry,
    SystemState,
)
from robot_system.priority import Priority
from robot_system.ros.listener import Listener, keep

if TYPE_CHECKING:
    from robot_system.cli.up import Launch

VIEW_PERIOD = 0.2
# From one look at the process owner to the next (s).
LOOK_PERIOD = 0.05
GOAL_PERIOD = 1.0
# A bounded run that is not ready after this long has failed (s).
READY_PATIENCE = 20.0
# After this long everything should have stopped (s).
STOP_PATIENCE = 2.5
EXIT_OK, EXIT_FAILED = 0, 1


class Console:
    """Runs in the foreground process; `link` leads to the process owner."""

    def __init__(self, launch: Launch, link: socket.socket) -> None:
        self._launch = launch
        self._link = link
        self._snapshot = Snapshot(launch.title)
        self._goals = GoalSequence(launch.goals, launch.is_endless)
        self._seen: dict[str, str] = {}
        self._received = b""
        self._exit_code: int | None = None
        self._started = time.monotonic()
        self._running_since: float | None = None
        self._goal: Goal | None = None
        self._goal_due = 0.0
        self._failure = ""

    def run(self) -> int:
        """Stay until the goal, the duration, a contact, a signal or the end of the owner."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._on_signal)
        self._link.setblocking(False)
        # To look at the robot must not disturb it.
        priority.take(Priority.BACKGROUND)
        listener = self._listener = Listener("operator")
        self._subscribe(listener)
        next_view = 0.0
        with _Screen(not self._launch.is_headless) as screen:
            while self._exit_code is None:
                listener.spin(LOOK_PERIOD)
                self._read_link()
                self._steer()
                if time.monotonic() >= next_view:
                    next_view = time.monotonic() + VIEW_PERIOD
                    self._show(screen)
            self._show(screen)
        return self._stop()

    def _subscribe(self, listener: Listener) -> None:
        snapshot = self._snapshot
        listener.advertise(contract.GOAL)
        listener.advertise(contract.EVENTS)
        listener.listen(contract.SYSTEM_STATE, self._on_system)
        listener.listen(contract.MOTION_STATE, self._on_motion)
        listener.listen(contract.ODOM, self._on_odometry)
        listener.listen(contract.EVENTS, self._on_event)
        if not self._launch.is_headless:
            # Only the view shows them.
            listener.listen(contract.CLEARANCE, keep(snapshot, "clearance"))
            listener.listen(contract.METRICS, keep(snapshot, "metrics"))
            listener.listen(contract.HEARTBEAT, self._on_heartbeat)
        if any(spec.name == "sim" for spec in self._launch.specs):
            listener.listen(contract.TRUTH, keep(snapshot, "truth"))

    def _on_signal(self, number: int, frame: object) -> None:
        self._exit_code = EXIT_OK if self._exit_code is None else self._exit_code

    def _on_system(self, state: SystemState) -> None:
        self._snapshot.system, self._snapshot.system_heard = state, self._uptime()

    def _on_motion(self, state: MotionState) -> None:
        self._snapshot.motion, self._snapshot.motion_heard = state, self._uptime()

    def _uptime(self) -> float:
        return time.monotonic() - self._started

    def _on_heartbeat(self, heartbeat: Heartbeat) -> None:
        self._snapshot.heartbeats[heartbeat.node] = heartbeat

    def _on_event(self, event: Event) -> None:
        self._snapshot.note(event)
        if self._launch.is_headless:
            node = f" {event.node}" if event.node else ""
            print(f"event {event.name}{node} {event.detail}".rstrip(), flush=True)

    def _on_odometry(self, odometry: Odometry) -> None:
        snapshot = self._snapshot
        snapshot.odometry = odometry
        snapshot.goal_distance = self._goals.distance(odometry)
        if self._goals.update(odometry):
            snapshot.goals_reached = self._goals.reached
            place = f"({odometry.pose.x:.2f}, {odometry.pose.y:.2f})"
            if self._goals.current is None:
                self._say(f"goal reached at {place}")
                self._exit_code = EXIT_OK

    def _steer(self) -> None:
        """Set the next goal, and notice the end."""
        snapshot = self._snapshot
        snapshot.uptime = self._uptime()
        system = snapshot.system
        if system is not None and system.mode in (Mode.RUNNING, Mode.DEGRADED):
            if self._running_since is None:
                self._running_since = time.monotonic()
                self._say(f"all nodes ready after {snapshot.system_heard:.2f} s")
            self._set_goal()
        self._give_up_starting()
        duration, since = self._launch.duration, self._running_since
        if duration is not None and since is not None and time.monotonic() - since >= duration:
            self._say(f"ran for {duration:g} s")
            self._exit_code = EXIT_OK if self._exit_code is None else self._exit_code
        if snapshot.truth is not None and snapshot.truth.contacts:
            place = snapshot.truth.pose
            self._fail(f"the robot touched something at ({place.x:.2f}, {place.y:.2f})")

    def _give_up_starting(self) -> None:
        snapshot, is_bounded = self._snapshot, self._launch.is_bounded
        if self._running_since is None and is_bounded and snapshot.uptime > READY_PATIENCE:
            reason = snapshot.system.reason if snapshot.system else "the orchestrator is silent"
            self._fail(f"not ready after {READY_PATIENCE:g} s: {reason}")

    def _fail(self, text: str) -> None:
        """End with a reason, which is the last thing that the person reads."""
        self._failure = text
        self._exit_code = EXIT_FAILED

    def _set_goal(self) -> None:
        """Say where to go; again and again, so that whoever missed it hears it."""
        pose = self._goals.current
        if pose is None:
            return
        if self._goal is None or self._goal.pose != pose:
            self._goal = Goal(self._listener.now().stamp, pose)
            self._snapshot.goal = (pose.x, pose.y)
        elif time.monotonic() < self._goal_due:
            return
        self._goal_due = time.monotonic() + GOAL_PERIOD
        self._listener.publish(contract.GOAL, self._goal)

    def _read_link(self) -> None:
        try:
            data = self._link.recv(65536)
        except BlockingIOError:
            return
        if not data:
            self._fail("the process owner is gone: everything stops")
            return
        *lines, self._received = (self._received + data).split(b"\n")
        for line in lines:
            self._on_notice(json.loads(line))

    def _on_notice(self, notice: dict[str, object]) -> None:
        what, node = str(notice["what"]), str(notice["node"])
        if what == "process_started":
            self._snapshot.restarts[node] = int(str(notice["restarts"]))
            return
        kinds = {kind.name: kind for kind in contract.EVENT_TYPES}
        if what in kinds:
            self._tell(kinds[what], str(notice.get("detail", "")), node)
        if what == "process_given_up":
            self._on_given_up(node, str(notice["detail"]))

    def _on_given_up(self, node: str, reason: str) -> None:
        """End what can not succeed any more; an endless run goes on for its person to decide."""
        if self._running_since is None:
            self._fail(f"{node} does not start: {reason}")
        elif self._launch.is_bounded and graph.node(node).is_needed_to_move:
            self._fail(f"{node} was given up: {reason}")
        else:
            self._say(f"{node} was given up and stays down: {reason}")

    def _tell(self, kind: contract.EventType, detail: str, node: str = "operator") -> None:
        stamp = self._listener.now().stamp
        event = Event(stamp, kind.name, kind.severity, node, detail)
        self._listener.publish(contract.EVENTS, event)

    def _say(self, text: str) -> None:
        if self._launch.is_headless:
            print(text, flush=True)

    def _show(self, screen: _Screen) -> None:
        if self._launch.is_headless:
            for line in change_lines(self._seen, self._snapshot):
                print(line, flush=True)
            return
        screen.show(render(self._snapshot, shutil.get_terminal_size().columns))

    def _stop(self) -> int:
        """Let the owner stop everything, wheels first; then leave the graph."""
        began = time.monotonic()
        self._link.setblocking(True)
        self._link.settimeout(STOP_PATIENCE)
        try:
            self._link.sendall(b"stop\n")
            while self._link.recv(65536):
                pass
        except OSError:
            pass
        self._listener.close()
        if self._failure:
            print(f"robot up: {self._failure}", file=sys.stderr)
        print(f"stopped in {time.monotonic() - began:.2f} s", flush=True)
        return EXIT_FAILED if self._exit_code is None else self._exit_code


class _Screen:
    """The terminal while the view is shown; what was there before comes back at the end."""

    def __init__(self, is_used: bool) -> None:
        self._is_used = is_used
        self._last: list[str] = []

    def __enter__(self) -> _Screen:
        if self._is_used:
            sys.stdout.write("\x1b[?1049h\x1b[?25l\x1b[2J")
            sys.stdout.flush()
        return self

    def __exit__(self, *error: object) -> None:
        if self._is_used:
            sys.stdout.write("\x1b[?25h\x1b[?1049l")
            sys.stdout.write("\n".join(self._last) + "\n")
            sys.stdout.flush()

    def show(self, lines: list[str]) -> None:
        """Draw the lines over the ones before."""
        height = shutil.get_terminal_size().lines
        self._last = lines
        text = "\x1b[H" + "".join(line + "\x1b[K\n" for line in lines[: height - 1]) + "\x1b[J"
        os.write(sys.stdout.fileno(), text.encode())
