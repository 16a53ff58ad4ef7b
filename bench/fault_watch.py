"""What a running system says and does around a fault, with the times at which it was heard."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from robot_system import contract
from robot_system.core.time import Time
from robot_system.core.values import (
    ActionChunk,
    Event,
    GroundTruth,
    Heartbeat,
    Lifecycle,
    Mode,
    MotionState,
    Odometry,
    StopCause,
    SystemState,
    Twist,
    VelocityCommand,
)

if TYPE_CHECKING:
    from robot_system.ros.listener import Listener

# What holds or slows a robot that is well.
OF_DRIVING = frozenset({"policy_holds", "obstacle", "unseen", "moving_obstacle"})
# The wait after a fault: the robot is held, but the fault is not what is named.
RESUMING = "resuming"
# What was heard last is over after this long (s).
FRESH = 0.2
BEATING = 0.3
# So many messages of a topic may wait while others keep the machine busy: a second of most.
PATIENCE = 100
# Below this the robot stands (m/s, rad/s).
STILL, STILL_TURN = 0.03, 0.06
DRIVING = 0.2


@dataclass(slots=True)
class Records:
    """All that was heard since a moment, as (seconds on the steady clock, value)."""

    events: list[tuple[float, Event]] = field(default_factory=list)
    states: list[tuple[float, SystemState]] = field(default_factory=list)
    motions: list[tuple[float, MotionState]] = field(default_factory=list)
    commands: list[tuple[float, VelocityCommand]] = field(default_factory=list)
    truths: list[tuple[float, GroundTruth]] = field(default_factory=list)
    # Only the stamps of what motion needs; of permissions, those that allow it to move.
    permissions: list[tuple[float, Time]] = field(default_factory=list)
    actions: list[tuple[float, Time]] = field(default_factory=list)
    odometry: list[tuple[float, Time]] = field(default_factory=list)


class Watch:
    """Listens to a system; `ready_since` is since when it has been ready without a break."""

    def __init__(self, listener: Listener, nodes: Iterable[str]) -> None:
        self.nodes = tuple(nodes)
        self.records = Records()
        self.beats: dict[str, Heartbeat] = {}
        self.deaths: dict[str, float] = {}
        self.ready_since: float | None = None
        self.running_since: float | None = None
        self.truth: GroundTruth | None = None
        self._heard: dict[str, float] = {}
        self._state: SystemState | None = None
        self._motion: MotionState | None = None
        self._listener = listener
        for topic, react in (
            (contract.SYSTEM_STATE, self._on_state),
            (contract.MOTION_STATE, self._on_motion),
            (contract.CMD_VEL, self._on_command),
            (contract.TRUTH, self._on_truth),
            (contract.HEARTBEAT, self._on_beat),
            (contract.EVENTS, self._on_event),
            (contract.ACTION_CHUNK, self._on_action),
            (contract.ODOM, self._on_odometry),
        ):
            listener.listen(topic, react, PATIENCE)

    def begin(self) -> None:
        """Forget what was heard before, but the newest of what goes on all the time."""
        old = self.records
        self.records = Records(
            commands=old.commands[-1:],
            truths=old.truths[-1:],
            permissions=old.permissions[-1:],
            actions=old.actions[-1:],
            odometry=old.odometry[-1:],
        )

    def doubt(self) -> None:
        """Count how long the system has been ready from now."""
        self.ready_since = self.running_since = None

    def spin(self, seconds: float) -> None:
        """Listen for some time."""
        self.spin_until(lambda: False, seconds)

    def spin_until(self, is_done: Callable[[], bool], seconds: float) -> bool:
        """Listen until a condition holds, and look often whether the system is ready."""
        end = time.monotonic() + seconds
        while not is_done():
            if time.monotonic() > end:
                return False
            self._listener.spin(0.005)
            self._look()
        return True

    @property
    def is_driving(self) -> bool:
        """Tell whether the robot is ready and really moves."""
        return self.ready_since is not None and self.speed > DRIVING

    @property
    def speed(self) -> float:
        """Return how fast the robot really goes, forward or backward."""
        return abs(self.truth.twist.linear) if self.truth else 0.0

    @property
    def mode(self) -> Mode | None:
        """Return the mode that a living orchestrator names."""
        return self._state.mode if self._state and self._is_fresh("state", FRESH) else None

    @property
    def reason(self) -> str:
        """Return what the newest state gives as its reason."""
        return self._state.reason if self._state else ""

    @property
    def missing(self) -> str:
        """Return what keeps the system from being ready, as it is seen from here."""
        now = time.monotonic()
        unheard = {
            name: now - self._heard.get(name, -math.inf)
            for name in (*self.nodes, "motion_state", "state")
        }
        words = [
            f"{name} {self.beats[name].state.name.lower()}"
            for name in self.nodes
            if name in self.beats and self.beats[name].state is not Lifecycle.ACTIVE
        ]
        words += [
            f"{name} unheard for {age:.1f} s" for name, age in unheard.items() if age > FRESH
        ]
        causes = self._motion.causes if self._motion else ()
        return ", ".join([*words, *(cause.name for cause in causes)])

    @property
    def contacts(self) -> int:
        """Return how often the robot has touched something."""
        return self.truth.contacts if self.truth else 0

    def contacts_since(self, before: int) -> int:
        """Return how many contacts began in these records, as the truth or the events say."""
        told = sum(event.name == contract.CONTACT.name for _, event in self.records.events)
        return max(told, self.contacts - before)

    def counts(self) -> dict[str, tuple[int, int]]:
        """Return process and number of activations of each node."""
        return {name: (beat.pid, beat.activations) for name, beat in self.beats.items()}

    def _look(self) -> None:
        now = time.monotonic()
        if not self._is_running():
            self.running_since = None
        elif self.running_since is None:
            self.running_since = now
        if self.running_since is None or not self._is_free():
            self.ready_since = None
        elif self.ready_since is None:
            self.ready_since = now

    def _is_running(self) -> bool:
        return self.mode is Mode.RUNNING and all(
            name in self.beats
            and self.beats[name].state is Lifecycle.ACTIVE
            and self._is_fresh(name, BEATING)
            for name in self.nodes
        )

    def _is_free(self) -> bool:
        motion = self._motion
        return motion is not None and self._is_fresh("motion_state", FRESH) and not is_held(motion)

    def _is_fresh(self, what: str, limit: float) -> bool:
        return time.monotonic() - self._heard.get(what, -math.inf) < limit

    def _note(self, what: str) -> float:
        now = self._heard[what] = time.monotonic()
        return now

    def _on_state(self, state: SystemState) -> None:
        self._state = state
        heard = self._note("state")
        self.records.states.append((heard, state))
        if state.valid and state.is_motion_allowed:
            self.records.permissions.append((heard, state.stamp))

    def _on_motion(self, motion: MotionState) -> None:
        self._motion = motion
        self.records.motions.append((self._note("motion_state"), motion))
        self._look()

    def _on_command(self, command: VelocityCommand) -> None:
        self.records.commands.append((self._note("cmd_vel"), command))

    def _on_truth(self, truth: GroundTruth) -> None:
        self.truth = truth
        self.records.truths.append((self._note("truth"), truth))

    def _on_beat(self, beat: Heartbeat) -> None:
        now = self._note(beat.node)
        before = self.beats.get(beat.node)
        self.beats[beat.node] = beat
        if before is not None and before.pid != beat.pid:
            self.deaths[beat.node] = now
            # However quickly it was: it was not ready in between.
            self.doubt()
        self._look()

    def _on_action(self, chunk: ActionChunk) -> None:
        if chunk.valid:
            self.records.actions.append((time.monotonic(), chunk.stamp))

    def _on_odometry(self, odometry: Odometry) -> None:
        self.records.odometry.append((time.monotonic(), odometry.stamp))

    def _on_event(self, event: Event) -> None:
        self.records.events.append((time.monotonic(), event))


def faults_of(motion: MotionState) -> list[StopCause]:
    """Return what is named that does not hold a robot that is well."""
    held = (cause for cause in motion.causes if cause.name not in OF_DRIVING)
    return [cause for cause in held if cause.name != RESUMING]


def is_fault(motion: MotionState) -> bool:
    """Tell whether something is named that does not hold a robot that is well."""
    return bool(faults_of(motion))


def is_held(motion: MotionState) -> bool:
    """Tell whether a fault holds the robot, or the wait after one."""
    return any(cause.name not in OF_DRIVING for cause in motion.causes)


def is_standing(twist: Twist) -> bool:
    """Tell whether a motion is none."""
    return abs(twist.linear) < STILL and abs(twist.angular) < STILL_TURN
