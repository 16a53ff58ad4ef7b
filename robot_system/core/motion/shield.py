"""The shield: the only way from what a policy asks for to what the base is told.

It trusts nobody. Each cycle it looks at every input anew, names every reason to stop or to slow
down, and changes its output only as fast as the limits allow. It needs nothing to arrive in order
to decide.
"""

from __future__ import annotations

from dataclasses import dataclass

from robot_system.core.motion.blocking import (
    FRESH,
    MORE,
    NEVER,
    SETTLED,
    Block,
    is_slow_motion,
    slowest,
)
from robot_system.core.motion.braking import free_share, needed_room
from robot_system.core.motion.causes import RULES, cause, rule_of
from robot_system.core.motion.footprint import Footprint
from robot_system.core.motion.inputs import Inputs
from robot_system.core.motion.limits import MotionLimits, clamp, is_within, ramp, smooth
from robot_system.core.time import Instant, Time
from robot_system.core.values import MotionState, Pose, RuleCounts, StopCause, Twist

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
        self._geometry = (
            settings.footprint,
            settings.margin,
            settings.limits,
            settings.reaction,
        )
        self.reset()

    def reset(self) -> None:
        """Stand still, and forget all history."""
        self.applied = STAND
        self.interventions = 0
        self._counts = dict.fromkeys(RULES, 0)
        self._rules = RuleCounts()
        self._refused = 0
        self._changing = STAND
        self._block = NEVER
        self._decided: Instant | None = None
        self._since: dict[str, Time] = {}
        self._last_fault: Instant | None = None

    def step(self, inputs: Inputs, now: Instant, is_periodic: bool = False) -> MotionState:
        """Decide the command that holds from now until the next step."""
        causes = inputs.faults(now)
        used = {rule_of(fault) for fault in causes} if causes else set()
        if causes:
            self._last_fault = now
        elif causes := self._resuming(now):
            used.add("resuming")
        current, elapsed = self._since_last(inputs, now)
        requested = STAND
        if causes:
            applied = self._brake(current, elapsed)
        else:
            requested = inputs.playback.command(now)
            applied, causes = self._follow(requested, current, elapsed, inputs, now, used)
        if not is_within(applied, self._settings.limits):
            used.add("finite")
            applied = self._brake(STAND, elapsed)
        self.applied = applied
        self._decided = now
        inputs.agreement.command(applied, now)
        chunk = inputs.playback.chunk
        return MotionState(
            stamp=now.stamp,
            requested=requested,
            applied=applied,
            causes=self._aged(causes, now),
            sequence=chunk.sequence if chunk else 0,
            observation_stamp=chunk.observation_stamp if chunk else 0,
            is_stopped=_is_still(applied),
            interventions=self.interventions,
            is_periodic=is_periodic,
            rules=self._counted(used, inputs.playback.refused),
            valid=True,
        )

    def _follow(
        self,
        requested: Twist,
        current: Twist,
        elapsed: float,
        inputs: Inputs,
        now: Instant,
        used: set[str],
    ) -> tuple[Twist, list[StopCause]]:
        """Do what is asked as far as it may be done; note which rules had a say."""
        target = clamp(requested, self._settings.limits)
        if target is not requested:
            used.add("limits")
        applied, causes = self._move(current, target, elapsed, inputs, now)
        if causes:
            used.add("obstacles")
        elif applied != target:
            used.add("ramp")
        if causes or target is not requested:
            self.interventions += 1
        if target == STAND:
            chunk = inputs.playback.chunk
            held = cause("policy_holds", "policy", detail=chunk.reason if chunk else "")
            causes = [held, *causes]
        return applied, causes

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

    def _brake(self, current: Twist, elapsed: float) -> Twist:
        """Slow down as hard as the limits of braking allow, whatever the jerk."""
        self._changing = STAND
        return ramp(current, STAND, self._settings.limits, elapsed)

    def _move(
        self, current: Twist, target: Twist, elapsed: float, inputs: Inputs, now: Instant
    ) -> tuple[Twist, list[StopCause]]:
        """Go towards the target as far as limits and surroundings allow.

        A step is taken only when the base could stop from it in time. Otherwise it brakes on the
        arc that it is on: that this is free was made sure of by the step before.
        """
        limits = self._settings.limits
        smoothed, changing = smooth(current, self._changing, target, limits, elapsed)
        wanted = clamp(smoothed, limits)
        self._changing = changing if wanted is smoothed else STAND
        base = inputs.base(now)
        if base is None:
            return self._brake(current, elapsed), []
        if wanted == STAND == target:
            return STAND, []
        is_slow = is_slow_motion(current)
        is_again = is_slow and self._block.is_same_way(target)
        tested, share = self._tested(current, target, wanted, is_again, inputs, base, now)
        moving = inputs.moving.free_share(tested, base, *self._geometry, now)
        if share >= 1.0 and moving >= 1.0:
            if is_again and now.since(self._block.held) < SETTLED:
                return self._brake(current, elapsed), list(self._block.causes)
            return wanted, []
        found = self._named(tested, share, moving, inputs, base)
        self._block = Block(now, now if is_slow else self._block.held, target, tuple(found))
        self._changing = STAND
        share = min(share, moving)
        slower = Twist(tested.linear * share, tested.angular * share)
        if not (is_slow or is_slow_motion(slower)):
            slower = ramp(current, slower, limits, elapsed)
            if self._share(slower, inputs, base) >= 1.0:
                return slower, found
        return self._brake(current, elapsed), found

    def _tested(
        self,
        current: Twist,
        target: Twist,
        wanted: Twist,
        is_again: bool,
        inputs: Inputs,
        base: Pose,
        now: Instant,
    ) -> tuple[Twist, float]:
        """Return the motion that must be free for the next step, and the share of it that is.

        A base that hardly moves goes on only where more than creeping is free.
        """
        if is_slow_motion(current):
            is_held = is_again and _is_still(current) and now.since(self._block.last) < FRESH
            slow = slowest(target, MORE if is_held else 1.0)
            share = self._share(slow, inputs, base)
            if share < 1.0:
                return slow, share
        return wanted, self._share(wanted, inputs, base)

    def _named(
        self, wanted: Twist, share: float, moving: float, inputs: Inputs, base: Pose
    ) -> list[StopCause]:
        """Name what is in the way: what is seen, what was never seen, and what moves."""
        found = []
        if share < 1.0:
            seen = share
            if inputs.surroundings.unseen_count:
                points = inputs.surroundings.around(base)[: -inputs.surroundings.unseen_count]
                seen = free_share(wanted, points, *self._geometry)
            if seen < 1.0:
                detail = "no room to stop at the asked speed"
                found.append(cause("obstacle", "scan_raw", seen, 1.0, detail))
            if share < seen:
                detail = "the LiDAR never looked where this leads"
                found.append(cause("unseen", "scan_raw", share, 1.0, detail))
        if moving < 1.0:
            detail = "something moves into the way"
            found.append(cause("moving_obstacle", "obstacles", moving, 1.0, detail))
        return found

    def _since_last(self, inputs: Inputs, now: Instant) -> tuple[Twist, float]:
        """Return the motion to go on from, and the seconds for which it may be changed."""
        if self._decided is None:
            return STAND, 0.0
        elapsed = max(now.since(self._decided), 0.0)
        if elapsed <= PAUSE:
            return self.applied, elapsed
        # After a pause of this process the base is slower than it was told last.
        inputs.agreement.forget()
        self._changing = STAND
        return ramp(self.applied, STAND, self._settings.limits, elapsed), PAUSE

    def _share(self, twist: Twist, inputs: Inputs, base: Pose) -> float:
        if inputs.surroundings.room(base) > needed_room(twist, *self._geometry):
            return 1.0
        return free_share(twist, inputs.surroundings.around(base), *self._geometry)

    def _counted(self, used: set[str], refused: int) -> RuleCounts:
        """Return how often each rule has had a say, with those of this step."""
        if used or refused != self._refused:
            counts = self._counts
            for rule in used:
                counts[rule] += 1
            counts["action"] += refused - self._refused
            self._refused = refused
            self._rules = RuleCounts(**counts)
        return self._rules

    def _aged(self, causes: list[StopCause], now: Instant) -> tuple[StopCause, ...]:
        if not causes:
            if self._since:
                self._since = {}
            return ()
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
