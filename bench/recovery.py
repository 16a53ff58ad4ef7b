"""The table of faults: each one done to the real system while the robot drives."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

from bench.fault_run import Bed, Outcome
from bench.report import Limit, Report, Settings, describe_machine, median
from robot_system.errors import RobotError
from robot_system.faults.catalogue import FAULTS, Fault, Recovery, fault

RUNS = 5
# From this on what the host took from the machine shows in the times of a repeat (s).
STOLEN = 0.1
_CAN_HEAL = (Recovery.FROM_START, Recovery.FROM_END)
_STAYS_DOWN = Recovery.STAYS_DOWN
LIMITS = {
    "heal_ready_s_worst": Limit(at_most=1.0),
    "unhealed": Limit(at_most=0.0),
    "crash_ready_s_median": Limit(at_most=0.5),
    "safe_s_worst": Limit(at_most=0.3),
    "contacts": Limit(at_most=0.0),
    "quiet_cpu_percent": Limit(at_most=20.0),
}


def run(settings: Settings) -> Report:
    """Do every fault of the catalogue, or one, some times."""
    machine = describe_machine()
    count = settings.runs or RUNS
    faults = [fault(settings.fault)] if settings.fault else list(FAULTS)
    cases = [(row, target) for row in faults for target in row.measured or ("",)]
    outcomes: dict[tuple[str, str], list[Outcome]] = {
        (row.name, target): [] for row, target in cases
    }
    with Bed(settings.say) as bed:
        for number in range(1, count + 1):
            for row, target in cases:
                settings.say(f"run {number} of {count}: {row.name} {target}".rstrip())
                try:
                    outcome = bed.measure(row, target)
                except RobotError as error:
                    settings.say(f"  not measured: {error}")
                    outcome = _NOTHING
                outcomes[row.name, target].append(outcome)
                settings.say(f"  {describe(outcome)}")
    rows = [row_of(row, target, outcomes[row.name, target]) for row, target in cases]
    flat = [(row, outcome) for row, target in cases for outcome in outcomes[row.name, target]]
    figures = figures_of(flat, len(rows))
    limits = {name: limit for name, limit in LIMITS.items() if name in figures}
    return Report("recovery", machine, count, figures, limits, rows)


_NOTHING = Outcome(
    math.nan, "", math.nan, math.nan, math.nan, frozenset(), 0, "not measured", False
)


def row_of(row: Fault, target: str, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Return one line of the table; what never happened counts as slower than everything."""
    ready = [_or_never(one.ready) for one in outcomes]
    return {
        "fault": row.name,
        "node": target,
        "detect_s_median": median(_or_never(one.detect) for one in outcomes),
        "safe_s_worst": _worst(one.safe for one in outcomes),
        "running_s_median": median(_or_never(one.running) for one in outcomes),
        "ready_s_median": median(ready),
        "ready_s_worst": max(ready),
        "touched": ",".join(sorted(frozenset().union(*(one.touched for one in outcomes)))),
        "contacts": sum(one.contacts for one in outcomes),
        "heals": all(one.has_healed for one in outcomes),
        "ends_in": ",".join(sorted({one.ends_in for one in outcomes})),
        "stolen_s_worst": max(one.stolen for one in outcomes),
    }


def figures_of(outcomes: Sequence[tuple[Fault, Outcome]], faults: int) -> dict[str, float]:
    """Return the figures over all runs, as far as there were faults for them.

    The worst is over those that did heal; how many of them should have and did not stands apart.
    """
    promised = [one for row, one in outcomes if row.recovery in _CAN_HEAL]
    crashes = [one.ready for row, one in outcomes if row.name == "crash"]
    quiet = [one.quiet_cpu_percent for row, one in outcomes if row.recovery is _STAYS_DOWN]
    calm = [one for one in outcomes if one[1].stolen < STOLEN]
    figures: dict[str, float] = {
        "faults": faults,
        "safe_s_worst": _worst(one.safe for _, one in outcomes),
        "safe_s_worst_undisturbed": _worst(one.safe for _, one in calm),
        "contacts": sum(one.contacts for _, one in outcomes),
        "stolen_s": sum(one.stolen for _, one in outcomes),
    }
    if promised:
        healed = [one.ready for one in promised if one.has_healed]
        figures["heal_ready_s_worst"] = max(healed, default=math.nan)
        left_alone = [one for row, one in calm if row.recovery in _CAN_HEAL]
        figures["undisturbed"] = len(left_alone)
        figures["heal_ready_s_worst_undisturbed"] = _worst(one.ready for one in left_alone)
        figures["unhealed"] = sum(not one.has_healed for one in promised)
    if crashes:
        figures["crash_ready_s_median"] = median(_or_never(one) for one in crashes)
    if quiet:
        figures["quiet_cpu_percent"] = max(map(_or_never, quiet))
    return figures


def describe(outcome: Outcome) -> str:
    """Return a line for whoever waits."""
    cpu = outcome.quiet_cpu_percent
    quiet = f" {cpu:.0f} % of a core used," if math.isfinite(cpu) else ""
    return (
        f"detected {outcome.detect:.3f} s, safe {outcome.safe:.3f} s, ready {outcome.ready:.3f} s,"
        f" {outcome.ends_in}, touched {','.join(sorted(outcome.touched)) or 'nobody'},"
        f"{quiet} {outcome.stolen:.2f} s stolen by the host;"
        f" first sign: {outcome.sign[:100] or 'none'}"
    )


def _worst(times: Iterable[float]) -> float:
    return max(map(_or_never, times), default=math.nan)


def _or_never(seconds: float) -> float:
    return seconds if math.isfinite(seconds) else math.inf
