"""Commanded against measured motion: held, tried again, given up, and no false alarms."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robot_system.core.motion.agreement import Agreement, AgreementSettings
from robot_system.core.time import SECOND, Instant, from_seconds
from robot_system.core.values import FaultRequest, Odometry, Pose, Twist
from robot_system.sim.world import World
from robot_system.testing.arena import Arena, always_same
from robot_system.testing.rig import Rig

EMPTY = World("empty", Pose(), ((5.0, 0.0),), (-50.0, -50.0, 50.0, 50.0))


def until_stopped(rig, seconds=2.0):
    for _ in range(round(seconds * 100)):
        rig.run(0.01)
        if "base_disobeys" in rig.causes:
            return
    raise AssertionError("nothing was noticed")


def test_a_base_that_does_not_move_is_noticed_and_named_with_both_motions():
    rig = Rig()
    rig.obeys = False
    began = rig.time
    until_stopped(rig)
    assert (rig.time - began) * 1e-9 < 1.2
    cause = next(cause for cause in rig.state.causes if cause.name == "base_disobeys")
    assert cause.detail.startswith("commanded 0.")
    assert cause.detail.endswith("measured 0.00 m/s 0.00 rad/s")
    assert (cause.value, cause.source) == (0.0, "odom")
    assert cause.limit > 0.1


def test_a_base_that_stops_obeying_at_full_speed_is_noticed_within_half_a_second():
    rig = Rig()
    rig.run(2.0)
    rig.obeys = False
    rig.run(0.5)
    assert "base_disobeys" in rig.causes
    assert rig.state.rules.agreement > 0


def test_after_the_fault_it_goes_on_by_itself_within_a_second():
    rig = Rig()
    rig.obeys = False
    rig.run(1.5)
    rig.obeys = True
    rig.run(1.0)
    assert rig.causes == []
    assert rig.state.applied.linear > 0.1
    rig.run(3.0)
    assert rig.state.applied.linear == pytest.approx(1.0)


def test_after_several_tries_a_person_is_waited_for_until_they_release_it():
    rig = Rig()
    rig.obeys = False
    rig.run(10.0)
    assert rig.causes == ["base_given_up"]
    assert "robot release" in rig.state.causes[0].detail
    rig.obeys = True
    rig.run(30.0)
    assert rig.causes == ["base_given_up"]
    assert rig.state.is_stopped
    rig.inputs.agreement.release()
    rig.run(2.0)
    assert rig.causes == []
    assert rig.state.applied.linear > 0.9


def test_tries_that_were_followed_by_good_driving_do_not_count():
    rig = Rig()
    for _ in range(8):
        rig.obeys = False
        until_stopped(rig)
        rig.obeys = True
        rig.run(2.5)
    assert rig.causes == []


ASKED = Twist(0.5, 0.2)


def told(off_for, measured, is_going_on=True):
    """Return what a base is blamed for that did as it was told, and then not for some time."""
    agreement = Agreement(AgreementSettings())
    for cycle in range(100 + round(off_for * 100) + 1):
        now = Instant(cycle * 10_000_000, cycle * 10_000_000)
        agreement.command(ASKED, now)
        twist = ASKED if cycle < 100 else measured
        place = cycle if is_going_on else min(cycle, 99)
        agreement.measure(Odometry(now.stamp, Pose(place * 0.01, 0.0, 0.0), twist), now)
    return agreement.fault(now)


@pytest.mark.parametrize("measured", [Twist(0.3, 0.2), Twist(0.5, -0.15), Twist(0.5, 0.55)])
def test_each_part_of_the_motion_may_be_off_for_a_moment_and_not_for_longer(measured):
    assert told(0.08, measured) is None
    assert told(0.12, measured).name == "base_disobeys"


@pytest.mark.parametrize("measured", [Twist(0.42, 0.2), Twist(0.58, 0.2), Twist(0.5, 0.0)])
def test_what_is_within_the_tolerances_is_as_told(measured):
    assert told(3.0, measured) is None


def given_up_after(between):
    """Tell whether a base is given up that fails once more than it may, and does this between."""
    agreement = Agreement(AgreementSettings())
    now = Instant(0, 0)

    def go(asked, measured, seconds):
        nonlocal now
        for _ in range(round(seconds * 100)):
            now = Instant(now.stamp + 10_000_000, now.steady + 10_000_000)
            agreement.command(asked, now)
            place = Pose(now.steady * 1e-9, 0.0, 0.0)
            agreement.measure(Odometry(now.stamp, place, measured), now)

    for _ in range(AgreementSettings().tries):
        go(ASKED, ASKED, 0.5)
        go(ASKED, Twist(), 0.15)
        go(Twist(), Twist(), 1.0)
        go(between, between, 1.6)
    return bool(agreement.given_up)


@pytest.mark.parametrize(
    ("between", "is_given_up"),
    [
        (Twist(0.0, 0.51), False),
        (Twist(0.0, -0.51), False),
        (Twist(0.0, 0.49), True),
        (Twist(0.21, 0.0), False),
        (Twist(-0.21, 0.0), False),
        (Twist(0.19, 0.0), True),
    ],
)
def test_only_motion_that_would_show_a_fault_makes_forget_the_tries(between, is_given_up):
    assert given_up_after(between) is is_given_up


def test_the_place_may_stay_the_same_for_a_moment_and_not_for_longer():
    assert told(0.08, ASKED, is_going_on=False) is None
    assert told(0.12, ASKED, is_going_on=False).name == "base_disobeys"


def test_a_place_that_does_not_change_while_motion_is_measured_is_a_fault():
    rig = Rig()
    rig.run(2.0)
    stuck = rig.pose
    for _ in range(30):
        rig.time += from_seconds(0.01)
        rig.inputs.take_odometry(Odometry(rig.time, stuck, Twist(1.0)), rig.now)
        rig.permit()
        rig.act()
        rig.see()
        rig.step()
    assert "base_disobeys" in rig.causes
    stop = next(cause for cause in rig.state.causes if cause.name == "base_disobeys")
    assert stop.detail.startswith("its place does not change")
    assert (stop.value, stop.limit) == (0.0, 1.0)


def test_a_pause_of_the_process_is_no_disobedience():
    rig = Rig()
    rig.run(2.0)
    rig.obeys = False
    rig.run(0.05)
    rig.time += SECOND
    rig.step()
    rig.obeys = True
    for _ in range(300):
        rig.run(0.01)
        assert not any(name.startswith("base_") for name in rig.causes)


@pytest.mark.parametrize("lost", ["permit", "act", "see"])
def test_braking_for_something_else_is_no_disobedience(lost):
    rig = Rig()
    rig.run(2.0)
    for _ in range(100):
        rig.run(0.01, **{lost: False})
        assert "base_disobeys" not in rig.causes


def test_a_runaway_base_stays_held_and_is_one_try():
    rig = Rig()
    rig.run(1.0, linear=0.0)
    for _ in range(300):
        rig.time += from_seconds(0.01)
        rig.pose = Pose(rig.pose.x + 0.005, 0.0, 0.0)
        rig.inputs.take_odometry(Odometry(rig.time, rig.pose, Twist(0.5)), rig.now)
        rig.permit()
        rig.act(0.0)
        rig.see()
        rig.step()
    assert rig.causes == ["base_disobeys"]


@pytest.mark.parametrize(
    ("target", "kind", "value"),
    [("wheels", "stuck", 0.0), ("wheels", "stuck", -1.0), ("base", "ignore_commands", 0.0)],
)
def test_faults_of_the_simulated_base_are_noticed_and_heal(target, kind, value):
    arena = Arena(EMPTY, always_same(0.6))
    arena.run(2.0)
    arena.simulator.fault(FaultRequest(arena.now.stamp, target, kind, value), arena.now.stamp)
    seen = [(arena.step(), {cause.name for cause in arena.causes})[1] for _ in range(150)]
    assert any("base_disobeys" in names for names in seen[:80])
    arena.simulator.fault(FaultRequest(arena.now.stamp, target, "", 0.0), arena.now.stamp)
    assert arena.run(1.0, lambda: not arena.causes and abs(arena.state.applied.linear) > 0.02)
    assert "base_disobeys" in [name for name, _ in arena.events]


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(-3.0, 3.0), st.floats(-6.0, 6.0), st.integers(1, 12)), max_size=12
    ),
    st.integers(0, 5),
)
def test_a_base_that_follows_as_the_simulated_one_does_is_never_called_disobedient(parts, seed):
    commands = [(linear, angular) for linear, angular, count in parts for _ in range(count)]
    stream = iter(commands)
    ask = always_same(0.5)

    def act(now):
        linear, angular = next(stream, (0.5, 0.5))
        return replace(ask(now), commands=np.array([[linear, angular]]))

    arena = Arena(EMPTY, act, seed=seed)
    arena.run(0.05 * len(commands) + 0.5)
    assert not any(name.startswith("base_") for name, _ in arena.events)


def test_numbers_that_are_none_do_not_break_it():
    agreement = Agreement(AgreementSettings())
    for cycle in range(200):
        now = Instant(cycle * 10_000_000, cycle * 10_000_000)
        agreement.command(Twist(0.5), now)
        agreement.measure(Odometry(now.stamp, Pose(), Twist(math.nan, math.inf)), now)
    assert agreement.fault(now) is not None


def test_tries_that_are_longer_ago_than_the_window_are_forgotten():
    agreement = Agreement(AgreementSettings(tries=2, window=1.0))
    for cycle in range(300):
        now = Instant(cycle * SECOND // 100, cycle * SECOND // 100)
        agreement.command(Twist(0.5), now)
        # Apart for a moment, every two seconds, and too slow in between to be called well.
        measured = 0.0 if cycle % 200 in range(60, 75) else 0.5
        agreement.measure(Odometry(now.stamp, Pose(cycle), Twist(measured)), now)
        if cycle % 200 in (20, 90, 130, 170):
            agreement.forget()
    assert not agreement.given_up
