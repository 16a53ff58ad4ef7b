"""Random faults on top of each other: no contact, and all is well afterwards.

It is what `robot bench chaos` does; here are its first storms, and no time counts.
"""

from itertools import islice
from pathlib import Path

import pytest

from robot_system.cli.bench import load_benchmarks

load_benchmarks(Path(__file__).parents[2])

from bench.chaos import StormBed, storms  # noqa: E402

STORMS = list(islice(storms(1), 4))


@pytest.fixture(scope="module")
def bed(own_logs):
    """A system that is driven from storm to storm."""
    with StormBed(print) as made:
        yield made


@pytest.mark.parametrize("storm", STORMS, ids=str)
def test_the_system_weathers_it(bed, storm):
    outcome = bed.weather(storm)
    assert outcome.done > 0
    assert outcome.contacts == 0
    assert outcome.has_healed
