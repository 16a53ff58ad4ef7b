"""The shield: the only way from what a policy asks for to what the base is told.

It trusts nobody. Each cycle it looks at every input anew, names every reason to stop or to slow
down, and changes its output only as fast as the limits allow. It needs nothing to arrive in order
to decide.
"""

from __future__ import annotations

from dataclasses import dataclass

from robot_system.core.motion.braking import free_share, needed_room
from robot_system.core.motion.footprint import Footprint
from robot_system.core.motion.inputs import Inputs, cause
from robot_system.core.motion.limits import MotionLimits, clamp, is_finite, ramp
from robot_system.core.time import Instant, Time
from robot_system.core.values import MotionState, Pose, StopCause, Twist

STAND = Twist()
# Below this the base counts as standing (m/s, rad/s).
STILL = 1e-3
# A base that is told nothing for longer than this has begun to brake by itself (s).
PAUSE = 0.1


@dataclass(frozen=True, slots=True)
class ShieldSettings:
    """Limits, footprint, margin (m), reaction time and time to wait after a fault (s)."""

    limits: MotionLimits
    footprint: Footprint
    margin: float
    reaction: float
    resume_delay: float


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

    def step(self, inputs: Inputs, now: Instant, is_periodic: bool = False) -> MotionState:
        """Decide the command that holds from now until the next step."""
        causes = inputs.faults(now)
        requested = STAND
        if causes:
            self._last_fault = now
        else:
            requested = inputs.playback.command(now)
            causes = self._resuming(now)
        target = STAND if causes else clamp(requested, self._settings.limits)
        chunk = inputs.playback.chunk
        if not causes and target == STAND:
            causes = [cause("policy_holds", "policy", detail=chunk.reason if chunk else "")]
        applied, blocked = self._move(target, inputs, now)
        causes += blocked
        if blocked or target != requested:
            self.interventions += 1
        self.applied = applied if is_finite(applied) else STAND
        self._decided = now
        return MotionState(
            stamp=now.stamp,
            requested=requested,
            applied=self.applied,
            causes=self._aged(causes, now),
            sequence=chunk.sequence if chunk else 0,
            observation_stamp=chunk.observation_stamp if chunk else 0,
            is_stopped=_is_still(self.applied),
            interventions=self.interventions,
            is_periodic=is_periodic,
            valid=True,
        )

    def must_brake(self, inputs: Inputs, now: Instant) -> bool:
        """Tell whether the surroundings do not allow what is being applied."""
        base = inputs.base(now)
        if base is None or _is_still(self.applied):
            return False
        return self._share(self.applied, inputs, base) < 1.0

    def _resuming(self, now: Instant) -> list[StopCause]:
        """Hold until everything has been well for a while, so that a flicker does not jerk."""
        if self._last_fault is None:
            return []
        waited = now.since(self._last_fault)
        delay = self._settings.resume_delay
        if waited < delay:
            return [cause("resuming", "motion", waited, delay, "waits after a fault")]
        self._last_fault = None
        return []

    def _move(self, target: Twist, inputs: Inputs, now: Instant) -> tuple[Twist, list[StopCause]]:
        """Go towards the target as far as limits and surroundings allow.

        A step is taken only when the base could stop from it in time. Otherwise it brakes on the
        arc that it is on: that this is free was made sure of by the step before.
        """
        limits = self._settings.limits
        current, elapsed = self._since_last(now)
        wanted = ramp(current, target, limits, elapsed)
        base = inputs.base(now)
        if base is None or wanted == STAND:
            return ramp(current, STAND, limits, elapsed), []
        share = self._share(wanted, inputs, base)
        if share >= 1.0:
            return wanted, []
        found = [cause("obstacle", "scan_raw", share, 1.0, "no room to stop at the asked speed")]
        slower = ramp(
            current, Twist(wanted.linear * share, wanted.angular * share), limits, elapsed
        )
        if self._share(slower, inputs, base) >= 1.0:
            return slower, found
        return ramp(current, STAND, limits, elapsed), found

    def _since_last(self, now: Instant) -> tuple[Twist, float]:
        """Return the motion to go on from, and the seconds for which it may be changed."""
        if self._decided is None:
            return STAND, 0.0
        elapsed = max(now.since(self._decided), 0.0)
        if elapsed <= PAUSE:
            return self.applied, elapsed
        # After a pause of this process the base is slower than it was told last.
        return ramp(self.applied, STAND, self._settings.limits, elapsed), PAUSE

    def _share(self, twist: Twist, inputs: Inputs, base: Pose) -> float:
        settings = self._settings
        geometry = (settings.footprint, settings.margin, settings.limits, settings.reaction)
        if inputs.surroundings.room(base) > needed_room(twist, *geometry):
            return 1.0
        return free_share(twist, inputs.surroundings.around(base), *geometry)

    def _aged(self, causes: list[StopCause], now: Instant) -> tuple[StopCause, ...]:
        since = {item.name: self._since.get(item.name, now.steady) for item in causes}
        self._since = since
        return tuple(
            StopCause(
                item.name,
                item.source,
                item.value,
                item.limit,
                (now.steady - since[item.name]) * 1e-9,
                item.detail,
            )
            for item in causes
        )


def _is_still(twist: Twist) -> bool:
    return abs(twist.linear) < STILL and abs(twist.angular) < STILL
