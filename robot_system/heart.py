"""Makes the heartbeats of a component: how it is, since when, and how its work went."""

from __future__ import annotations

from dataclasses import dataclass

from robot_system.core.ticks import TickStatistics
from robot_system.core.time import Instant, Time
from robot_system.core.values import Health, HealthReport, Heartbeat, Lifecycle


@dataclass(frozen=True, slots=True)
class Identity:
    """Which process runs the component."""

    host: str
    pid: int


class Heart:
    """Counts the work from beat to beat, and keeps since when the component is not well."""

    def __init__(self, node: str, identity: Identity) -> None:
        self._node = node
        self._identity = identity
        self._trouble: tuple[str, Time] | None = None
        self.work = TickStatistics()

    def begin(self) -> None:
        """Count anew: the component was activated."""
        self.work = TickStatistics()

    def beat(
        self, state: Lifecycle, activations: int, report: HealthReport, now: Instant, delay: float
    ) -> Heartbeat:
        """Return the heartbeat of now; the work since the one before is in it."""
        work = self.work
        heartbeat = Heartbeat(
            stamp=now.stamp,
            node=self._node,
            host=self._identity.host,
            pid=self._identity.pid,
            state=state,
            health=report.health,
            reason=report.reason,
            activations=activations,
            ticks=work.count,
            tick_mean=work.total / max(work.count, 1),
            tick_max=work.longest,
            period_max=work.longest_period,
            blames=report.blames,
            since=self._trouble_since(state, report, now),
            delay=delay,
        )
        work.clear()
        return heartbeat

    def _trouble_since(self, state: Lifecycle, report: HealthReport, now: Instant) -> Time:
        """Return since when it is not healthy for the same reason: whom it blames, if anybody."""
        if report.health is Health.HEALTHY or state is not Lifecycle.ACTIVE:
            self._trouble = None
            return 0
        if self._trouble is None or self._trouble[0] != report.blames:
            self._trouble = report.blames, now.stamp
        return report.since or self._trouble[1]
