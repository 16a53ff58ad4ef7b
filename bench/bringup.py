"""How long the whole graph takes to start and to stop, and where the time goes."""

from __future__ import annotations

from bench import stages
from bench.report import Limit, Report, Settings, describe_machine, median
from bench.system import System

RUNS = 5
LIMITS = {
    "ready_s_worst": Limit(at_most=5.0),
    "stop_s_worst": Limit(at_most=2.0),
    "orphans": Limit(at_most=0.0),
}


def run(settings: Settings) -> Report:
    """Start and stop the graph several times, each time in a fresh domain."""
    machine = describe_machine()
    count = settings.runs or RUNS
    starts = []
    for number in range(1, count + 1):
        with System() as system:
            ready = system.wait_until_ready()
            stop, orphans = system.stop()
        starts.append((ready, stop, orphans))
        settings.say(f"run {number} of {count}: ready after {ready:.2f} s, gone in {stop:.2f} s")
    settings.say("once more, to see where the time goes")
    rows = stages.measure()
    ready_times, stop_times, left = zip(*starts, strict=True)
    figures = {
        "ready_s_median": median(ready_times),
        "ready_s_best": min(ready_times),
        "ready_s_worst": max(ready_times),
        "stop_s_median": median(stop_times),
        "stop_s_worst": max(stop_times),
        "orphans": sum(left),
    }
    return Report("bringup", machine, count, figures, LIMITS, rows)
