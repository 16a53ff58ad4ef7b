"""Whatever arrives, in whatever order: S1, S3 and S4 hold."""

import math

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from robot_system.core.time import SECOND, Instant, from_seconds
from robot_system.core.values import (
    ActionChunk,
    Mode,
    Obstacles,
    Odometry,
    Pose,
    Scan,
    SystemState,
    Twist,
)
from robot_system.testing.rig import PARAMETERS, Rig


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
        rig.step()
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


# Each of these found something once.
TINY = 2.225073858507e-311

STOP_AFTER = 0.3
"""S3: a stop begins within this time (s)."""
number = st.floats(allow_nan=True, allow_infinity=True, width=32)
moment = st.integers(-2 * SECOND, 2 * SECOND)
anything = st.one_of(
    st.tuples(
        st.just("act"),
        st.integers(0, 50),
        moment,
        st.lists(st.tuples(number, number), max_size=4),
        number,
        number,
    ),
    st.tuples(st.just("shape"), st.sampled_from([(0,), (4,), (2, 3), (0, 2), (2, 2, 2)])),
    st.tuples(st.just("permit"), st.booleans(), st.booleans(), moment),
    st.tuples(
        st.just("scan"), moment, number, number, number, number, st.lists(number, max_size=40)
    ),
    st.tuples(st.just("odom"), moment, number, number, number, number, number),
    st.tuples(st.just("tracks"), moment, st.lists(st.tuples(*[number] * 5), max_size=3)),
    st.tuples(st.just("wait"), st.sampled_from([0, 1, 2_000_000, 10_000_000, 90_000_000, SECOND])),
    st.tuples(st.just("clock"), st.sampled_from([-10 * SECOND, 10 * SECOND])),
    st.just(("good",)),
    st.just(("good",)),
)


class Hostile(Rig):
    """A rig that takes whatever is made up, with a node clock that may jump."""

    jump = 0

    @property
    def now(self):
        return Instant(self.time + self.jump, self.time)

    def do(self, kind, *rest):
        getattr(self, "do_" + kind)(*rest)

    def do_good(self):
        self.run(0.03)

    def do_act(self, sequence, offset, rows, dt, valid_for):
        stamp = self.time + offset
        commands = np.array(rows, float).reshape(-1, 2)
        chunk = ActionChunk(stamp, sequence, "p", "h", stamp, dt, commands, valid_for, "", True)
        self.inputs.take_action(chunk, self.now)

    def do_shape(self, shape):
        self.act(commands=np.ones(shape))

    def do_permit(self, is_allowed, valid, offset):
        state = SystemState(
            self.time + offset, Mode.RUNNING, is_motion_allowed=is_allowed, valid=valid
        )
        self.inputs.take_permission(state, self.now)

    def do_scan(self, offset, angle_min, increment, low, high, ranges):
        values = np.array(ranges, np.float32)
        scan = Scan(self.time + offset, angle_min, increment, low, high, values)
        self.inputs.take_scan(scan, self.now)

    def do_odom(self, offset, x, y, theta, linear, angular):
        odometry = Odometry(self.time + offset, Pose(x, y, theta), Twist(linear, angular))
        self.inputs.take_odometry(odometry, self.now)

    def do_tracks(self, offset, rows):
        table = np.array(rows, float).reshape(-1, 5)
        made = Obstacles(
            self.time + offset, np.arange(len(table)), table[:, :2], table[:, 4], table[:, 2:4],
            valid=True,
        )  # fmt: skip
        self.inputs.take_obstacles(made, self.now)

    def do_wait(self, duration):
        self.time += duration

    def do_clock(self, jump):
        self.jump += jump


def check_output(state, before, elapsed):
    """S1: finite, within the speeds, and no faster from one to the next than the limits allow."""
    applied = state.applied
    for value, last, least, most, up, down in (
        (applied.linear, before.linear, -0.3, 1.0, PARAMETERS.acceleration, PARAMETERS.braking),
        (applied.angular, before.angular, -2.0, 2.0, PARAMETERS.turn_acceleration,
            PARAMETERS.turn_braking),
    ):  # fmt: skip
        assert math.isfinite(value)
        assert least - 1e-9 <= value <= most + 1e-9
        limit = up if abs(value) > abs(last) else down
        assert abs(value - last) <= limit * elapsed + 1e-9
        assert value * last >= 0.0


@settings(max_examples=60, deadline=None)
@given(st.lists(anything, max_size=25), st.sampled_from([0.4, 1.0, math.inf]))
def test_whatever_comes_s1_and_s4_hold_and_without_input_it_stops(steps, distance):
    rig = Hostile(distance)
    rig.run(0.6)
    for step in steps:
        began, before = rig.time, rig.state.applied
        if step[0] == "good":
            rig.do(*step)
        else:
            rig.do(*step)
            rig.step()
            check_output(rig.state, before, (rig.time - began) * 1e-9 + 0.01)
        assert rig.causes or not rig.state.is_stopped or rig.state.requested != Twist()
        assert len(set(rig.causes)) == len(rig.causes)
        assert all(cause.age >= 0.0 and cause.source for cause in rig.state.causes)
    # Nothing arrives any more: it stops, and says what is missing.
    braking = PARAMETERS.speed / PARAMETERS.braking
    for _ in range(round((STOP_AFTER + braking) * 100) + 1):
        rig.time += from_seconds(0.01)
        rig.step()
    assert rig.state.applied == Twist()
    assert {cause.source for cause in rig.state.causes} >= {"system_state"}


@example(0.375, [(TINY, 1)])
@settings(max_examples=30, deadline=None)
@given(
    st.floats(0.3, 3.0),
    st.lists(st.tuples(st.floats(-3.0, 3.0), st.integers(1, 60)), min_size=1, max_size=6),
)
def test_whatever_is_asked_for_the_wall_ahead_is_not_reached(distance, parts):
    """S2 in the small: a base that does what it is told keeps clear of what it sees."""
    rig = Rig(distance)
    rig.run(0.1, linear=0.0)
    least = min(distance - PARAMETERS.length / 2, PARAMETERS.margin)
    for linear, count in parts:
        rig.run(0.01 * count, linear=linear)
        gap = distance - rig.pose.x - PARAMETERS.length / 2
        assert gap >= least - 0.002
