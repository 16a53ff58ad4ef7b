"""Storms of faults: the same ones again for a seed, and never more than can be healed."""

from collections import Counter
from itertools import islice, pairwise
from pathlib import Path

from robot_system.cli.bench import load_benchmarks

load_benchmarks(Path(__file__).parents[2])

from bench.chaos import DEADLY, DEATHS, POSSIBLE, storms  # noqa: E402


def test_a_seed_gives_the_same_storms_again_and_another_one_others():
    first = list(islice(storms(1), 50))
    assert first == list(islice(storms(1), 50))
    assert first != list(islice(storms(2), 50))


def test_every_fault_that_can_heal_comes_sooner_or_later():
    drawn = {blow.row.name for storm in islice(storms(1), 300) for blow in storm.blows}
    assert drawn == {row.name for row in POSSIBLE}
    assert {"crash", "hang", "stuck_callback", "clock_back", "disk_full"} <= drawn
    assert not {"crash_loop", "supervisor_crash", "two_crashes"} & drawn


def test_no_node_of_one_system_dies_more_often_than_its_owner_starts_it():
    deaths = Counter()
    for storm in islice(storms(1), 300):
        if storm.needs_new_system:
            deaths.clear()
        deaths += Counter(blow.target for blow in storm.blows if blow.row.name in DEADLY)
        assert max(deaths.values(), default=0) <= DEATHS


def test_after_the_clock_was_moved_comes_a_new_system():
    drawn = list(islice(storms(1), 300))
    for storm, following in pairwise(drawn):
        if any(blow.row.kind == "clock" for blow in storm.blows):
            assert following.needs_new_system
