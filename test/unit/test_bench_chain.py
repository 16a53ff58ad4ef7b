"""The stages from a scan to the wheels, and the brakes, as the benchmarks of latency find them."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from robot_system.cli import bench as command

command.load_benchmarks(Path(__file__).parents[2])

from bench import chain, latency  # noqa: E402

MS = 1_000_000


def record_of(stamp: int, *, raw: int, wait: int = 4 * MS) -> chain.Record:
    """Return a scan that takes 1, 2, 3 ms per stage, waits, and 1 ms to the command."""
    record = chain.Record()
    record.scan_raw[stamp] = raw
    record.scan[stamp] = raw + 1 * MS
    record.obstacles[stamp] = raw + 3 * MS
    record.chunk[stamp] = raw + 6 * MS
    record.chunk_arrived[stamp] = raw + 6 * MS + MS // 2
    decided = record.chunk_arrived[stamp] + wait
    record.commands[decided] = decided + MS
    record.decisions.append(chain.Decision(decided, stamp, 1.0, is_obstacle=False))
    return record


def test_the_way_of_a_scan_is_split_into_its_stages():
    (way,) = chain.ways(record_of(5, raw=100), [5])
    stages = (way.sensors, way.lidar, way.policy, way.motion, way.wait)
    assert stages == pytest.approx((1.0, 2.0, 3.0, 5.5, 4.0))
    assert way.total == pytest.approx(11.5)
    assert way.work == pytest.approx(7.5)


def test_the_first_decision_on_a_scan_counts():
    record = record_of(5, raw=100)
    late = record.decisions[0].stamp + 10 * MS
    record.decisions.insert(0, chain.Decision(late, 5, 1.0, is_obstacle=False))
    record.commands[late] = late + MS
    assert chain.ways(record, [5])[0].total == pytest.approx(11.5)


def test_a_decision_before_the_chunk_was_seen_here_has_no_negative_wait():
    (way,) = chain.ways(record_of(5, raw=100, wait=-MS // 4), [5])
    assert way.wait == 0.0


@pytest.mark.parametrize(
    ("table", "stage"),
    [("scan", "sensors"), ("obstacles", "lidar"), ("chunk", "policy"), ("commands", "motion")],
)
def test_a_scan_that_got_lost_is_counted_where_it_ended(table, stage):
    record = record_of(5, raw=100)
    getattr(record, table).clear()
    assert chain.ways(record, [5]) == []
    counts = chain.unanswered_by(record, [5])
    assert counts.pop(stage) == 1
    assert set(counts.values()) == {0}


def test_unanswered_scans_and_brakes_are_the_slowest_of_all():
    lost = latency._Chain(ways=chain.ways(record_of(5, raw=100), [5]))
    lost.unanswered["policy"] = 1
    assert latency._chain_figures(lost)["scan_to_cmd_p99_ms"] == math.inf
    assert latency._brake_figures([2.0, None])["brake_p99_ms"] == math.inf
    assert latency._brake_figures([2.0, None])["brakes_unanswered"] == 1


def drive(*commands: tuple[int, float, bool]) -> chain.Record:
    """Return commands as (time of publication in ms, speed, is an obstacle named)."""
    record = chain.Record(scan_raw={1: 100 * MS})
    for at, speed, is_obstacle in commands:
        record.decisions.append(chain.Decision(at * MS, 0, speed, is_obstacle))
        record.commands[at * MS] = at * MS
    return record


def test_a_brake_is_the_first_lower_command_that_names_an_obstacle():
    record = drive((95, 1.0, False), (102, 1.0, True), (105, 0.9, True), (110, 0.8, True))
    assert chain.braking(record, [1], 200 * MS) == [pytest.approx(5.0)]


def test_slowing_down_for_another_reason_or_before_the_scan_is_no_brake():
    record = drive((95, 1.0, False), (99, 0.8, True), (105, 0.7, False), (115, 0.7, True))
    assert chain.braking(record, [1], 200 * MS) == [None]


def test_a_brake_after_too_long_or_for_a_scan_that_was_not_seen_does_not_count():
    record = drive((95, 1.0, False), (320, 0.5, True))
    assert chain.braking(record, [1, 2], 200 * MS) == [None, None]
