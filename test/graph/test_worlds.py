"""The whole graph in lockstep, through worlds that it has never seen."""

import pytest

from robot_system.lockstep.system import LockstepSystem
from robot_system.sim.generator import KINDS

SEEDS = range(100, 110)


@pytest.mark.parametrize("seed", SEEDS)
def test_reaches_the_first_goal_without_contact(seed):
    kind = list(KINDS)[seed % len(KINDS)]
    system = LockstepSystem(f"generated:{kind}:{seed}")
    goals = system.outcome.goals
    system.host.run(120.0, lambda: goals.reached >= 1 or system.outcome.contacts > 0)
    outcome = system.outcome
    assert outcome.contacts == 0, outcome.truth
    assert goals.reached >= 1, (outcome.truth, outcome.motion.causes, outcome.system.reason)
