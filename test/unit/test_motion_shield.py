"""The shield: S1 (limits), S2 (what the LiDAR sees), S3 (stale input), S4 (causes are named)."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robot_system.core.motion.playback import Playback
from robot_system.core.motion.shield import Shield, ShieldInputs
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
from robot_system.nodes.motion import MotionParameters, _settings

PARAMETERS = MotionParameters()
START = 1_000 * SECOND


class Rig:
    """A shield with everything it needs, driven cycle by cycle on a point robot's odometry."""

    def __init__(self, distance=math.inf):
        self.shield = Shield(_settings(PARAMETERS))
        self.inputs = ShieldInputs(Playback(), Surroundings(Pose(), 1.5, 3.0))
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
        self.inputs.permission = SystemState(
            self.time, Mode.RUNNING, is_motion_allowed=is_allowed, valid=valid
        )
        self.inputs.permission_received = self.now

    def act(self, linear=1.0, angular=0.0, valid=True, commands=None):
        self.sequence += 1
        rows = np.array([[linear, angular]] * 5) if commands is None else commands
        chunk = ActionChunk(
            self.time, self.sequence, "p", "h", self.time, 0.1, rows, 0.3, "because", valid
        )
        self.inputs.playback.accept(chunk, self.now)

    def see(self):
        angles = np.linspace(-math.pi / 2, math.pi / 2, 181)
        ahead = self.distance - self.pose.x
        ranges = np.full(181, np.inf, np.float32)
        facing = np.abs(angles) < 0.5
        if math.isfinite(ahead):
            ranges[facing] = ahead / np.cos(angles[facing])
            ranges[facing] += self.noise.normal(0.0, 1e-4, np.count_nonzero(facing))
        scan = Scan(self.time, -math.pi / 2, math.pi / 180, 0.02, 30.0, ranges)
        self.inputs.surroundings.add(scan, self.inputs.odometry)
        self.inputs.scan_received = self.now

    def move(self):
        twist = self.shield.applied
        self.pose = Pose(self.pose.x + twist.linear * 0.01, 0.0, 0.0)
        self.inputs.odometry = Odometry(self.time, self.pose, twist)
        self.inputs.odometry_received = self.now

    def run(self, seconds, *, permit=True, act=True, see=True, move=True, linear=1.0):
        for _ in range(round(seconds * 100)):
            self.time += from_seconds(0.01)
            if move:
                self.move()
            if permit:
                self.permit()
            if act:
                self.act(linear)
            if see and self.inputs.odometry is not None:
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
    rig.noise = np.random.default_rng(1)
    frozen = rig.inputs.surroundings
    last = Scan(rig.time, -1.5, 0.1, 0.02, 30.0, np.full(31, 5.0, np.float32))
    for _ in range(5):
        frozen.add(last, rig.inputs.odometry)
    rig.state = rig.shield.step(rig.inputs, rig.now)
    assert "scan_frozen" in rig.causes


def test_a_blinded_sensor_stops():
    rig = Rig()
    rig.run(0.5)
    ranges = np.full(181, np.nan, np.float32)
    rig.inputs.surroundings.add(
        Scan(rig.time, -1.5, 0.017, 0.02, 30.0, ranges), rig.inputs.odometry
    )
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
    rig.distance = rig.pose.x + 0.5
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


finite = st.floats(-1e9, 1e9, allow_nan=False)
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
        if cycle["see"] and rig.inputs.odometry is not None:
            rig.see()
        rig.state = rig.shield.step(rig.inputs, rig.now)
        applied = rig.state.applied
        assert math.isfinite(applied.linear)
        assert math.isfinite(applied.angular)
        assert -0.3 - 1e-9 <= applied.linear <= 1.0 + 1e-9
        assert abs(applied.angular) <= 2.0 + 1e-9
        elapsed = min(cycle["gap"] * 1e-9, 0.1)
        assert abs(applied.linear - before.linear) <= 3.0 * elapsed + 1e-9
        if rig.state.is_stopped:
            assert rig.state.causes or rig.state.requested != Twist()
        before = applied
