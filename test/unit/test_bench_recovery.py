"""What the benchmark of faults makes of what it heard."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from robot_system.cli import bench as command
from robot_system.cli.main import main as robot
from robot_system.core.values import (
    Event,
    GroundTruth,
    Mode,
    MotionState,
    Pose,
    Severity,
    StopCause,
    SystemState,
    Twist,
    VelocityCommand,
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


def truth(speed: float) -> GroundTruth:
    return GroundTruth(0, Pose(), Twist(speed))


def drive(
    held: tuple[float, float] | None = None,
    silent: tuple[float, float] | None = None,
    is_braking: bool = True,
) -> Records:
    """Return two seconds of driving at 0.6 m/s, from -0.5 s on, held or without commands."""
    records = Records()
    speed = 0.6
    for step in range(-50, 150):
        now = step * 0.01
        is_silent = silent is not None and silent[0] <= now < silent[1]
        is_held = held is not None and held[0] <= now < held[1]
        if (is_silent or is_held) and is_braking:
            speed = max(0.0, speed - 0.03)
        elif not is_silent:
            speed = min(0.6, speed + 0.015)
        if not is_silent:
            cause, stamp = STALE if is_held else HOLDS, round(now * 1e9)
            records.motions.append((now, motion(cause, stamp=stamp)))
            records.commands.append((now, VelocityCommand(stamp, Twist(speed))))
        if step % 5 == 0:
            records.truths.append((now, truth(speed)))
    return records


def safe(records: Records, name: str = "crash", ended: float = 1.4) -> float:
    return fault_times.safe_after(records, fault(name), 0.0, ended)


def test_who_is_never_held_nor_silent_is_safe_all_the_time() -> None:
    assert safe(drive()) == 0.0


def test_safe_begins_with_the_named_cause_whose_commands_go_to_zero() -> None:
    assert safe(drive(held=(0.2, 1.0))) == pytest.approx(0.2)


def test_a_cause_whose_commands_do_not_go_down_is_not_safe() -> None:
    assert math.isnan(safe(drive(held=(0.2, 1.0), is_braking=False)))


def test_a_short_cause_is_safe_although_it_does_not_reach_zero() -> None:
    assert safe(drive(held=(0.2, 0.3))) == pytest.approx(0.2)


def test_without_commands_it_is_safe_when_the_base_really_brakes() -> None:
    assert safe(drive(silent=(0.1, 1.0))) == pytest.approx(0.1, abs=0.06)


def test_a_base_that_goes_on_without_commands_is_never_safe() -> None:
    assert math.isnan(safe(drive(silent=(0.1, 1.0), is_braking=False)))


def test_a_pause_too_short_to_see_the_base_brake_is_not_held_against_it() -> None:
    assert safe(drive(silent=(0.11, 0.29), is_braking=False)) == 0.0


def test_a_gap_in_which_only_the_listener_stood_still_does_not_count() -> None:
    records = drive()
    records.commands[:] = [(0.4 if 0.1 < now < 0.4 else now, one) for now, one in records.commands]
    assert safe(records) == 0.0


def test_a_gap_of_the_listener_at_the_very_end_does_not_count_either() -> None:
    records = drive()
    records.commands[:] = [(0.4 if 0.1 < now < 0.4 else now, one) for now, one in records.commands]
    assert safe(records, ended=0.3) == 0.0


def test_decisions_and_their_commands_may_be_heard_at_different_times() -> None:
    records = drive(held=(0.2, 0.5))
    records.commands[:] = [(now - 0.1, one) for now, one in records.commands]
    assert safe(records) == pytest.approx(0.2)


def test_where_the_wheels_do_not_obey_only_standing_is_safe() -> None:
    assert math.isnan(safe(drive(), "wheels_stuck"))
    assert safe(drive(held=(0.0, 1.0)), "wheels_stuck") == pytest.approx(0.2, abs=0.06)


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
        (crash, outcome(3.0, stolen=0.1)),
    ]
    figures = recovery.figures_of(runs, 1)
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
