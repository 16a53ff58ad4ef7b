"""How often messages of each topic come, and how old they are when they do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from robot_system.core.telemetry.windows import Series
from robot_system.core.time import Time, from_seconds, to_seconds
from robot_system.core.values import Metric

LEAST_INTERVALS = 3
"""A topic without a stated age is called silent after that many of its nominal intervals."""


@dataclass(frozen=True, slots=True)
class Promise:
    """What the contract says of a topic: rate (Hz, 0 = on change), greatest age (s, 0 = any)."""

    name: str
    rate: float = 0.0
    max_age: float = 0.0


@dataclass(slots=True)
class TopicTraffic:
    """What came of one topic in the window that is being filled; `ages` are in nanoseconds."""

    promise: Promise
    arrivals: list[Time] = field(default_factory=list)
    ages: list[Time] = field(default_factory=list)
    previous: Time | None = None

    @property
    def is_known(self) -> bool:
        """Return whether any message ever came."""
        return bool(self.arrivals) or self.previous is not None


class Traffic:
    """Collects arrivals of all topics, and tells at the end of each window how they went."""

    def __init__(self, promises: Sequence[Promise]) -> None:
        self._topics = {promise.name: TopicTraffic(promise) for promise in promises}

    def count(self, name: str, stamp: Time, now: Time, steady: Time) -> None:
        """Note a message that came now; a stamp of 0 says that it has none."""
        topic = self._topics[name]
        topic.arrivals.append(steady)
        if stamp:
            topic.ages.append(now - stamp)

    def rates(self, window: float) -> list[Metric]:
        """Return the rate of every topic that ever came (Hz)."""
        return [
            _single(f"{name}.rate", "Hz", len(topic.arrivals), len(topic.arrivals) / window)
            for name, topic in self._topics.items()
            if topic.is_known
        ]

    def series(self) -> list[Series]:
        """Return the intervals and ages of every topic, as samples in seconds."""
        every = []
        for name, topic in self._topics.items():
            if topic.arrivals:
                every.append(Series(f"{name}.interval", "s", _intervals(topic)))
            if topic.ages:
                ages = [age * 1e-9 for age in topic.ages]
                every.append(Series(f"{name}.age", "s", ages))
        return every

    def complaints(self, window: float, lowest_share: float, steady: Time) -> list[str]:
        """Return in words which topics do not keep their promise.

        Only topics that came at least once are blamed: what never came may not be part of this
        robot. One message less than promised is forgiven, since it may fall into the next window,
        and so is the window in which a topic begins.
        """
        found = (
            _complaint(topic, window, lowest_share, steady)
            for topic in self._topics.values()
            if topic.is_known
        )
        return [words for words in found if words]

    def forget(self, names: Iterable[str]) -> None:
        """Begin anew with topics that nobody is meant to put out now."""
        for name in names:
            self._topics[name] = TopicTraffic(self._topics[name].promise)

    def start_window(self) -> None:
        """Empty the window."""
        for topic in self._topics.values():
            if topic.arrivals:
                topic.previous = topic.arrivals[-1]
                topic.arrivals.clear()
                topic.ages.clear()


def _intervals(topic: TopicTraffic) -> list[float]:
    arrivals = topic.arrivals
    earlier = arrivals if topic.previous is None else [topic.previous, *arrivals]
    later = arrivals[1:] if topic.previous is None else arrivals
    return [(late - early) * 1e-9 for early, late in zip(earlier, later, strict=False)]


def _complaint(topic: TopicTraffic, window: float, lowest_share: float, steady: Time) -> str:
    promise = topic.promise
    last = topic.arrivals[-1] if topic.arrivals else topic.previous
    silence = to_seconds(steady - (last if last is not None else steady))
    if promise.rate > 0.0:
        if silence > max(promise.max_age, LEAST_INTERVALS / promise.rate):
            return f"{promise.name} silent for {silence:.1f} s"
        is_whole = topic.previous is not None
        if is_whole and len(topic.arrivals) + 1 < promise.rate * lowest_share * window:
            rate = len(topic.arrivals) / window
            return f"{promise.name} at {rate:.1f} Hz instead of {promise.rate:g}"
    if promise.max_age > 0.0 and topic.ages:
        limit = from_seconds(promise.max_age)
        late = sum(age > limit for age in topic.ages)
        if late * 20 > len(topic.ages):
            oldest = to_seconds(max(topic.ages))
            return f"{promise.name} up to {oldest:.2f} s old, at most {promise.max_age:g} s"
    return ""


def _single(name: str, unit: str, count: int, value: float) -> Metric:
    return Metric(name, unit, count, value, value, value, 0.0, value, value, value)
