"""The parts of the benchmarks that compute: figures, matching of messages, cycles, the command."""

from __future__ import annotations

import json
import math
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robot_system.cli import bench as command
from robot_system.cli.main import main as robot
from robot_system.core.sensing.filters import FILTERS
from robot_system.core.values import Health, Heartbeat, Lifecycle
from robot_system.locks import NodeLock

ROOT = Path(__file__).parents[2]
PACKAGE = command.load_benchmarks(ROOT)

from bench import (  # noqa: E402
    chaos,
    lockstep,
    loop,
    processes,
    report,
    sensors,
    system,
)
from bench.stages import Moments, stages  # noqa: E402

MS = 1_000_000
MACHINE = {
    "cpu": "a", "cores": 2, "cores_used": 2, "kernel": "k", "python": "3", "load_average": 0.0,
}  # fmt: skip


def made(figures: dict[str, float], limits: dict[str, report.Limit]) -> report.Report:
    return report.Report("loop", MACHINE, 3, figures, limits)


@given(st.lists(st.floats(-1e6, 1e6), min_size=1), st.floats(0.01, 1.0))
def test_a_percentile_is_a_value_that_was_measured_and_covers_its_share(values, share):
    found = report.percentile(values, share)
    assert found in values
    assert sum(value <= found for value in values) >= share * len(values) - 1e-6
    assert sum(value < found for value in values) < share * len(values) + 1e-6


def test_the_percentile_of_nothing_is_no_number_and_meets_no_limit():
    assert math.isnan(report.percentile([], 0.5))
    assert not report.Limit(at_most=5.0).is_met_by(math.nan)


def test_a_report_is_met_when_every_limit_has_a_figure_inside():
    limits = {"low": report.Limit(at_most=5.0), "high": report.Limit(at_least=20.0)}
    assert made({"low": 5.0, "high": 20.0}, limits).is_met
    assert not made({"low": 5.1, "high": 20.0}, limits).is_met
    assert not made({"low": 5.0, "high": 19.9}, limits).is_met
    assert not made({"low": 5.0}, limits).is_met
    assert not made({"high": 20.0}, limits).is_met


def test_the_json_is_one_object_in_the_form_of_all_benchmarks():
    limits = {"a_ms": report.Limit(at_most=1.0)}
    found = json.loads(made({"a_ms": math.inf, "count": 3}, limits).as_json())
    assert found["figures"] == {"a_ms": None, "count": 3}
    assert found["limits"] == {"a_ms": {"at_most": 1.0}}
    assert found["met"] is False
    assert (found["name"], found["runs"], found["machine"]) == ("loop", 3, MACHINE)
    assert "rows" not in found


def test_the_table_names_every_figure_and_says_which_limit_is_not_met():
    limits = {"a_ms": report.Limit(at_most=1.0), "b": report.Limit(at_least=2.0)}
    lines = made({"a_ms": 1.5, "b": 2.0, "c": 7.0}, limits).as_text().splitlines()
    assert [line.split()[0] for line in lines[1:]] == ["a_ms", "b", "c"]
    assert lines[1].endswith("at most 1        NOT MET")
    assert lines[2].endswith("met")


def test_what_the_host_took_from_the_machine_is_told(monkeypatch):
    clock, taken = iter([0.0, 10.0]), iter([3.0, 3.4])
    monkeypatch.setattr(processes.time, "monotonic", lambda: next(clock))
    monkeypatch.setattr(processes, "stolen_seconds", lambda: next(taken))
    monkeypatch.setattr(processes.os, "cpu_count", lambda: 2)
    machine = MACHINE | {"stolen_percent": processes.Theft().percent}
    text = report.Report("loop", machine, 3, {}, {}).as_text()
    assert text.endswith("2 % of the cores taken by their host")


def test_the_kernel_tells_what_the_host_took(monkeypatch):
    monkeypatch.setattr(processes, "_read", lambda path: "cpu  1 2 3 4 5 6 7 250 9 10\ncpu0 1\n")
    assert processes.stolen_seconds() == 250 / os.sysconf("SC_CLK_TCK")


# The loop


def test_a_missed_period_is_a_gap_twice_as_long():
    assert loop._gaps_ms([0, 10 * MS, 30 * MS]) == [10.0, 20.0]
    assert loop._gaps_ms([]) == []


def test_cycle_figures_take_all_runs_together():
    usage = loop._Usage({"motion": 10.0}, {"motion": 80.0}, {"motion": 40.0})
    runs = [
        loop._Run(600, 610, 1.0, 0.5, 12.0, [10.0] * 599, usage),
        loop._Run(600, 600, 3.0, 0.7, 16.0, [10.0] * 597 + [16.0, 8.0], usage),
    ]
    figures = loop._cycle_figures(runs)
    assert (figures["cycles"], figures["missed"], figures["cycle_max_ms"]) == (1200, 1, 3.0)
    assert figures["cycle_mean_ms"] == pytest.approx(0.6)
    assert figures["decisions_out_of_turn"] == 10


# Lockstep


def test_the_shares_of_lockstep_add_up_with_the_rest_for_the_host():
    shares = lockstep._shares({"wall_s": 2.0, "spent_s": {"sim": 0.5, "motion": 1.0}})
    assert shares == pytest.approx({"share_sim": 0.25, "share_motion": 0.5, "share_host": 0.25})


# Processes and domains


def test_a_process_is_found_with_its_family_and_is_gone_when_killed():
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        members = {one.pid: one for one in processes.family(os.getpid())}
        found = members[child.pid]
        assert os.getpid() in members
        assert found.is_alive
        assert members[os.getpid()].rss_mb > 1.0
        assert members[os.getpid()].cpu_seconds > 0.0
        found.kill()
        deadline = time.monotonic() + 5.0
        while found.is_alive and time.monotonic() < deadline:
            time.sleep(0.01)
        assert not found.is_alive
    finally:
        child.communicate()
    assert processes.process(child.pid) is None


def test_a_domain_is_held_by_one_benchmark_and_never_one_that_is_used(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(system, "HIGHEST_DOMAIN", 3)
    used = NodeLock.take(2, "motion", {})
    free = [system.free_domain(random.Random(1)) for _ in range(3)]
    with free[0] as first, free[1] as second:
        assert {first, second} == {1, 3}
        with pytest.raises(system.MeasurementError, match="no ROS domain is free"):
            free[2].__enter__()
    used.release()


# The command


@pytest.fixture
def checkout(monkeypatch):
    monkeypatch.setenv("ROBOT_SYSTEM_SOURCE", str(ROOT))


@pytest.mark.usefixtures("checkout")
def test_without_a_name_the_benchmarks_are_listed_one_a_line(capsys):
    assert robot(["bench"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(PACKAGE.BENCHMARKS)


@pytest.mark.parametrize("name", PACKAGE.BENCHMARKS)
def test_every_benchmark_that_is_listed_can_be_run(name):
    assert callable(__import__(f"bench.{name}", fromlist=["run"]).run)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["nonsense"], "no benchmark is named 'nonsense'; there are bringup, latency,"),
        (["loop", "--runs", "0"], "--runs 0: must be at least 1"),
    ],
)
@pytest.mark.usefixtures("checkout")
def test_wrong_usage_is_one_line(given, said, capsys):
    assert robot(["bench", *given]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith(f"robot bench: {said}")
    assert told.err.count("\n") == 1


@pytest.mark.parametrize(("given", "seed"), [([], 1), (["--seed", "0"], 0), (["--seed", "7"], 7)])
@pytest.mark.usefixtures("checkout")
def test_a_seed_is_the_one_that_was_given(given, seed, monkeypatch):
    seeds = []

    def run(settings):
        seeds.append(settings.seed)
        return made({}, {})

    monkeypatch.setattr(chaos, "run", run)
    assert robot(["bench", "chaos", "--json", *given]) == 0
    assert seeds == [seed]


def test_without_a_checkout_one_line_says_so(monkeypatch, tmp_path, capsys):
    for source in ("", str(tmp_path)):
        monkeypatch.setenv("ROBOT_SYSTEM_SOURCE", source)
        assert robot(["bench", "loop"]) == 2
        told = capsys.readouterr().err
        assert "need a checkout" in told
        assert told.count("\n") == 1


@pytest.mark.parametrize(("speed", "code"), [(30.0, 0), (3.0, 1)])
@pytest.mark.usefixtures("checkout")
def test_an_unmet_limit_fails_only_when_asked_to_check(speed, code, monkeypatch, capsys):
    limits = {"speedup": report.Limit(at_least=20.0)}
    monkeypatch.setattr(
        lockstep,
        "run",
        lambda settings: report.Report(
            "lockstep", MACHINE, settings.runs, {"speedup": speed}, limits
        ),
    )
    assert robot(["bench", "lockstep", "--runs", "2", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["runs"] == 2
    assert robot(["bench", "lockstep", "--repeat", "2", "--check"]) == code


def test_the_stages_of_a_start_follow_each_other_and_add_up():
    moments = Moments(has_data=True)
    for state, now in (("UNCONFIGURED", 2.0), ("UNCONFIGURED", 2.1), ("ACTIVE", 2.5)):
        beat = Heartbeat(0, "lidar", "", 7, Lifecycle[state], Health.HEALTHY, "")
        moments.on_heartbeat(beat, now)
    moments.data = 2.75
    assert stages(1.0, 1.5, 1.75, moments) == {
        "import_s": 0.5,
        "process_s": 0.25,
        "discovery_s": 0.25,
        "configure_s": 0.5,
        "activate_s": 0.0,
        "data_s": 0.25,
        "all_s": 1.75,
    }


def test_data_before_its_heartbeat_is_no_negative_time():
    moments = Moments(has_data=True, heard=3.0, configured=3.0, active=3.0, data=2.0)
    found = stages(1.0, 1.5, 1.75, moments)
    assert min(found.values()) >= 0.0
    assert found["all_s"] == 2.0


# The sensors


def test_a_thousand_readings_a_second_go_through_every_filter_and_each_one_alone(monkeypatch):
    monkeypatch.setattr(sensors, "SECONDS", 1)
    monkeypatch.setattr(sensors, "PHASES", 1)
    found = sensors.run(report.Settings(runs=1))
    assert found.figures["readings_per_s"] == 1000
    assert found.figures["bad_readings"] == 0
    assert 0.5 < found.figures["named_age_share_max"] <= 1.0
    assert found.figures["cpu_percent"] == pytest.approx(found.figures["us_per_reading"] / 10)
    assert [row["filter"] for row in found.rows] == ["none", *FILTERS]
    assert set(found.limits) <= set(found.figures)


def test_the_benchmark_sees_bad_readings():
    rig = sensors.Rig({})
    rig.cost({"temperature_raw": 10}, 3)
    assert sensors._bad_readings(rig.out) > 0


def test_a_sensor_that_nobody_names_is_told_as_never(monkeypatch):
    component = sensors.graph.node("sensors").load()
    monkeypatch.setattr(component, "event", lambda *arguments: None)
    assert sensors._named_age(sensors.contract.IMU_RAW, 0.5) == math.inf
