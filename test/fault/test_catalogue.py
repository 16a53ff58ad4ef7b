"""Every fault of the catalogue, once: named, safe, without contact, and healed where it can be.

It is what `robot bench recovery` measures, with its limits; here a time only counts when it is
far off in each of three tries.
"""

import math
from pathlib import Path

import pytest

from robot_system import graph
from robot_system.cli.bench import load_benchmarks
from robot_system.faults.catalogue import FAULTS, Recovery
from robot_system.testing.system import TRIES

load_benchmarks(Path(__file__).parents[2])

from bench.fault_run import Bed  # noqa: E402

PATIENCE = 10.0
CASES = [(row, target) for row in FAULTS for target in row.measured or ("",)]
# The system lives with these, and may have nothing to say of them.
NOT_NAMED = {
    ("messages_lost", "lidar"),
    ("messages_lost", "motion"),
    ("messages_lost", "orchestrator"),
    ("messages_late", "orchestrator"),
    ("cpu_overload", ""),
    ("disk_full", ""),
}
# Far more than a system at rest needs (percent of a core).
AT_REST = 45.0
# Three times and twice what the benchmark allows (s).
READY, SAFE = 3.0, 0.6


def case(row, target):
    name = f"{row.name}-{target}" if target else row.name
    return pytest.param(row, target, id=name)


@pytest.fixture(scope="module")
def bed(own_logs):
    """A system that is driven from fault to fault."""
    with Bed(print) as made:
        yield made


@pytest.mark.parametrize(("row", "target"), [case(*one) for one in CASES])
def test_the_system_sees_it_through(bed, row, target):
    bed.patience = PATIENCE
    for _ in range(TRIES):
        outcome = bed.measure(row, target)
        assert outcome.contacts == 0
        if row.recovery is Recovery.ENDS:
            assert outcome.ends_in == "ended"
        elif row.recovery is Recovery.STAYS_DOWN:
            assert outcome.ends_in in ("safe_stop", "degraded")
        else:
            assert outcome.has_healed
        fallen_short = shortfalls(row, target, outcome)
        if not fallen_short:
            break
    assert fallen_short == []


def shortfalls(row, target, outcome):
    """Return what a machine that stands still for a moment may be the reason of."""
    heals = row.recovery not in (Recovery.ENDS, Recovery.STAYS_DOWN)
    is_named = math.isfinite(outcome.detect) or (row.name, target) in NOT_NAMED
    others = outcome.touched - dependants(target, *(one for _, one in row.parts))
    found = [
        (not is_named, "never named"),
        (not outcome.safe < SAFE, f"safe after {outcome.safe:.2f} s"),
        (outcome.quiet_cpu_percent >= AT_REST, f"uses {outcome.quiet_cpu_percent:.0f} %"),
        (heals and outcome.ready >= READY, f"ready after {outcome.ready:.2f} s"),
        (heals and bool(others), f"touched {others}"),
    ]
    return [words for is_short, words in found if is_short]


def dependants(*names):
    """Return all nodes that need one of these, directly or not."""
    found = set(names)
    for spec in graph.NODES:
        if found & set(spec.needs):
            found.add(spec.name)
    return found - set(names)
