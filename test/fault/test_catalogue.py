"""Every fault of the catalogue, once: named, safe, without contact, and healed where it can be.

It is what `robot bench recovery` measures, with its limits; here a time only counts when it is
far off, and the host of the machine is not the reason.
"""

import math
from pathlib import Path

import pytest

from robot_system import graph
from robot_system.cli.bench import load_benchmarks
from robot_system.faults.catalogue import FAULTS, Recovery

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
# Three times and twice what the benchmark allows (s), while the host took less than this (s).
READY, SAFE, UNDISTURBED = 3.0, 0.6, 0.1


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
    outcome = bed.measure(row, target)
    assert outcome.contacts == 0
    assert math.isfinite(outcome.safe)
    if (row.name, target) not in NOT_NAMED:
        assert math.isfinite(outcome.detect)
    if row.recovery is Recovery.ENDS:
        assert outcome.ends_in == "ended"
    elif row.recovery is Recovery.STAYS_DOWN:
        assert outcome.ends_in in ("safe_stop", "degraded")
        assert outcome.quiet_cpu_percent < AT_REST
    else:
        assert outcome.has_healed
        assert outcome.touched <= dependants(target, *(one for _, one in row.parts))
        if outcome.stolen < UNDISTURBED:
            assert outcome.ready < READY
            assert outcome.safe < SAFE


def dependants(*names):
    """Return all nodes that need one of these, directly or not."""
    found = set(names)
    for spec in graph.NODES:
        if found & set(spec.needs):
            found.add(spec.name)
    return found - set(names)
