"""For how long the benchmark of faults finds a robot driving without what it needs."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest

from robot_system.cli import bench as command
from robot_system.core.values import (
    GroundTruth,
    MotionState,
    Pose,
    StopCause,
    Twist,
    VelocityCommand,
)
from robot_system.faults.catalogue import fault

command.load_benchmarks(Path(__file__).parents[2])

from bench.fault_safety import unsafe_seconds  # noqa: E402
from bench.fault_watch import Records  # noqa: E402

INVALID = StopCause("scan_invalid", "scan_raw", 0.0, 0.0, 0.0)
STALE = StopCause("scan_stale", "scan_raw", 0.21, 0.2, 0.0)
DISOBEYS = StopCause("base_disobeys", "odom", 0.0, 0.0, 0.0)
DENIED = StopCause("permission_denied", "system_state", 0.0, 0.0, 0.0)
RESUMING = StopCause("resuming", "motion", 0.0, 0.1, 0.0)
HOLDS = StopCause("policy_holds", "policy", 0.0, 0.0, 0.0)


def truth(speed: float) -> GroundTruth:
    return GroundTruth(0, Pose(), Twist(speed))


Span = tuple[float, float]


def drive(
    *holds: Span,
    cause: StopCause = INVALID,
    silent: Span | None = None,
    is_braking: bool = True,
) -> Records:
    """Return two seconds of driving at 0.6 m/s, from -0.5 s on, held or without commands."""
    records = Records()
    speed = 0.6
    for step in range(-50, 150):
        now, stamp = step * 0.01, round(step * 1e7)
        is_silent = silent is not None and silent[0] <= now < silent[1]
        is_held = any(start <= now < end for start, end in holds)
        if (is_silent or is_held) and is_braking:
            speed = max(0.0, speed - 0.03)
        elif not is_silent:
            speed = min(0.6, speed + 0.015)
        if not is_silent:
            motion = MotionState(stamp, causes=(cause if is_held else HOLDS,), valid=True)
            records.motions.append((now, motion))
            records.commands.append((now, VelocityCommand(stamp, Twist(speed))))
        if step % 5 == 0:
            records.truths.append((now, truth(speed)))
            for supply in (records.permissions, records.actions, records.odometry):
                supply.append((now, stamp))
    return records


def unsafe(records: Records, name: str = "crash", ended: float = 1.4) -> float:
    return unsafe_seconds(records, fault(name), 0.0, ended)


def test_who_is_never_stopped_nor_silent_is_safe_all_the_time() -> None:
    assert unsafe(drive()) == 0.0


def test_what_it_is_that_is_wrong_counts_from_the_fault() -> None:
    assert unsafe(drive((0.2, 1.0))) == pytest.approx(0.2)


def test_what_is_stale_counts_from_when_it_ended() -> None:
    assert unsafe(drive((0.5, 1.0), cause=STALE)) == pytest.approx(0.21)


def test_what_was_stale_before_the_fault_counts_from_the_fault() -> None:
    assert unsafe(drive((0.1, 1.0), cause=STALE)) == pytest.approx(0.1)


def test_a_permission_that_is_withdrawn_counts_from_the_last_one() -> None:
    assert unsafe(drive((0.52, 1.0), cause=DENIED)) == pytest.approx(0.02)


def test_a_base_that_disobeys_counts_from_when_it_did_obey() -> None:
    records = drive((0.9, 1.3), cause=DISOBEYS)
    records.truths[:] = [(now, truth(0.6 if now < 0.72 else 0.0)) for now, _ in records.truths]
    assert unsafe(records) == pytest.approx(0.2)


def test_each_stop_counts_from_when_the_robot_drove_on() -> None:
    assert unsafe(drive((0.05, 0.3), (0.5, 1.0))) == pytest.approx(0.2)


def test_a_wait_after_a_stop_is_not_driving() -> None:
    records = drive((0.05, 0.4), (0.5, 1.0))
    for index, (now, motion) in enumerate(records.motions):
        if 0.295 <= now < 0.395:
            records.motions[index] = (now, replace(motion, causes=(RESUMING,)))
    assert unsafe(records) == pytest.approx(0.1)


def test_a_stop_whose_commands_do_not_go_down_is_not_safe() -> None:
    assert math.isnan(unsafe(drive((0.2, 1.0), is_braking=False)))


def test_a_short_stop_is_safe_although_it_does_not_reach_zero() -> None:
    assert unsafe(drive((0.2, 0.3))) == pytest.approx(0.2)


def test_without_commands_it_is_safe_when_the_base_really_brakes() -> None:
    assert unsafe(drive(silent=(0.3, 1.0))) == pytest.approx(0.0, abs=0.07)


@pytest.mark.parametrize("late", [0.0, 0.001])
def test_a_motion_that_comes_back_held_was_not_driving(late: float) -> None:
    records = drive((1.0, 1.2), silent=(0.3, 1.0))
    records.commands[:] = [(now + late, one) for now, one in records.commands]
    assert unsafe(records) == pytest.approx(0.0, abs=0.07)


def test_a_base_that_goes_on_without_commands_is_never_safe() -> None:
    assert math.isnan(unsafe(drive(silent=(0.1, 1.0), is_braking=False)))


def test_a_pause_too_short_to_see_the_base_brake_is_not_held_against_it() -> None:
    assert unsafe(drive(silent=(0.11, 0.29), is_braking=False)) == 0.0


@pytest.mark.parametrize("ended", [1.4, 0.3])
def test_a_gap_in_which_only_the_listener_stood_still_does_not_count(ended: float) -> None:
    records = drive()
    records.commands[:] = [(0.4 if 0.1 < now < 0.4 else now, one) for now, one in records.commands]
    assert unsafe(records, ended=ended) == 0.0


def test_decisions_and_their_commands_may_be_heard_at_different_times() -> None:
    records = drive((0.2, 0.5))
    records.commands[:] = [(now - 0.1, one) for now, one in records.commands]
    assert unsafe(records) == pytest.approx(0.2)


@pytest.mark.parametrize("supply", ["permissions", "actions", "odometry"])
def test_who_drives_on_without_a_need_for_it_shows_from_outside(supply: str) -> None:
    records = drive()
    heard = getattr(records, supply)
    heard[:] = [one for one in heard if not 0.4 < one[0] < 0.9]
    assert unsafe(records) == pytest.approx(0.49)


def test_supplies_that_the_listener_heard_late_do_not_count() -> None:
    records = drive()
    records.actions[:] = [(0.9 if 0.4 < now < 0.9 else now, one) for now, one in records.actions]
    assert unsafe(records) == 0.0


def test_where_the_wheels_do_not_obey_only_a_base_that_comes_to_rest_is_safe() -> None:
    assert math.isnan(unsafe(drive(), "wheels_stuck"))
    assert unsafe(drive((0.1, 1.0)), "wheels_stuck") == pytest.approx(0.15, abs=0.06)
    assert math.isnan(unsafe(drive((0.1, 0.2)), "wheels_stuck"))
