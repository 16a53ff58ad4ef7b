"""The shield: the only way from what a policy asks for to what the base is told.

It trusts nobody. Each cycle it looks at every input anew, names every reason to stop or to slow
down, and changes its output only as fast as the limits allow. It needs nothing to arrive in order
to decide.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from robot_system.core.geometry import pose_at
from robot_system.core.motion.braking import free_share, needed_room
from robot_system.core.motion.footprint import Footprint
from robot_system.core.motion.limits import MotionLimits, clamp, is_finite, ramp
from robot_system.core.motion.playback import Playback
from robot_system.core.motion.surroundings import Surroundings
from robot_system.core.time import Instant, Time
from robot_system.core.values import MotionState, Odometry, StopCause, SystemState, Twist

STAND = Twist()
# Below this the base counts as standing (m/s, rad/s).
STILL = 1e-3


@dataclass(frozen=True, slots=True)
class ShieldSettings:
    """Limits, ages (s), margin (m) and reaction time (s) that the shield enforces."""

    limits: MotionLimits
    footprint: Footprint
    margin: float
    reaction: float
    max_permission_age: float
    max_action_age: float
    max_scan_age: float
    max_odometry_age: float
    future_tolerance: float
    min_valid_share: float
    resume_delay: float


@dataclass(slots=True)
class ShieldInputs:
    """The newest of everything, with the moment at which it arrived."""

    playback: Playback
    surroundings: Surroundings
    permission: SystemState | None = None
    permission_received: Instant | None = None
    scan_received: Instant | None = None
    odometry: Odometry | None = None
    odometry_received: Instant | None = None


class Shield:
    """Decides the command of each cycle; keeps what it applied last and since when causes hold."""

    def __init__(self, settings: ShieldSettings) -> None:
        self._settings = settings
        self.reset()

    def reset(self) -> None:
        """Stand still, and forget all history."""
        self.applied = STAND
        self.interventions = 0
        self._decided: Instant | None = None
        self._since: dict[str, Time] = {}
        self._last_fault: Instant | None = None

    def step(self, inputs: ShieldInputs, now: Instant) -> MotionState:
        """Decide the command that holds from now until the next step."""
        causes = self._faults(inputs, now)
        requested = STAND
        if not causes:
            requested = inputs.playback.command(now)
            causes += self._resuming(now)
        else:
            self._last_fault = now
        target = STAND if causes else clamp(requested, self._settings.limits)
        if not causes and target == STAND:
            chunk = inputs.playback.chunk
            causes.append(_cause("policy_holds", "policy", detail=chunk.reason if chunk else ""))
        applied, blocked = self._move(target, inputs, now)
        causes += blocked
        if blocked or target != requested:
            self.interventions += 1
        self.applied = applied if is_finite(applied) else STAND
        self._decided = now
        chunk = inputs.playback.chunk
        return MotionState(
            stamp=now.stamp,
            requested=requested if is_finite(requested) else STAND,
            applied=self.applied,
            causes=self._aged(causes, now),
            sequence=chunk.sequence if chunk else 0,
            observation_stamp=chunk.observation_stamp if chunk else 0,
            is_stopped=_is_still(self.applied),
            interventions=self.interventions,
            valid=True,
        )

    def must_brake(self, inputs: ShieldInputs, now: Instant) -> bool:
        """Tell whether the surroundings do not allow what is being applied."""
        if _is_still(self.applied):
            return False
        share = self._share(self.applied, inputs, now)
        return share is not None and share < 1.0

    def _faults(self, inputs: ShieldInputs, now: Instant) -> list[StopCause]:
        return [
            cause
            for cause in (
                self._permission_fault(inputs, now),
                self._action_fault(inputs, now),
                self._scan_fault(inputs, now),
                self._odometry_fault(inputs, now),
            )
            if cause is not None
        ]

    def _permission_fault(self, inputs: ShieldInputs, now: Instant) -> StopCause | None:
        permission = inputs.permission
        if permission is None:
            return _cause("no_permission", "system_state", detail="never received")
        stale = self._stale(
            "permission",
            "system_state",
            permission.stamp,
            inputs.permission_received,
            self._settings.max_permission_age,
            now,
        )
        if stale is not None:
            return stale
        if not (permission.valid and permission.is_motion_allowed):
            return _cause("permission_denied", "system_state", detail=permission.reason)
        return None

    def _action_fault(self, inputs: ShieldInputs, now: Instant) -> StopCause | None:
        chunk = inputs.playback.chunk
        if chunk is None:
            return _cause("no_action", "action_chunk", detail="never received")
        if inputs.playback.problem:
            return _cause("action_invalid", "action_chunk", detail=inputs.playback.problem)
        limit = min(self._settings.max_action_age, chunk.valid_for)
        return self._stale(
            "action", "action_chunk", chunk.stamp, inputs.playback.received, limit, now
        )

    def _scan_fault(self, inputs: ShieldInputs, now: Instant) -> StopCause | None:
        surroundings = inputs.surroundings
        if inputs.scan_received is None:
            return _cause("no_scan", "scan_raw", detail="never received")
        limit = self._settings.max_scan_age
        stale = self._stale(
            "scan", "scan_raw", surroundings.stamp, inputs.scan_received, limit, now
        )
        if stale is not None:
            return stale
        if surroundings.is_frozen:
            return _cause("scan_frozen", "scan_raw", detail="identical ranges again and again")
        least = self._settings.min_valid_share
        if surroundings.valid_share < least:
            detail = "too few beams measure anything"
            return _cause("scan_blind", "scan_raw", surroundings.valid_share, least, detail)
        return None

    def _odometry_fault(self, inputs: ShieldInputs, now: Instant) -> StopCause | None:
        odometry = inputs.odometry
        if odometry is None:
            return _cause("no_odom", "odom", detail="never received")
        limit = self._settings.max_odometry_age
        return self._stale("odom", "odom", odometry.stamp, inputs.odometry_received, limit, now)

    def _stale(
        self,
        name: str,
        source: str,
        stamp: Time,
        received: Instant | None,
        limit: float,
        now: Instant,
    ) -> StopCause | None:
        by_stamp = (now.stamp - stamp) * 1e-9
        if by_stamp < -self._settings.future_tolerance:
            detail = "its stamp is in the future"
            return _cause(f"{name}_from_future", source, by_stamp, 0.0, detail)
        age = max(by_stamp, now.since(received)) if received is not None else math.inf
        if age > limit:
            return _cause(f"{name}_stale", source, age, limit)
        return None

    def _resuming(self, now: Instant) -> list[StopCause]:
        """Hold until everything has been well for a while, so that a flicker does not jerk."""
        if self._last_fault is None:
            return []
        waited = now.since(self._last_fault)
        delay = self._settings.resume_delay
        if waited < delay:
            return [_cause("resuming", "motion", waited, delay, "waits after a fault")]
        self._last_fault = None
        return []

    def _move(
        self, target: Twist, inputs: ShieldInputs, now: Instant
    ) -> tuple[Twist, list[StopCause]]:
        """Go towards the target as far as limits and surroundings allow.

        A step is taken only when the base could stop from it in time. Otherwise it brakes on the
        arc that it is on: that this is free was made sure of by the step before.
        """
        limits = self._settings.limits
        elapsed = 0.0
        if self._decided is not None:
            elapsed = min(max(now.since(self._decided), 0.0), 0.1)
        wanted = ramp(self.applied, target, limits, elapsed)
        if _is_still(wanted):
            return (STAND if target == STAND else wanted), []
        share = self._share(wanted, inputs, now)
        if share is None or share >= 1.0:
            return wanted, []
        slower = Twist(wanted.linear * share, wanted.angular * share)
        cause = _cause("obstacle", "scan_raw", share, 1.0, "no room to stop at the asked speed")
        return ramp(self.applied, slower, limits, elapsed), [cause]

    def _share(self, twist: Twist, inputs: ShieldInputs, now: Instant) -> float | None:
        if inputs.odometry is None or inputs.scan_received is None:
            return None
        settings = self._settings
        base = pose_at(inputs.odometry, now.stamp)
        geometry = (settings.footprint, settings.margin, settings.limits, settings.reaction)
        if inputs.surroundings.room(base) > needed_room(twist, *geometry):
            return 1.0
        return free_share(twist, inputs.surroundings.around(base), *geometry)

    def _aged(self, causes: list[StopCause], now: Instant) -> tuple[StopCause, ...]:
        since = {cause.name: self._since.get(cause.name, now.steady) for cause in causes}
        self._since = since
        return tuple(
            StopCause(
                cause.name,
                cause.source,
                cause.value,
                cause.limit,
                (now.steady - since[cause.name]) * 1e-9,
                cause.detail,
            )
            for cause in causes
        )


def _cause(
    name: str, source: str, value: float = 0.0, limit: float = 0.0, detail: str = ""
) -> StopCause:
    return StopCause(name, source, value, limit, 0.0, detail)


def _is_still(twist: Twist) -> bool:
    return abs(twist.linear) < STILL and abs(twist.angular) < STILL
