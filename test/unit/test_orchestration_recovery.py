"""The ladder of one node: order, waits, budget, and asking a person."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robot_system.core.orchestration.policy import Action, Fault, RecoveryPolicy, Resort
from robot_system.core.orchestration.recovery import NOT_READY, READY, Recovery
from robot_system.core.time import SECOND, Instant, from_seconds

STEP = 0.05
LADDER = (Action.CLEAR, Action.RESET, Action.RESTART)


def policy(**changes):
    facts = {"jitter": 0.0, "patience": 1.0, "ladders": ((Fault.UNHEALTHY, LADDER),)}
    return RecoveryPolicy(**{**facts, **changes})


class Node:
    """A node with one fault, and its recovery stepped at 20 Hz."""

    def __init__(self, **changes):
        self.time = 1_000 * SECOND
        self.policy = policy(**changes)
        self.recovery = Recovery("lidar", self.policy, self.now)
        self.fault = None
        self.attempts = []
        self.acted = []

    @property
    def now(self):
        return Instant(self.time, self.time)

    def replace_recovery(self):
        """Let a new one go on, which knows what is in the logbook."""
        self.recovery = Recovery("lidar", self.policy, self.now, self.attempts)

    def run(self, seconds):
        for _ in range(round(seconds / STEP)):
            self.time += from_seconds(STEP)
            told, action = self.recovery.step(self.fault, "why", self.fault is None, self.now)
            self.attempts += told
            if action is not None:
                self.acted.append((action, self.time))


def test_nothing_is_done_about_a_node_that_is_well():
    node = Node()
    node.run(10.0)
    assert node.attempts == node.acted == []


def test_the_rungs_are_taken_in_order_each_with_time_to_help_and_growing_waits():
    node = Node(backoff=0.4)
    node.fault = Fault.UNHEALTHY
    node.run(10.0)
    assert [action for action, _ in node.acted] == list(LADDER)
    times = [time for _, time in node.acted]
    waits = [(later - earlier) / SECOND for earlier, later in pairwise(times)]
    assert waits == pytest.approx([1.0 + 0.4, 1.0 + 0.8], abs=2 * STEP)
    assert node.recovery.given_up == "why; nothing that was tried helped"
    assert [attempt.outcome for attempt in node.attempts if attempt.outcome] == [NOT_READY] * 3


def test_what_helped_is_told_with_its_time_and_the_next_fault_begins_below_again():
    node = Node()
    node.fault = Fault.UNHEALTHY
    node.run(0.5)
    node.fault = None
    node.run(0.5)
    assert node.attempts[-1].outcome == READY
    assert node.attempts[-1].duration == pytest.approx(0.5, abs=STEP)
    node.fault = Fault.UNHEALTHY
    node.run(0.1)
    assert [action for action, _ in node.acted] == [Action.CLEAR, Action.CLEAR]


def test_a_flapping_node_ends_with_a_person_when_its_budget_is_spent():
    node = Node(budget=4, window=60.0)
    for _ in range(20):
        node.fault = Fault.UNHEALTHY
        node.run(0.2)
        node.fault = None
        node.run(0.2)
    assert len(node.acted) == 4
    assert node.recovery.given_up


def test_a_budget_is_there_again_after_its_window():
    node = Node(budget=4, window=2.0)
    for _ in range(20):
        node.fault = Fault.UNHEALTHY
        node.run(0.2)
        node.fault = None
        node.run(0.8)
    assert len(node.acted) == 20
    assert not node.recovery.given_up


def test_with_degrade_at_the_end_it_is_let_be_and_nobody_is_asked():
    ladder = (Action.CLEAR, Action.DEGRADE)
    node = Node(ladders=((Fault.UNHEALTHY, ladder),))
    node.fault = Fault.UNHEALTHY
    node.run(600.0)
    assert [action for action, _ in node.acted] == [Action.CLEAR]
    assert not node.recovery.given_up
    assert node.recovery.attempts == 1
    node.fault = None
    node.run(0.1)
    assert node.recovery.is_idle


def test_with_degrade_at_the_end_a_spent_budget_asks_nobody_either():
    ladder = (Action.CLEAR, Action.DEGRADE)
    node = Node(budget=3, ladders=((Fault.UNHEALTHY, ladder),))
    for _ in range(10):
        node.fault = Fault.UNHEALTHY
        node.run(0.2)
        node.fault = None
        node.run(0.2)
    assert len(node.acted) == 3
    assert not node.recovery.given_up


def test_a_person_lets_it_begin_anew():
    node = Node()
    node.fault = Fault.UNHEALTHY
    node.run(10.0)
    cleared = node.recovery.clear(node.now)
    assert cleared is not None
    assert cleared.outcome == "cleared"
    node.run(0.1)
    assert node.acted[-1][0] is Action.CLEAR
    assert node.recovery.clear(node.now) is None


def test_a_new_recovery_knows_that_a_person_is_awaited():
    node = Node()
    node.fault = Fault.UNHEALTHY
    node.run(10.0)
    node.replace_recovery()
    assert node.recovery.given_up
    assert node.recovery.attempts == len(LADDER)
    node.attempts.append(node.recovery.clear(node.now))
    node.replace_recovery()
    assert not node.recovery.given_up
    assert node.recovery.attempts == 0


def test_a_new_recovery_goes_on_where_the_one_before_was():
    node = Node(backoff=0.0)
    node.fault = Fault.UNHEALTHY
    node.run(1.5)
    assert [action for action, _ in node.acted] == [Action.CLEAR, Action.RESET]
    node.replace_recovery()
    assert node.recovery.attempts == 2
    assert node.recovery.action is Action.RESET
    node.run(1.2)
    assert [action for action, _ in node.acted] == list(LADDER)
    ended = [attempt for attempt in node.attempts if attempt.outcome]
    assert [attempt.action for attempt in ended] == [Action.CLEAR, Action.RESET]
    # The one that began before took its time as well.
    assert ended[1].duration == pytest.approx(1.45, abs=0.06)


def test_an_attempt_that_helped_meanwhile_is_noted_by_the_new_recovery():
    node = Node()
    node.fault = Fault.UNHEALTHY
    node.run(0.1)
    node.replace_recovery()
    node.fault = None
    node.run(0.1)
    assert [attempt.outcome for attempt in node.attempts] == ["", READY]
    assert node.recovery.is_idle
    node.replace_recovery()
    assert node.recovery.is_idle
    assert node.recovery.last_duration == node.attempts[-1].duration > 0.0


def test_what_a_person_asked_for_counts_for_no_budget_in_a_new_recovery_either():
    node = Node(budget=1)
    node.attempts.append(node.recovery.ask(Action.RESTART, node.now))
    node.run(0.1)
    node.replace_recovery()
    node.fault = Fault.UNHEALTHY
    node.run(0.1)
    assert [action for action, _ in node.acted] == [Action.CLEAR]


@given(st.integers(0, 30), st.floats(-1.0, 1.0))
def test_waits_double_up_to_the_longest_give_or_take_the_jitter(attempts, draw):
    made = policy(backoff=0.1, backoff_max=10.0, jitter=0.25)
    wait = made.wait_after(attempts, draw)
    plain = 0.0 if attempts == 0 else min(0.1 * 2 ** (attempts - 1), 10.0)
    assert 0.75 * plain <= wait <= 1.25 * plain


def test_by_default_every_fault_has_a_ladder_and_what_heals_by_itself_an_empty_one():
    made = RecoveryPolicy()
    assert {fault for fault in Fault if not made.ladder(fault)} == {Fault.INPUT}
    assert made.resort is Resort.SAFE_STOP
