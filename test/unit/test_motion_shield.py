"""The shield: S1 (limits), S2 (what the LiDAR sees), S3 (stale input), S4 (causes are named)."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robot_system.core.motion.footprint import Footprint
from robot_system.core.motion.inputs import Inputs
from robot_system.core.motion.shield import Shield
from robot_system.core.motion.surroundings import Surroundings
from robot_system.core.time import SECOND, Instant, from_seconds
from robot_system.core.values import (
    ActionChunk,
    Mode,
    Odometry,
    Pose,
    Scan,
    SystemState,
    Twist,
)
from robot_system.nodes.motion import MotionParameters, _input_limits, _settings

PARAMETERS = MotionParameters()
START = 1_000 * SECOND


class Rig:
    """A shield with everything it needs, driven cycle by cycle on a point robot's odometry."""

    def __init__(self, distance=math.inf):
        self.shield = Shield(_settings(PARAMETERS))
        around = Surroundings(Pose(), Footprint(PARAMETERS.length, PARAMETERS.width), 1.5, 3.0)
        self.inputs = Inputs(_input_limits(PARAMETERS), around)
        self.time = START
        self.sequence = 0
        self.pose = Pose()
        self.distance = distance
        self.noise = np.random.default_rng(1)
        self.state = None

    @property
    def now(self):
        return Instant(self.time, self.time)

    def permit(self, is_allowed=True, valid=True):
        state = SystemState(self.time, Mode.RUNNING, is_motion_allowed=is_allowed, valid=valid)
        self.inputs.take_permission(state, self.now)

    def act(self, linear=1.0, angular=0.0, valid=True, commands=None):
        self.sequence += 1
        rows = np.array([[linear, angular]] * 5) if commands is None else commands
        chunk = ActionChunk(
            self.time, self.sequence, "p", "h", self.time, 0.1, rows, 0.3, "because", valid
        )
        self.inputs.take_action(chunk, self.now)

    def see(self):
        angles = np.linspace(-math.pi / 2, math.pi / 2, 181)
        ahead = self.distance - self.pose.x
        ranges = np.full(181, np.inf, np.float32)
        facing = np.abs(angles) < 0.5
        if math.isfinite(ahead):
            ranges[facing] = ahead / np.cos(angles[facing])
            ranges[facing] += self.noise.normal(0.0, 1e-4, np.count_nonzero(facing))
        self.scan(ranges)

    def scan(self, ranges, angle_min=-math.pi / 2, increment=math.pi / 180):
        """Show any scan, however impossible."""
        values = np.asarray(ranges, np.float32)
        self.inputs.take_scan(Scan(self.time, angle_min, increment, 0.02, 30.0, values), self.now)

    def move(self):
        twist = self.shield.applied
        self.pose = Pose(self.pose.x + twist.linear * 0.01, 0.0, 0.0)
        self.inputs.take_odometry(Odometry(self.time, self.pose, twist), self.now)

    def run(self, seconds, *, permit=True, act=True, see=True, move=True, linear=1.0):
        for _ in range(round(seconds * 100)):
            self.time += from_seconds(0.01)
            if move:
                self.move()
            if permit:
                self.permit()
            if act:
                self.act(linear)
            if see:
                self.see()
            self.state = self.shield.step(self.inputs, self.now)
        return self.state

    @property
    def causes(self):
        return [cause.name for cause in self.state.causes]


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


@pytest.mark.parametrize(
    ("lost", "cause"),
    [
        ("permit", "permission_stale"),
        ("act", "action_stale"),
        ("see", "scan_stale"),
        ("move", "odom_stale"),
    ],
)
def test_lost_input_ends_in_a_stop_that_names_it(lost, cause):
    rig = Rig()
    rig.run(1.5)
    rig.run(0.3, **{lost: False})
    assert cause in rig.causes
    rig.run(0.35, **{lost: False})
    assert rig.state.applied == Twist()
    assert rig.state.is_stopped
    assert cause in rig.causes


def test_goes_on_by_itself_after_a_while_when_the_input_is_back():
    rig = Rig()
    rig.run(1.0)
    rig.run(1.0, act=False)
    rig.run(0.1)
    assert rig.causes == ["resuming"]
    rig.run(1.5)
    assert rig.state.applied.linear == pytest.approx(1.0)


def test_denied_permission_stops():
    rig = Rig()
    rig.run(1.0)
    rig.permit(is_allowed=False)
    rig.run(0.5, permit=False)
    assert rig.state.applied == Twist()


def test_a_permission_that_nobody_filled_does_not_count():
    rig = Rig()
    rig.run(0.5)
    rig.permit(valid=False)
    rig.state = rig.shield.step(rig.inputs, rig.now)
    assert "permission_denied" in rig.causes


@pytest.mark.parametrize(
    "commands",
    [
        np.array([[math.nan, 0.0]]),
        np.array([[math.inf, 0.0]]),
        np.zeros((0, 2)),
        np.zeros((3, 3)),
        np.zeros(4),
    ],
)
def test_impossible_actions_are_refused(commands):
    rig = Rig()
    rig.run(0.5)
    rig.time += 1
    rig.act(commands=commands)
    rig.state = rig.shield.step(rig.inputs, rig.now)
    assert "action_invalid" in rig.causes


def test_stamps_from_the_future_are_refused():
    rig = Rig()
    rig.run(0.5)
    rig.time += SECOND
    rig.permit()
    rig.time -= SECOND
    rig.state = rig.shield.step(rig.inputs, rig.now)
    assert "permission_from_future" in rig.causes


def test_identical_scans_are_a_frozen_sensor():
    rig = Rig(distance=5.0)
    rig.run(0.5)
    for _ in range(5):
        rig.time += 1
        rig.scan(np.full(181, 5.0))
    rig.state = rig.shield.step(rig.inputs, rig.now)
    assert "scan_frozen" in rig.causes


def test_a_blinded_sensor_stops():
    rig = Rig()
    rig.run(0.5)
    rig.time += 1
    rig.scan(np.full(181, np.nan))
    rig.state = rig.shield.step(rig.inputs, rig.now)
    assert "scan_blind" in rig.causes


@pytest.mark.parametrize("distance", [0.4, 0.6, 1.0, 2.0, 3.0])
def test_stops_before_a_wall_with_the_margin_left(distance):
    rig = Rig(distance)
    rig.run(6.0)
    gap = distance - rig.pose.x - PARAMETERS.length / 2
    assert rig.state.is_stopped
    assert gap >= min(PARAMETERS.margin, distance - PARAMETERS.length / 2) - 0.01
    assert "obstacle" in rig.causes


def test_comes_close_to_the_wall_before_it_stops():
    rig = Rig(2.0)
    rig.run(8.0)
    assert 2.0 - rig.pose.x - PARAMETERS.length / 2 < PARAMETERS.margin + 0.08


def test_a_scan_that_appears_close_ahead_calls_for_braking_at_once():
    rig = Rig()
    rig.run(1.5)
    assert not rig.shield.must_brake(rig.inputs, rig.now)
    rig.distance = rig.pose.x + 0.6
    rig.time += 1
    rig.see()
    assert rig.shield.must_brake(rig.inputs, rig.now)


def test_backing_off_from_a_wall_is_allowed():
    rig = Rig(0.4)
    rig.run(1.0)
    rig.run(1.0, linear=-0.2)
    assert rig.state.applied.linear == pytest.approx(-0.2)


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


WALL = 2.0
HALF = PARAMETERS.length / 2


def approach(rig, seconds=5.0, **spoil):
    """Drive at a wall while an input is spoilt, and return the gap that is left."""
    rig.run(0.4)
    for _ in range(round(seconds * 100)):
        rig.time += from_seconds(0.01)
        rig.move()
        rig.permit()
        rig.act()
        if "scan" in spoil:
            spoil["scan"](rig)
        else:
            rig.see()
        if "odometry" in spoil:
            spoil["odometry"](rig)
        rig.state = rig.shield.step(rig.inputs, rig.now)
    return WALL - rig.pose.x - HALF


@pytest.mark.parametrize("field", ["x", "theta", "linear", "angular"])
@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_impossible_odometry_stops_and_is_named(field, value):
    def spoil(rig):
        pose = Pose(**{"x": rig.pose.x, **({field: value} if field in ("x", "theta") else {})})
        twist = Twist(**({field: value} if field in ("linear", "angular") else {}))
        rig.inputs.take_odometry(Odometry(rig.time, pose, twist), rig.now)

    rig = Rig(WALL)
    assert approach(rig, odometry=spoil) > 0.5
    assert "odom_invalid" in rig.causes


def test_after_a_jump_of_the_odometry_old_points_do_not_count_and_a_scan_is_waited_for():
    rig = Rig(WALL)
    rig.run(0.5)
    rig.time += from_seconds(0.01)
    rig.inputs.take_odometry(Odometry(rig.time, Pose(50.0, 0.0), Twist()), rig.now)
    rig.state = rig.shield.step(rig.inputs, rig.now)
    assert "no_scan" in rig.causes


IMPOSSIBLE = {
    "angle that is no number": {"angle_min": math.nan},
    "increment that is no number": {"increment": math.nan},
    "no increment": {"increment": 0.0},
    "turned round": {"angle_min": math.pi / 2},
    "more than a turn": {"increment": 1.0},
}


@pytest.mark.parametrize("case", IMPOSSIBLE)
def test_impossible_scans_stop_and_are_named(case):
    rig = Rig(WALL)
    assert approach(rig, scan=lambda r: r.scan(np.full(181, 8.0), **IMPOSSIBLE[case])) > 0.5
    assert "scan_invalid" in rig.causes


@pytest.mark.parametrize("beams", [0, 1, 45])
def test_scans_of_another_length_stop_and_are_named(beams):
    rig = Rig(WALL)
    assert approach(rig, scan=lambda r: r.scan(np.full(beams, np.inf))) > 0.5
    assert "scan_invalid" in rig.causes


@pytest.mark.parametrize("broken", [math.nan, -1.0, 0.0, -math.inf])
def test_broken_beams_ahead_are_not_free_space(broken):
    def spoil(rig):
        ranges = np.full(181, np.inf)
        ranges[60:121] = broken
        rig.scan(ranges)

    rig = Rig(WALL)
    assert approach(rig, scan=spoil) > 0.5
    assert rig.state.is_stopped
    assert rig.causes


def test_an_old_scan_does_not_replace_a_newer_one():
    rig = Rig(WALL)
    rig.run(0.5)
    before = rig.inputs.surroundings.stamp
    rig.time -= from_seconds(0.2)
    rig.scan(np.full(181, np.inf))
    assert rig.inputs.surroundings.stamp == before


def test_an_action_that_rests_on_an_old_observation_is_not_followed():
    rig = Rig()
    rig.run(0.5)
    old = rig.time - 60 * SECOND
    chunk = ActionChunk(
        rig.time, 10_000, "p", "h", old, 0.1, np.array([[1.0, 0.0]]), 0.3, valid=True
    )
    rig.inputs.take_action(chunk, rig.now)
    rig.state = rig.shield.step(rig.inputs, rig.now)
    assert "observation_stale" in rig.causes


def test_after_a_pause_it_does_not_go_on_at_the_speed_of_before():
    rig = Rig()
    rig.run(1.5)
    assert rig.state.applied.linear == 1.0
    rig.time += 2 * SECOND
    rig.state = rig.shield.step(rig.inputs, rig.now)
    assert rig.state.applied == Twist()


def braked(cycle):
    """Return the seconds for which the command may change: after a pause the base has braked."""
    return cycle["gap"] * 1e-9


whatever = st.floats(allow_nan=True, allow_infinity=True)
one_cycle = st.fixed_dictionaries(
    {
        "linear": whatever,
        "angular": whatever,
        "act": st.booleans(),
        "permit": st.booleans(),
        "see": st.booleans(),
        "move": st.booleans(),
        "gap": st.sampled_from([10_000_000, 1_000_000, 50_000_000, 300_000_000]),
    }
)


@settings(max_examples=60, deadline=None)
@given(st.lists(one_cycle, max_size=30), st.sampled_from([0.3, 0.5, 1.0, math.inf]))
def test_whatever_arrives_the_output_is_finite_and_limited(cycles, distance):
    """S1 and S4 hold for any sequence of inputs."""
    rig = Rig(distance)
    before = Twist()
    for cycle in cycles:
        rig.time += cycle["gap"]
        if cycle["move"]:
            rig.move()
        if cycle["permit"]:
            rig.permit()
        if cycle["act"]:
            rig.act(cycle["linear"], cycle["angular"])
        if cycle["see"]:
            rig.see()
        rig.state = rig.shield.step(rig.inputs, rig.now)
        applied = rig.state.applied
        assert math.isfinite(applied.linear)
        assert math.isfinite(applied.angular)
        assert -0.3 - 1e-9 <= applied.linear <= 1.0 + 1e-9
        assert abs(applied.angular) <= 2.0 + 1e-9
        change = abs(applied.linear) - abs(before.linear)
        limit = PARAMETERS.acceleration if change > 0.0 else PARAMETERS.braking
        assert abs(applied.linear - before.linear) <= limit * braked(cycle) + 1e-9
        if rig.state.is_stopped:
            assert rig.state.causes or rig.state.requested != Twist()
        before = applied
