"""The shield in single situations: does it stop in time, hold, go on, and not stop for nothing."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from bench.report import Limit, Report, Settings, describe_machine, median
from robot_system.testing.scenarios import SCENARIOS, Result

SPEEDS = (0.3, 0.6, 1.0)
RUNS = 5
LIMITS = {
    # A rounding is no delay.
    "stop_beyond_allowed_s_max": Limit(at_most=1e-6),
    "held_share_min": Limit(at_least=0.99),
    "resume_s_max": Limit(at_most=0.6),
    "false_stops_share": Limit(at_most=0.01),
    "contacts": Limit(at_most=0.0),
}


def run(settings: Settings) -> Report:
    """Play every scenario at every speed with several seeds of noise."""
    machine = describe_machine()
    count = settings.runs or RUNS
    results: dict[str, list[Result]] = {}
    for name, play in SCENARIOS.items():
        results[name] = [play(speed, seed) for speed in SPEEDS for seed in range(count)]
        settings.say(f"{name}: {len(results[name])} trials")
    every = [one for some in results.values() for one in some]
    rows = [_row(name, some) for name, some in results.items()]
    figures: dict[str, float] = {
        "trials": len(every),
        "stop_beyond_allowed_s_max": max(_late(every)),
        "held_share_min": min(_known(one.held for one in every)),
        "resume_s_max": max(_known(one.time_to_resume for one in every)),
        "false_stops_share": sum(one.false_stops for one in every) / len(every),
        "distance_left_m_min": min(_known(one.distance_left for one in every)),
        "contacts": sum(one.contacts for one in every),
    }
    return Report("scenarios", machine, count, figures, LIMITS, rows)


def _known(values: Iterable[float | None]) -> list[float]:
    return [value for value in values if value is not None]


def _late(results: list[Result]) -> list[float]:
    """Return by how much each stop took longer than 0.3 s and the time of braking."""
    return [one.time_to_stop - one.allowed_time for one in results if one.time_to_stop is not None]


def _row(name: str, results: list[Result]) -> dict[str, Any]:
    stops = _known(one.time_to_stop for one in results)
    causes = sorted({cause for one in results for cause in one.causes})
    return {
        "scenario": name,
        "stop_s_p50": median(stops),
        "stop_s_max": max(stops, default=math.nan),
        "beyond_allowed_s": max(_late(results), default=math.nan),
        "left_m_min": min(_known(one.distance_left for one in results), default=math.nan),
        "held_min": min(_known(one.held for one in results), default=math.nan),
        "resume_s_max": max(_known(one.time_to_resume for one in results), default=math.nan),
        "false_stops": sum(one.false_stops for one in results) / len(results),
        "causes": " ".join(causes) or "-",
    }
