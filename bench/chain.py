"""Which message came of which: the way of one scan through the graph, put together afterwards.

All times are those at which a message was published, as the middleware of its publisher noted
them (ns); the process that measures only collects them, and disturbs nothing by being late.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from robot_system.core.time import Time

MS = 1e-6


@dataclass(frozen=True, slots=True)
class Decision:
    """One `motion_state` with the command that was published for it."""

    stamp: Time
    observation: Time
    speed: float
    is_obstacle: bool


@dataclass(slots=True)
class Record:
    """Everything heard of the graph; scans and what follows from them by the scan's stamp."""

    scan_raw: dict[Time, Time] = field(default_factory=dict)
    scan: dict[Time, Time] = field(default_factory=dict)
    obstacles: dict[Time, Time] = field(default_factory=dict)
    chunk: dict[Time, Time] = field(default_factory=dict)
    chunk_arrived: dict[Time, Time] = field(default_factory=dict)
    commands: dict[Time, Time] = field(default_factory=dict)
    """When the command of each decision was published, by the stamp of the decision."""
    decisions: list[Decision] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Way:
    """The way of one scan to the wheels (ms)."""

    published: Time
    sensors: float
    lidar: float
    policy: float
    motion: float
    wait: float

    @property
    def total(self) -> float:
        """Return the time from the raw scan to its command."""
        return self.sensors + self.lidar + self.policy + self.motion

    @property
    def work(self) -> float:
        """Return the same without the wait for the control period."""
        return self.total - self.wait


def ways(record: Record, is_counted: Iterable[Time]) -> list[Way]:
    """Return the way of each of these scans that was answered by a command."""
    first: dict[Time, Decision] = {}
    for decision in sorted(record.decisions, key=lambda one: one.stamp):
        if decision.stamp in record.commands:
            first.setdefault(decision.observation, decision)
    found = (_way(record, stamp, first.get(stamp)) for stamp in is_counted)
    return [way for way in found if way is not None]


def unanswered_by(record: Record, stamps: Iterable[Time]) -> dict[str, int]:
    """Return for each stage how many of these scans it was the first not to answer."""
    decided = {one.observation for one in record.decisions if one.stamp in record.commands}
    stages = {
        "sensors": record.scan,
        "lidar": record.obstacles,
        "policy": record.chunk,
        "motion": decided,
    }
    counts = dict.fromkeys(stages, 0)
    for stamp in stamps:
        missing = next((name for name, seen in stages.items() if stamp not in seen), None)
        if missing is not None:
            counts[missing] += 1
    return counts


def _way(record: Record, stamp: Time, decision: Decision | None) -> Way | None:
    steps = [
        table.get(stamp)
        for table in (record.scan_raw, record.scan, record.obstacles, record.chunk)
    ]
    if decision is None or any(step is None for step in steps):
        return None
    raw, scan, obstacles, chunk = (step or 0 for step in steps)
    command = record.commands[decision.stamp]
    arrived = record.chunk_arrived.get(stamp, chunk)
    return Way(
        published=raw,
        sensors=(scan - raw) * MS,
        lidar=(obstacles - scan) * MS,
        policy=(chunk - obstacles) * MS,
        motion=(command - chunk) * MS,
        wait=max(decision.stamp - arrived, 0) * MS,
    )


def braking(record: Record, surprises: Sequence[Time], patience: Time) -> list[float | None]:
    """Return for each surprising scan the time to the first command reduced because of it (ms).

    That is the first command below the one before it whose decision names an obstacle; None when
    there was none in time.
    """
    known = [one for one in record.decisions if one.stamp in record.commands]
    known.sort(key=lambda one: record.commands[one.stamp])
    published = [record.commands[one.stamp] for one in known]
    return [_braked(record.scan_raw.get(stamp), known, published, patience) for stamp in surprises]


def _braked(
    raw: Time | None, known: Sequence[Decision], published: Sequence[Time], patience: Time
) -> float | None:
    if raw is None:
        return None
    start = bisect_right(published, raw)
    for index in range(max(start, 1), len(known)):
        if published[index] > raw + patience:
            return None
        if known[index].is_obstacle and known[index].speed < known[index - 1].speed:
            return (published[index] - raw) * MS
    return None
