"""From a raw scan to the wheels: along the whole chain, and for braking; a bare echo beside it."""

from __future__ import annotations

import math
import random
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from bench.chain import Way, braking, unanswered_by, ways
from bench.echo import Echo
from bench.listening import SETTLING, listening, settle
from bench.probe import Probe
from bench.report import Limit, Report, Settings, describe_machine, median, percentile
from bench.stand_in import StandIn
from bench.system import READY_PATIENCE, MeasurementError, System, free_domain
from robot_system.core.time import Time

if TYPE_CHECKING:
    from robot_system.ros.listener import Listener

STAGES = ("sensors", "lidar", "policy", "motion")
RUNS = 3
BEAMS = 3600
# Chain and echo are measured in turn, each for so long (s), so that both meet the same machine.
BLOCKS = 4
CHAIN_BLOCK = 4.0
ECHO_BLOCK = 3.0
# A scan at the edge of a block is not counted: its command may be outside (s).
EDGE = 0.3
SURPRISES = 40
SURPRISES_PATIENCE = 120.0
BRAKE_PATIENCE = 200_000_000
LIMITS = {
    "scan_to_cmd_p99_ms": Limit(at_most=20.0),
    "brake_p99_ms": Limit(at_most=12.0),
    "brakes": Limit(at_least=100.0),
    "ratio_p50": Limit(at_most=3.0),
}


@dataclass(slots=True)
class _Chain:
    """What the runs of the whole graph gave."""

    ways: list[Way] = field(default_factory=list)
    unanswered: dict[str, int] = field(default_factory=lambda: dict.fromkeys(STAGES, 0))
    stamp_ages_ms: list[float] = field(default_factory=list)
    bare_ms: list[float] = field(default_factory=list)
    bare_lost: int = 0

    @property
    def totals(self) -> list[float]:
        """Return the whole time of each scan; one that was never answered took for ever."""
        return [way.total for way in self.ways] + [math.inf] * sum(self.unanswered.values())

    def add(self, other: _Chain) -> None:
        """Take in what another run gave."""
        self.ways += other.ways
        for stage in STAGES:
            self.unanswered[stage] += other.unanswered[stage]
        self.stamp_ages_ms += other.stamp_ages_ms
        self.bare_ms += other.bare_ms
        self.bare_lost += other.bare_lost


def run(settings: Settings) -> Report:
    """Start the graph several times for the chain and the echo, and as often for braking."""
    machine = describe_machine()
    count = settings.runs or RUNS
    draw = random.Random(count)
    chain = _Chain()
    brakes: list[float | None] = []
    rows = []
    for number in range(1, count + 1):
        part = _measure_chain(draw)
        brake = _measure_brakes(draw, seed=number)
        rows.append(_row(part, brake))
        settings.say(f"run {number} of {count}: " + _words(rows[-1]))
        chain.add(part)
        brakes += brake
    figures = _chain_figures(chain) | _brake_figures(brakes)
    return Report("latency", machine, count, figures, LIMITS, rows)


def _measure_chain(draw: random.Random) -> _Chain:
    """Let the whole graph drive with its simulator, and look at every scan."""
    with (
        _many_beams() as parameters,
        System(["--params", str(parameters)]) as system,
        listening(system.domain) as listener,
    ):
        probe = Probe(listener)
        settle(system, listener)
        with (
            free_domain(draw) as domain,
            listening(domain, "bench_echo") as far,
            Echo(far, domain, BEAMS, draw) as echo,
        ):
            echo.connect()
            stamps = _alternate(listener, probe, echo)
            bare, lost = echo.times_ms, echo.lost
        system.check()
    record = probe.record
    found = ways(record, stamps)
    ages = [(record.scan_raw[stamp] - stamp) * 1e-6 for stamp in stamps]
    return _Chain(found, unanswered_by(record, stamps), ages, bare, lost)


def _alternate(listener: Listener, probe: Probe, echo: Echo) -> list[Time]:
    """Measure the chain and the echo in turn; return the scans that count."""
    counted: list[Time] = []
    for _ in range(BLOCKS):
        listener.spin(EDGE)
        began = time.time_ns()
        listener.spin(CHAIN_BLOCK)
        ended = time.time_ns()
        edge = round(EDGE * 1e9)
        counted += [
            stamp
            for stamp, published in probe.record.scan_raw.items()
            if began <= published <= ended - edge
        ]
        echo.run(ECHO_BLOCK)
    return counted


def _measure_brakes(draw: random.Random, seed: int) -> list[float | None]:
    """Let the graph drive down a corridor, and put walls in front of it."""
    with System(["--without", "sim"]) as system, listening(system.domain) as listener:
        stand_in = StandIn(listener, BEAMS, seed)
        probe = Probe(listener)
        end = time.monotonic() + READY_PATIENCE
        while not system.is_ready and time.monotonic() < end:
            stand_in.run(0.1)
        system.wait_until_ready()
        stand_in.run(SETTLING)
        end = time.monotonic() + SURPRISES_PATIENCE
        while len(stand_in.surprises) < SURPRISES and time.monotonic() < end:
            if stand_in.is_steady:
                stand_in.surprise()
            stand_in.run(draw.uniform(0.3, 0.6))
        stand_in.run(0.5)
        system.check()
    if not stand_in.surprises:
        raise MeasurementError(f"the robot never drove steadily in {SURPRISES_PATIENCE:g} s")
    return braking(probe.record, stand_in.surprises, BRAKE_PATIENCE)


@contextmanager
def _many_beams() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "beams.yaml"
        text = f"/**/sim:\n  ros__parameters:\n    beams: {BEAMS}\n"
        path.write_text(text, encoding="utf-8")
        yield path


def _chain_figures(chain: _Chain) -> dict[str, float]:
    totals = chain.totals
    work = [way.work for way in chain.ways]
    figures = {
        "scan_to_cmd_p50_ms": percentile(totals, 0.5),
        "scan_to_cmd_p99_ms": percentile(totals, 0.99),
        "scan_to_cmd_max_ms": max(totals, default=math.nan),
    }
    for stage in STAGES:
        times = [getattr(way, stage) for way in chain.ways]
        figures[f"stage_{stage}_p50_ms"] = percentile(times, 0.5)
        figures[f"stage_{stage}_p99_ms"] = percentile(times, 0.99)
    figures |= {
        "wait_p50_ms": median(way.wait for way in chain.ways),
        "work_p50_ms": median(work),
        "work_p99_ms": percentile(work, 0.99),
        "bare_p50_ms": median(chain.bare_ms),
        "bare_p99_ms": percentile(chain.bare_ms, 0.99),
        "ratio_p50": median(work) / median(chain.bare_ms),
        "scans": len(totals),
        "scans_unanswered": sum(chain.unanswered.values()),
        **{f"scans_unanswered_by_{stage}": chain.unanswered[stage] for stage in STAGES},
        "bare_scans": len(chain.bare_ms),
        "bare_lost": chain.bare_lost,
        "stamp_age_p50_ms": median(chain.stamp_ages_ms),
    }
    return figures


def _brake_figures(brakes: Sequence[float | None]) -> dict[str, float]:
    times = _with_unanswered(brakes)
    return {
        "brake_p50_ms": percentile(times, 0.5),
        "brake_p99_ms": percentile(times, 0.99),
        "brake_max_ms": max(times, default=math.nan),
        "brakes": len(brakes),
        "brakes_unanswered": brakes.count(None),
    }


def _with_unanswered(brakes: Sequence[float | None]) -> list[float]:
    return [math.inf if brake is None else brake for brake in brakes]


def _row(chain: _Chain, brakes: Sequence[float | None]) -> dict[str, float]:
    totals = chain.totals
    return {
        "scan_to_cmd_p50_ms": percentile(totals, 0.5),
        "scan_to_cmd_p99_ms": percentile(totals, 0.99),
        "work_p50_ms": median(way.work for way in chain.ways),
        "bare_p50_ms": median(chain.bare_ms),
        "brake_p50_ms": percentile(_with_unanswered(brakes), 0.5),
        "brake_p99_ms": percentile(_with_unanswered(brakes), 0.99),
    }


def _words(row: dict[str, float]) -> str:
    return ", ".join(f"{name} {value:.2f}" for name, value in row.items())
