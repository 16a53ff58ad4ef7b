"""Whatever arrives, in whatever order: S1, S3 and S4 hold."""

import math

from hypothesis import given, settings
from hypothesis import strategies as st

from robot_system.core.values import Twist
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
