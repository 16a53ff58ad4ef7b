"""What a component promises to put out, and how well it keeps that."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from robot_system.contract import Topic
from robot_system.core.orchestration.policy import RecoveryPolicy
from robot_system.core.outputs import OutputLimits, OutputWatch
from robot_system.core.time import Instant
from robot_system.core.values import Health, HealthReport

_BADNESS = {Health.HEALTHY: 0, Health.UNKNOWN: 1, Health.DEGRADED: 2, Health.UNHEALTHY: 3}


class Outputs:
    """Watches each topic of a component whose rate and age the contract promises."""

    def __init__(self) -> None:
        self._watches: dict[Topic, OutputWatch] = {}
        self._has_news = False

    def begin(self, topics: Iterable[Topic], policy: RecoveryPolicy, now: Instant) -> None:
        """Expect all of them from now on."""
        limits = OutputLimits(
            policy.output_grace,
            policy.output_silence,
            policy.output_rate_share,
            policy.output_invalid,
        )
        self._watches = {
            topic: OutputWatch(topic.name, topic.rate, topic.max_age, limits, now)
            for topic in topics
            if topic.rate > 0.0 and topic.max_age is not None
        }

    def note(self, topic: Topic, value: Any, now: Instant) -> None:
        """Note what is put out."""
        watch = self._watches.get(topic)
        if watch is not None:
            self._has_news |= not watch.has_begun
            watch.publish(value.stamp, getattr(value, "valid", True), now)

    def take_news(self) -> bool:
        """Tell whether an output has begun since this was asked last."""
        had_news, self._has_news = self._has_news, False
        return had_news

    def worse_than(self, own: HealthReport, now: Instant) -> HealthReport:
        """Return what is worst with the outputs, or the component's own view if that is worse."""
        worst = own
        for watch in self._watches.values():
            report = watch.report(now)
            if report is not None and _BADNESS[report.health] > _BADNESS[worst.health]:
                worst = report
        return worst
