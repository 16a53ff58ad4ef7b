"""Every fault of the catalogue, once: named, safe, without contact, and healed where it can be.

It is what `robot bench recovery` measures, with its own deadlines; here no time counts.
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
# The system says nothing of these yet, or it lives with them.
NOT_NAMED = {
    ("sensor_frozen", "odom"),
    ("wheels_stuck", "wheels"),
    ("commands_ignored", "base"),
    ("messages_lost", "lidar"),
    ("messages_lost", "motion"),
    ("messages_lost", "orchestrator"),
    ("messages_late", "orchestrator"),
    ("cpu_overload", ""),
    ("disk_full", ""),
}
# Far more than a system at rest needs (percent of a core).
AT_REST = 45.0
# Half of all beats lost looks now and then like a node that hangs.
MAY_TOUCH = {("messages_lost", "orchestrator")}


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
        if (row.name, target) not in MAY_TOUCH:
            assert outcome.touched <= dependants(target, *(one for _, one in row.parts))


def dependants(*names):
    """Return all nodes that need one of these, directly or not."""
    found = set(names)
    for spec in graph.NODES:
        if found & set(spec.needs):
            found.add(spec.name)
    return found - set(names)
