"""The shield: it drives, waits, names what holds it (S4), and keeps to its limits."""

import math

import numpy as np
import pytest

from robot_system.core.motion import shield
from robot_system.core.time import SECOND, from_seconds
from robot_system.core.values import Twist
from robot_system.testing.rig import PARAMETERS, Rig


def test_all_missing_inputs_are_named_at_once():
    rig = Rig()
    rig.run(0.01, permit=False, act=False, see=False, move=False)
    assert rig.causes == ["no_permission", "no_action", "no_scan", "no_odom"]
    assert rig.state.applied == Twist()


def test_drives_when_everything_is_well():
    rig = Rig()
    rig.run(1.5)
    assert rig.causes == []
    assert rig.state.applied == Twist(1.0, 0.0)
    assert rig.state.valid


def test_goes_on_by_itself_after_a_while_when_the_input_is_back():
    rig = Rig()
    rig.run(1.0)
    rig.run(1.0, act=False)
    rig.run(0.05)
    assert rig.causes == ["resuming"]
    rig.run(1.5)
    assert rig.state.applied.linear == pytest.approx(1.0)


def test_standing_because_the_policy_says_so_is_named():
    rig = Rig()
    rig.run(1.0, linear=0.0)
    assert rig.causes == ["policy_holds"]
    assert rig.state.causes[0].detail == "because"


def test_causes_know_since_when_they_hold():
    rig = Rig()
    rig.run(0.51, act=False)
    cause = next(cause for cause in rig.state.causes if cause.name == "no_action")
    assert cause.age == pytest.approx(0.5)


def test_after_a_pause_it_does_not_go_on_at_the_speed_of_before():
    rig = Rig()
    rig.run(1.5)
    assert rig.state.applied.linear == 1.0
    rig.time += 2 * SECOND
    rig.step()
    assert rig.state.applied == Twist()


def test_after_a_short_pause_it_goes_on_from_what_the_base_has_braked_to_meanwhile():
    rig = Rig()
    rig.run(1.5)
    rig.time += from_seconds(0.2)
    rig.permit()
    rig.see()
    rig.move()
    rig.act()
    rig.step()
    slowed = 1.0 - 0.2 * PARAMETERS.braking
    assert slowed - 1e-9 <= rig.state.applied.linear <= slowed + 0.1 * PARAMETERS.acceleration


def test_whatever_went_wrong_before_what_is_not_finite_is_not_put_out(monkeypatch):
    rig = Rig()
    rig.run(1.0)
    monkeypatch.setattr(shield, "smooth", lambda *_: (Twist(math.nan, 0.0), Twist()))
    rig.run(0.01)
    assert rig.state.applied == Twist()
    assert rig.state.rules.finite == 1


def test_a_base_of_which_nothing_is_known_is_not_moved_even_if_no_fault_was_named(monkeypatch):
    rig = Rig()
    rig.permit()
    rig.act()
    monkeypatch.setattr(rig.inputs, "faults", lambda now: [])
    rig.step()
    rig.time += from_seconds(0.01)
    assert rig.step().applied == Twist()
    assert not rig.shield.must_brake(rig.inputs, rig.now)


def test_a_base_that_stands_need_not_brake():
    rig = Rig(0.4)
    rig.run(1.0)
    assert rig.state.is_stopped
    assert not rig.shield.must_brake(rig.inputs, rig.now)


def test_each_rule_counts_its_interventions():
    rig = Rig()
    rig.run(0.05, permit=False, act=False, see=False, move=False)
    counts = rig.state.rules
    assert (counts.permission, counts.action, counts.sensing) == (5, 5, 5)
    rig.run(0.05)
    assert rig.state.rules.resuming == 5
    rig.run(0.5, linear=5.0)
    assert rig.state.rules.limits >= 30
    assert rig.state.rules.ramp >= 30
    rig.act(commands=np.zeros((3, 3)))
    rig.run(0.02, act=False)
    assert rig.state.rules.shape == 2
    rig.sequence -= 1
    rig.act()
    rig.run(0.01, act=False)
    assert rig.state.rules.action == counts.action + 1
    assert rig.state.rules.finite == rig.state.rules.obstacles == 0
