"""What the benchmark of faults makes of what it heard."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from robot_system.cli import bench as command
from robot_system.cli.main import main as robot
from robot_system.core.values import (
    Event,
    Mode,
    MotionState,
    Severity,
    StopCause,
    SystemState,
)
from robot_system.faults.catalogue import FAULTS, fault

ROOT = Path(__file__).parents[2]
command.load_benchmarks(ROOT)

from bench import fault_times, recovery  # noqa: E402
from bench.fault_run import Outcome  # noqa: E402
from bench.fault_watch import Records  # noqa: E402

STALE = StopCause("scan_stale", "scan_raw", 0.3, 0.2, 0.0)
RESUMING = StopCause("resuming", "motion", 0.0, 0.3, 0.0)
HOLDS = StopCause("policy_holds", "policy", 0.0, 0.0, 0.0)
NOBODY: frozenset[str] = frozenset()


def motion(*causes: StopCause, stamp: int = 0) -> MotionState:
    return MotionState(stamp, causes=causes, valid=True)


def state(reason: str = "", mode: Mode = Mode.RUNNING) -> SystemState:
    return SystemState(0, mode=mode, reason=reason, valid=True)


def event(name: str, node: str, detail: str = "", severity: Severity = Severity.ERROR) -> Event:
    return Event(0, name, severity, node, detail)


def detected(records: Records, words: frozenset[str], ended: float = math.inf) -> float:
    return fault_times.detected_after(records, words, 0.0, ended)[0]


def test_detected_by_the_first_of_cause_state_and_event() -> None:
    records = Records(
        events=[(0.3, event("node_silent", "lidar"))],
        states=[(0.1, state()), (0.2, state("lidar: heartbeat is silent"))],
        motions=[(0.1, motion(HOLDS)), (0.4, motion(STALE))],
    )
    assert detected(records, frozenset({"lidar"})) == pytest.approx(0.2)


def test_not_detected_by_what_is_about_others_or_only_driving_or_the_request_itself() -> None:
    records = Records(
        events=[
            (0.1, event("node_silent", "policy")),
            (0.2, event("fault_injected", "lidar")),
            (-0.1, event("node_silent", "lidar")),
        ],
        states=[(0.1, state("policy: is gone", Mode.DEGRADED))],
        motions=[(0.1, motion(HOLDS)), (0.2, motion(RESUMING))],
    )
    assert math.isnan(detected(records, frozenset({"lidar"})))


def test_not_detected_by_what_comes_after_the_end() -> None:
    records = Records(motions=[(1.6, motion(STALE))])
    assert math.isnan(detected(records, NOBODY, ended=1.5))
    assert detected(records, NOBODY, ended=1.7) == pytest.approx(1.6)


def test_what_is_done_to_the_whole_is_detected_by_any_warning() -> None:
    calm = event("node_health_changed", "alerts", "healthy", Severity.INFO)
    records = Records(events=[(0.1, calm), (0.2, event("sensor_faulty", "sensors"))])
    assert detected(records, NOBODY) == pytest.approx(0.2)


def outcome(ready: float, *, healed: bool = True, **changes: object) -> Outcome:
    facts = {
        "detect": 0.1, "sign": "", "safe": 0.2, "running": ready, "touched": frozenset(),
        "contacts": 0, "ends_in": "running",
    }  # fmt: skip
    return Outcome(ready=ready, has_healed=healed, **{**facts, **changes})


def test_a_row_counts_what_never_healed_as_slower_than_everything() -> None:
    runs = [outcome(0.4), outcome(0.6), outcome(math.nan, healed=False, ends_in="safe_stop")]
    row = recovery.row_of(fault("crash"), "lidar", runs)
    assert row["ready_s_median"] == 0.6
    assert row["ready_s_worst"] == math.inf
    assert row["heals"] is False
    assert row["ends_in"] == "running,safe_stop"


def test_figures_are_over_all_runs_and_say_how_many_did_not_heal() -> None:
    crash, hang, loop = fault("crash"), fault("hang"), fault("crash_loop")
    runs = [
        (crash, outcome(0.4)),
        (crash, outcome(0.6)),
        (crash, outcome(0.5, contacts=1)),
        (hang, outcome(0.9)),
        (hang, outcome(math.nan, healed=False)),
        (loop, outcome(math.nan, healed=False, quiet_cpu_percent=12.0)),
    ]
    figures = recovery.figures_of(runs, 3)
    assert figures["crash_ready_s_median"] == 0.5
    assert figures["heal_ready_s_worst"] == 0.9
    assert figures["unhealed"] == 1
    assert figures["contacts"] == 1
    assert figures["quiet_cpu_percent"] == 12.0
    assert set(recovery.LIMITS) <= set(figures)


def test_repeats_in_which_the_host_took_time_are_told_apart() -> None:
    crash = fault("crash")
    runs = [
        (crash, outcome(0.4)),
        (crash, outcome(0.6, stolen=0.09)),
        (crash, outcome(3.0, stolen=0.1, safe=0.9)),
    ]
    figures = recovery.figures_of(runs, 1)
    assert (figures["safe_s_worst"], figures["safe_s_worst_undisturbed"]) == (0.9, 0.2)
    assert figures["heal_ready_s_worst"] == 3.0
    assert figures["undisturbed"] == 2
    assert figures["heal_ready_s_worst_undisturbed"] == 0.6
    runs.append((crash, outcome(math.nan, healed=False)))
    assert recovery.figures_of(runs, 1)["heal_ready_s_worst_undisturbed"] == math.inf


def test_every_fault_has_words_or_is_done_to_the_whole() -> None:
    for row in FAULTS:
        for target in row.measured:
            assert fault_times.words_of(row, target) == {target}


def test_only_the_table_of_faults_takes_a_fault(capsys, monkeypatch) -> None:
    monkeypatch.setenv("ROBOT_SYSTEM_SOURCE", str(ROOT))
    assert robot(["bench", "loop", "--fault", "crash"]) == 2
    assert "--fault crash" in capsys.readouterr().err
    assert robot(["bench", "recovery", "--fault", "melt"]) == 2
    assert "melt" in capsys.readouterr().err
