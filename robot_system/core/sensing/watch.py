"""The standing of one sensor, from the verdicts on its messages and from its silence."""

from __future__ import annotations

from dataclasses import dataclass

from robot_system.core.sensing.rate import RateCheck
from robot_system.core.sensing.stamps import StampCheck
from robot_system.core.sensing.verdict import GOOD, Verdict, worst
from robot_system.core.time import Instant, Time, from_seconds, to_seconds
from robot_system.core.values import Quality


@dataclass(frozen=True, slots=True)
class Expectation:
    """What is expected of the stream of a sensor, and how often somebody looks (Hz, s)."""

    rate: float
    max_age: float
    lowest_rate_share: float = 0.7
    future_tolerance: float = 0.05
    heal_time: float = 0.3
    look_period: float = 0.0


class SensorWatch:
    """Follows one sensor; becomes worse at once, and better only after `heal_time` without fault.

    `has_changed` tells once of every change of quality, so that it can be made known;
    `has_been_silent` whether there was a silence just before the newest message.
    """

    def __init__(self, name: str, expectation: Expectation) -> None:
        self.name = name
        self.standing: Verdict = GOOD
        self.has_been_silent = False
        self._stamps = StampCheck(expectation.max_age, expectation.future_tolerance)
        self._rate = RateCheck(
            expectation.rate,
            expectation.max_age,
            expectation.lowest_rate_share,
            expectation.look_period,
        )
        self._heal_time = from_seconds(expectation.heal_time)
        self._newest: Verdict = GOOD
        self._reported = Quality.GOOD
        self._last_fault: Time = 0
        self._since: Time = 0

    def stamp(self, stamp: Time, now: Instant) -> Verdict:
        """Note that a message came, and return the verdict on its stamp."""
        self.has_been_silent = self._rate.arrived(now.steady)
        return self._stamps.step(stamp, now.stamp)

    def judge(self, verdict: Verdict, now: Instant) -> None:
        """Take the verdict on the message that came."""
        self._newest = verdict
        if verdict is not GOOD or self.standing is not GOOD:
            self._settle(verdict, now.steady)

    def look(self, now: Instant) -> Verdict:
        """Return the standing at this time."""
        if self._rate.is_waiting(now.steady):
            return self.standing
        verdict = worst(self._rate.look(now.steady), self._newest)
        if verdict is not GOOD or self.standing is not GOOD:
            self._settle(verdict, now.steady)
        return self.standing

    def has_changed(self) -> bool:
        """Return whether the quality is another than when this was last asked."""
        before, self._reported = self._reported, self.standing.quality
        return before != self._reported

    def is_waiting(self, now: Instant) -> bool:
        """Return whether no message came yet, but it is too early to call that a fault."""
        return self._rate.is_waiting(now.steady)

    @property
    def has_arrived(self) -> bool:
        """Return whether any message came since the reset."""
        return self._rate.has_arrived

    def describe(self, now: Instant) -> str:
        """Return why the standing is what it is, and for how long.

        From a second on in whole ones: the words should not be new at every look.
        """
        seconds = to_seconds(now.steady - self._since)
        duration = f"{seconds:.1f}" if seconds < 1.0 else str(int(seconds))
        return f"{self.standing.reason}, for {duration} s"

    def reset(self, now: Instant) -> None:
        """Start anew at this time."""
        self._stamps.reset()
        self._rate.reset(now.steady)
        self.standing = self._newest = GOOD
        self.has_been_silent = False
        self._reported = Quality.GOOD
        self._last_fault = self._since = now.steady

    def _settle(self, verdict: Verdict, now: Time) -> None:
        if verdict.quality < self.standing.quality:
            self._since = now
        if verdict.quality <= self.standing.quality:
            self.standing = verdict
            self._last_fault = now
        elif now - self._last_fault >= self._heal_time:
            self.standing = verdict
            self._since = self._last_fault = now
