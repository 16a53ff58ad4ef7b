"""The control cycle at 100 Hz while the whole graph drives, and what every process uses."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from bench.listening import listening, settle
from bench.processes import Process, process
from bench.report import Limit, Report, Settings, describe_machine, percentile
from bench.system import MeasurementError, System
from robot_system import contract
from robot_system.core.time import Time
from robot_system.core.values import Heartbeat, MotionState

RUNS = 1
# Long enough for 1,000 cycles (s).
SECONDS = 15.0
PERIOD_MS = 10.0
MISSED_MS = 15.0
NODE_MB = 100.0
LIMITS = {
    "cycles": Limit(at_least=1000.0),
    "cycle_max_ms": Limit(at_most=10.0),
    "period_jitter_p99_ms": Limit(at_most=2.0),
    "rss_mb_worst_node": Limit(at_most=NODE_MB),
}


@dataclass(slots=True)
class _Heard:
    """What the processes say while they are measured."""

    beats: list[Heartbeat] = field(default_factory=list)
    states: list[MotionState] = field(default_factory=list)

    def clear(self) -> None:
        self.beats.clear()
        self.states.clear()


@dataclass(slots=True)
class _Usage:
    """CPU time of processes over a span, and their memory at its end."""

    cpu_percent: dict[str, float]
    rss_mb: dict[str, float]
    pss_mb: dict[str, float]


@dataclass(slots=True)
class _Run:
    ticks: int
    decisions: int
    tick_max_ms: float
    tick_mean_ms: float
    period_max_ms: float
    periods_ms: list[float]
    usage: _Usage


def run(settings: Settings) -> Report:
    """Let the graph drive for some time, once or more often."""
    machine = describe_machine()
    count = settings.runs or RUNS
    runs = []
    for number in range(1, count + 1):
        runs.append(_measure())
        settings.say(f"run {number} of {count}: {runs[-1].ticks} cycles")
    figures = _cycle_figures(runs)
    rows = _usage_rows([one.usage for one in runs])
    for row in rows:
        figures[f"cpu_percent_{row['process']}"] = row["cpu_percent"]
        figures[f"rss_mb_{row['process']}"] = row["rss_mb"]
    for name in ("cpu_percent", "rss_mb", "pss_mb"):
        figures[f"{name}_total"] = sum(row[name] for row in rows)
    nodes = [row["rss_mb"] for row in rows if row["process"] not in ("up", "supervisor")]
    figures["rss_mb_worst_node"] = max(nodes)
    return Report("loop", machine, count, figures, LIMITS, rows)


def _measure() -> _Run:
    heard = _Heard()
    with System() as system, listening(system.domain) as listener:
        listener.listen(contract.HEARTBEAT, heard.beats.append)
        listener.listen(contract.MOTION_STATE, heard.states.append)
        settle(system, listener)
        names = _names(system, heard.beats)
        heard.clear()
        before = {name: one.cpu_seconds for name, one in names.items()}
        began = time.monotonic()
        listener.spin(SECONDS)
        usage = _usage(names, before, time.monotonic() - began)
        system.check()
    return _evaluate(heard, usage)


def _names(system: System, beats: Sequence[Heartbeat]) -> dict[str, Process]:
    """Return the processes of the system by name: nodes, the command, and the process owner."""
    members = {member.pid: member for member in system.members()}
    nodes = {beat.node: beat.pid for beat in beats}
    names = {name: members.pop(pid) for name, pid in sorted(nodes.items()) if pid in members}
    if "motion" not in names:
        raise MeasurementError("no heartbeat of motion was heard")
    names["up"] = members.pop(system.pid)
    names |= dict(zip(("supervisor", "other"), members.values(), strict=False))
    return names


def _usage(names: dict[str, Process], before: dict[str, float], elapsed: float) -> _Usage:
    for name, one in names.items():
        if process(one.pid) != one:
            raise MeasurementError(f"the process of {name} ended while it was measured")
    return _Usage(
        cpu_percent={
            name: 100.0 * (one.cpu_seconds - before[name]) / elapsed for name, one in names.items()
        },
        rss_mb={name: one.rss_mb for name, one in names.items()},
        pss_mb={name: one.pss_mb for name, one in names.items()},
    )


def _evaluate(heard: _Heard, usage: _Usage) -> _Run:
    """Take counts and worst cases from the heartbeats, which miss none, the rest from stamps."""
    beats = [beat for beat in heard.beats if beat.node == "motion"]
    ticks = sum(beat.ticks for beat in beats)
    stamps = [state.stamp for state in heard.states if state.is_periodic]
    return _Run(
        ticks=ticks,
        decisions=len(heard.states),
        tick_max_ms=1e3 * max((beat.tick_max for beat in beats), default=float("nan")),
        tick_mean_ms=1e3 * sum(beat.tick_mean * beat.ticks for beat in beats) / max(ticks, 1),
        period_max_ms=1e3 * max((beat.period_max for beat in beats), default=float("nan")),
        periods_ms=_gaps_ms(stamps),
        usage=usage,
    )


def _gaps_ms(stamps: Sequence[Time]) -> list[float]:
    return [(late - early) * 1e-6 for early, late in pairwise(stamps)]


def _cycle_figures(runs: Sequence[_Run]) -> dict[str, float]:
    periods = [period for one in runs for period in one.periods_ms]
    ticks = sum(one.ticks for one in runs)
    return {
        "cycles": ticks,
        "cycle_mean_ms": sum(one.tick_mean_ms * one.ticks for one in runs) / max(ticks, 1),
        "cycle_max_ms": max(one.tick_max_ms for one in runs),
        "period_p50_ms": percentile(periods, 0.5),
        "period_p99_ms": percentile(periods, 0.99),
        "period_max_ms": max(one.period_max_ms for one in runs),
        "period_jitter_p99_ms": percentile((abs(one - PERIOD_MS) for one in periods), 0.99),
        "missed": sum(period > MISSED_MS for period in periods),
        "periods": len(periods),
        "decisions_out_of_turn": sum(one.decisions for one in runs) - len(periods) - len(runs),
    }


def _usage_rows(usages: Sequence[_Usage]) -> list[dict[str, Any]]:
    """Return the mean CPU and the most memory of each process over all runs."""
    return [
        {
            "process": name,
            "cpu_percent": sum(one.cpu_percent[name] for one in usages) / len(usages),
            "rss_mb": max(one.rss_mb[name] for one in usages),
            "pss_mb": max(one.pss_mb[name] for one in usages),
        }
        for name in usages[0].cpu_percent
    ]
