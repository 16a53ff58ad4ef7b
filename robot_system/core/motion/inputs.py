"""Everything that the shield rests on: the newest of each input, and what is wrong with it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from robot_system.core.geometry import pose_at
from robot_system.core.motion.agreement import Agreement, AgreementSettings
from robot_system.core.motion.causes import cause
from robot_system.core.motion.playback import Playback
from robot_system.core.motion.surroundings import Surroundings
from robot_system.core.motion.tracks import MovingObstacles
from robot_system.core.perception.returns import problem_of
from robot_system.core.sensing.form import FormMemory, ScanForm
from robot_system.core.time import SECOND, Instant, Time
from robot_system.core.values import (
    ActionChunk,
    Obstacles,
    Odometry,
    Pose,
    Scan,
    StopCause,
    SystemState,
)

# An odometry that moved further than its speed explains, and this, began anew elsewhere (m).
JUMP = 0.3
# Scans of one LiDAR may differ this much in where they begin and in what they cover (rad).
FORM_TOLERANCE = 0.05
# An older stamp than the last one is an old message; much older, the clock was set back.
CLOCK_SET_BACK: Time = SECOND


@dataclass(frozen=True, slots=True)
class InputLimits:
    """How old (s) and how bad an input may be; `speed` is the most that the base can do (m/s)."""

    max_permission_age: float
    max_action_age: float
    max_observation_age: float
    max_scan_age: float
    max_odometry_age: float
    future_tolerance: float
    min_valid_share: float
    speed: float
    max_track_age: float
    agreement: AgreementSettings


class Inputs:
    """Takes what arrives and judges it anew at each moment; it trusts no sender."""

    def __init__(self, limits: InputLimits, surroundings: Surroundings) -> None:
        self.playback = Playback()
        self.surroundings = surroundings
        self.moving = MovingObstacles(limits.max_track_age)
        self.agreement = Agreement(limits.agreement)
        self.stop = ""
        """Why a person has pressed the emergency stop; empty when nobody has."""
        self._limits = limits
        self._permission: SystemState | None = None
        self._permission_received: Instant | None = None
        self._odometry: Odometry | None = None
        self._odometry_received: Instant | None = None
        self._odometry_problem = ""
        self._scan_received: Instant | None = None
        self._scan_problem = ""
        self.form = FormMemory()

    def take_permission(self, permission: SystemState, now: Instant) -> None:
        """Take the permission to move, or its end."""
        self._permission, self._permission_received = permission, now

    def take_action(self, chunk: ActionChunk, now: Instant) -> bool:
        """Take an action, unless a newer one is there; tell whether it was taken."""
        return self.playback.accept(chunk, now)

    def take_odometry(self, odometry: Odometry, now: Instant) -> None:
        """Take where the base is; after a jump nothing is known of its surroundings."""
        self._odometry_received = now
        pose, twist = odometry.pose, odometry.twist
        numbers = (pose.x, pose.y, pose.theta, twist.linear, twist.angular)
        if not all(map(math.isfinite, numbers)):
            self._odometry_problem = "a number is not finite"
            return
        self._odometry_problem = ""
        if self._has_jumped(odometry):
            self.surroundings.reset()
            self._scan_received = None
        self._odometry = odometry
        self.agreement.measure(odometry, now)

    def take_scan(self, scan: Scan, now: Instant) -> bool:
        """Take what stands around; tell whether it is a scan to act on."""
        if self._odometry is None:
            return False
        if 0 <= self.surroundings.stamp - scan.stamp < CLOCK_SET_BACK:
            return False
        self._scan_received = now
        self._scan_problem = problem_of(scan) or self._other_form(scan)
        if self._scan_problem:
            return False
        if abs(scan.stamp - self._odometry.stamp) * 1e-9 > self._limits.max_odometry_age:
            # Nobody knows where it was taken: it goes stale like one that never came.
            return False
        self.surroundings.add(scan, self._odometry)
        return True

    def take_obstacles(self, obstacles: Obstacles, now: Instant) -> None:
        """Take what moves around; nothing waits for it."""
        self.moving.take(obstacles, now)

    def base(self, now: Instant) -> Pose | None:
        """Return where the base is now, None when nothing is known of it or its surroundings."""
        if self._odometry is None or self._scan_received is None:
            return None
        return pose_at(self._odometry, now.stamp)

    def faults(self, now: Instant) -> list[StopCause]:
        """Return every reason not to move that lies in the inputs."""
        found = (
            self._stop_fault(),
            self._permission_fault(now),
            self._action_fault(now),
            self._scan_fault(now),
            self._odometry_fault(now),
            self.agreement.fault(now),
        )
        return [fault for fault in found if fault is not None]

    def _has_jumped(self, odometry: Odometry) -> bool:
        before = self._odometry
        if before is None:
            return False
        elapsed = abs(odometry.stamp - before.stamp) * 1e-9
        x, y = odometry.pose.x - before.pose.x, odometry.pose.y - before.pose.y
        return math.hypot(x, y) > JUMP + 2.0 * self._limits.speed * elapsed

    def _other_form(self, scan: Scan) -> str:
        """Return how a scan differs in form from what is known: then its angles mean nothing."""
        form, known = ScanForm.of(scan), self.form.known
        problem = _difference(form, known) if known is not None else ""
        self.form.take(form, fits=not problem)
        return problem

    def _stop_fault(self) -> StopCause | None:
        if not self.stop:
            return None
        detail = f"{self.stop}; waits for `robot release`"
        return cause("emergency_stop", "emergency_stop", detail=detail)

    def _permission_fault(self, now: Instant) -> StopCause | None:
        permission, received = self._permission, self._permission_received
        if permission is None or received is None:
            return cause("no_permission", "system_state", detail="never received")
        limit = self._limits.max_permission_age
        old = self._stale("permission", "system_state", permission.stamp, received, limit, now)
        if old is None and not (permission.valid and permission.is_motion_allowed):
            return cause("permission_denied", "system_state", detail=permission.reason)
        return old

    def _action_fault(self, now: Instant) -> StopCause | None:
        chunk, received = self.playback.chunk, self.playback.received
        if chunk is None or received is None:
            return cause("no_action", "action_chunk", detail="never received")
        if self.playback.problem:
            return cause("action_invalid", "action_chunk", detail=self.playback.problem)
        limit = min(self._limits.max_action_age, chunk.valid_for)
        old = self._stale("action", "action_chunk", chunk.stamp, received, limit, now)
        if old is not None:
            return old
        limit = self._limits.max_observation_age
        stamp = chunk.observation_stamp
        return self._stale("observation", "action_chunk", stamp, received, limit, now)

    def _scan_fault(self, now: Instant) -> StopCause | None:
        received = self._scan_received
        if received is None:
            return cause("no_scan", "scan_raw", detail="never received")
        if self._scan_problem:
            return cause("scan_invalid", "scan_raw", detail=self._scan_problem)
        around, limit = self.surroundings, self._limits.max_scan_age
        old = self._stale("scan", "scan_raw", around.stamp, received, limit, now)
        if old is not None:
            return old
        if around.is_frozen:
            return cause("scan_frozen", "scan_raw", detail="identical ranges again and again")
        least = self._limits.min_valid_share
        if around.valid_share < least:
            detail = "too few beams measure anything"
            return cause("scan_blind", "scan_raw", around.valid_share, least, detail)
        return None

    def _odometry_fault(self, now: Instant) -> StopCause | None:
        received = self._odometry_received
        if self._odometry_problem:
            return cause("odom_invalid", "odom", detail=self._odometry_problem)
        if self._odometry is None or received is None:
            return cause("no_odom", "odom", detail="never received")
        limit = self._limits.max_odometry_age
        return self._stale("odom", "odom", self._odometry.stamp, received, limit, now)

    def _stale(
        self, name: str, source: str, stamp: Time, received: Instant, limit: float, now: Instant
    ) -> StopCause | None:
        by_stamp = (now.stamp - stamp) * 1e-9
        if by_stamp < -self._limits.future_tolerance:
            detail = "its stamp is in the future"
            return cause(f"{name}_from_future", source, by_stamp, 0.0, detail)
        waited = (now.steady - received.steady) * 1e-9
        age = by_stamp if by_stamp > waited else waited
        return cause(f"{name}_stale", source, age, limit) if age > limit else None


def _difference(form: ScanForm, known: ScanForm) -> str:
    for name, value, expected in (
        ("begins", form.begins, known.begins),
        ("covers", form.covers, known.covers),
    ):
        if abs(value - expected) > FORM_TOLERANCE:
            return f"it {name} {value:.2f} rad instead of {expected:.2f}"
    return ""
