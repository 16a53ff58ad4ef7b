"""Does the base do what it is told: commanded motion against measured motion."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

from robot_system.core.motion.causes import cause
from robot_system.core.time import SECOND, Instant, Time, from_seconds
from robot_system.core.values import Odometry, Pose, StopCause, Twist

# Tolerances are this share of what is commanded, above the absolute ones.
SHARE = 0.1
# Motion that is well for so long makes forget the tries before (s).
WELL = 1.0


@dataclass(frozen=True, slots=True)
class AgreementSettings:
    """When measured motion is not what was commanded, and what is done then.

    Measured is compared with all that was commanded within `response` (s): outside of it by more
    than the tolerances (m/s, rad/s) for `patience` (s), the base does not obey. Then it is held
    for `hold` (s) and tried again; after `tries` within `window` (s) a person is waited for.
    """

    response: float = 0.35
    tolerance: float = 0.1
    turn_tolerance: float = 0.25
    patience: float = 0.1
    hold: float = 0.4
    tries: int = 5
    window: float = 20.0


class Agreement:
    """Compares, holds, tries again, and gives up; all on the steady clock."""

    def __init__(self, settings: AgreementSettings) -> None:
        self._settings = settings
        self._response = from_seconds(settings.response)
        self.given_up = ""
        self.reset()

    def reset(self) -> None:
        """Forget everything, but not that a person is waited for."""
        self._commands: deque[tuple[Time, Twist]] = deque()
        self._tries: deque[Time] = deque()
        self._held_until: Time = 0
        self._words = ""
        self._values = (0.0, 0.0)
        self._pose: Pose | None = None
        self.forget()

    def forget(self) -> None:
        """Begin to compare anew: what was commanded before says nothing about the motion now."""
        self._commands.clear()
        self._apart_since: Time | None = None
        self._still_since: Time | None = None
        self._well_since: Time | None = None

    def release(self) -> None:
        """Try again, because a person says so."""
        self.given_up = ""
        self.reset()

    def command(self, twist: Twist, now: Instant) -> None:
        """Take what the base is told from now on."""
        commands = self._commands
        if commands and (commands[-1][1] is twist or commands[-1][1] == twist):
            return
        commands.append((now.steady, twist))
        begin = now.steady - self._response
        while len(commands) > 1 and commands[1][0] <= begin:
            commands.popleft()

    def measure(self, odometry: Odometry, now: Instant) -> None:
        """Take what the base did."""
        words = self._contradiction(odometry, now) or self._standstill(odometry, now)
        if not words:
            return
        settings = self._settings
        is_new = now.steady >= self._held_until
        self._held_until = now.steady + from_seconds(settings.hold)
        self._words = words
        if is_new:
            tries = self._tries
            tries.append(now.steady)
            while tries[0] < now.steady - from_seconds(settings.window):
                tries.popleft()
            if len(tries) >= settings.tries:
                self.given_up = f"{words}; {len(tries)} times in a row"

    def fault(self, now: Instant) -> StopCause | None:
        """Return why the robot is held, if it is."""
        measured, commanded = self._values
        if self.given_up:
            detail = f"{self.given_up}; waits for `robot release`"
            return cause("base_given_up", "odom", measured, commanded, detail)
        if now.steady < self._held_until:
            return cause("base_disobeys", "odom", measured, commanded, self._words)
        return None

    def _contradiction(self, odometry: Odometry, now: Instant) -> str:
        """Return in words how the measured motion is none that was commanded."""
        commands = self._commands
        if not commands or commands[0][0] > now.steady - self._response:
            return ""
        begin = now.steady - self._response
        while len(commands) > 1 and commands[1][0] <= begin:
            commands.popleft()
        measured, asked, settings = odometry.twist, commands[-1][1], self._settings
        off = _outside(
            measured.linear, [twist.linear for _, twist in commands], settings.tolerance
        ) or _outside(
            measured.angular, [twist.angular for _, twist in commands], settings.turn_tolerance
        )
        if not off:
            self._apart_since = None
            self._note_well(asked, now)
            return ""
        self._well_since = None
        if self._apart_since is None:
            self._apart_since = now.steady
        if (now.steady - self._apart_since) * 1e-9 < settings.patience:
            return ""
        return self._tell(asked, measured)

    def _standstill(self, odometry: Odometry, now: Instant) -> str:
        """Return in words that the base measures a motion that leads nowhere."""
        twist, settings = odometry.twist, self._settings
        is_moving = (
            abs(twist.linear) > settings.tolerance or abs(twist.angular) > settings.turn_tolerance
        )
        is_same = odometry.pose == self._pose
        self._pose = odometry.pose
        if not (is_moving and is_same):
            self._still_since = None
            return ""
        if self._still_since is None:
            self._still_since = now.steady
        if (now.steady - self._still_since) * 1e-9 < settings.patience:
            return ""
        self._values = (0.0, twist.linear)
        return f"its place does not change while it measures {_speeds(twist)}"

    def _tell(self, asked: Twist, measured: Twist) -> str:
        # The part that is further off, in numbers; both of them in words.
        is_turn = abs(measured.linear - asked.linear) < self._settings.tolerance
        self._values = (
            (measured.angular, asked.angular) if is_turn else (measured.linear, asked.linear)
        )
        return f"commanded {_speeds(asked)}, measured {_speeds(measured)}"

    def _note_well(self, asked: Twist, now: Instant) -> None:
        settings = self._settings
        is_moving = (
            abs(asked.linear) > 2.0 * settings.tolerance
            or abs(asked.angular) > 2.0 * settings.turn_tolerance
        )
        if not is_moving or now.steady < self._held_until:
            self._well_since = None
        elif self._well_since is None:
            self._well_since = now.steady
        elif now.steady - self._well_since > WELL * SECOND:
            self._tries.clear()


def _outside(measured: float, commanded: list[float], tolerance: float) -> bool:
    least, most = min(commanded), max(commanded)
    return not (
        least - tolerance - SHARE * abs(least) <= measured <= most + tolerance + SHARE * abs(most)
    )


def _speeds(twist: Twist) -> str:
    if not (math.isfinite(twist.linear) and math.isfinite(twist.angular)):
        return "no number"
    return f"{twist.linear:.2f} m/s {twist.angular:.2f} rad/s"
