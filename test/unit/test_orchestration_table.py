"""All states of a node by all events: what the orchestrator takes it for, and does about it."""

import pytest

from robot_system.core.orchestration.policy import Action
from robot_system.core.time import from_seconds
from robot_system.core.values import (
    Health,
    Heartbeat,
    Lifecycle,
    Transition,
    TransitionResult,
)
from robot_system.testing.fake_nodes import FakeNodes

NODE, PID = "lidar", 101
LOOKS = dict(zip(Lifecycle, "?UIAF", strict=True))
ASKED = {
    Transition.CONFIGURE: ">I",
    Transition.ACTIVATE: ">A",
    Transition.DEACTIVATE: ">I",
    Transition.CLEANUP: ">U",
}
TRIED = {
    None: "p",
    Action.WAIT: "w",
    Action.RETRY: "r",
    Action.CLEAR: "c",
    Action.RESTART: "k",
}


class Case:
    """One node that only does what it is told here, while all others are well."""

    def __init__(self):
        self.nodes = FakeNodes()
        self.nodes.run(1.0)
        self.nodes.deaf.add(NODE)
        self.nodes.silent.add(NODE)
        self.nodes.immortal.add(NODE)
        self.begin()

    def begin(self):
        self.nodes.requests.clear()
        self.nodes.attempts.clear()
        self.nodes.ended.clear()

    def beat(self, state, health=Health.HEALTHY, pid=PID):
        known = health if state is Lifecycle.ACTIVE else Health.UNKNOWN
        beat = Heartbeat(self.nodes.time, NODE, "host", pid, state, known, "")
        self.nodes.do(self.nodes.orchestrator.ears.on_heartbeat(beat, self.nodes.now))

    def note(self, **facts):
        self.nodes.say(NODE, PID, **facts)

    def refuse(self):
        record = self.nodes.orchestrator.record(NODE)
        result = TransitionResult(NODE, Transition.CONFIGURE, record.attempt, False, "no")
        self.nodes.do(self.nodes.orchestrator.ears.on_result(result, self.nodes.now))

    def run(self, seconds=0.05):
        self.nodes.run(seconds)

    def beat_for(self, seconds, *beat):
        for _ in range(round(seconds / 0.05)):
            self.beat(*beat)
            self.run()

    def give_up(self):
        self.beat(Lifecycle.ACTIVE)
        for _ in range(2000):
            self.beat(Lifecycle.ACTIVE, Health.UNHEALTHY)
            self.run()
            if self.nodes.orchestrator.given_up():
                return
        raise AssertionError

    @property
    def told(self):
        """Say how it looks in the words of the tables below."""
        status = self.nodes.status(NODE)
        asked = [ASKED[change] for name, change in self.nodes.requests if name == NODE]
        tried = [
            TRIED[one.action]
            for one in self.nodes.attempts
            if one.node == NODE and (not one.outcome or one.action is None)
        ]
        return "".join(
            (
                LOOKS[status.actual],
                "+" if status.is_ready else "",
                *asked,
                *(f"-{one}" for one in tried),
                "!" if self.nodes.ended else "",
            )
        )


def silent(case):
    case.beat(Lifecycle.ACTIVE)
    case.nodes.time += from_seconds(0.02)
    case.run(0.3)


STATES = {
    "unconfigured": lambda case: case.beat_for(0.05, Lifecycle.UNCONFIGURED),
    "inactive": lambda case: case.beat_for(0.05, Lifecycle.INACTIVE),
    "active": lambda case: case.beat_for(0.05, Lifecycle.ACTIVE),
    "degraded": lambda case: case.beat_for(0.05, Lifecycle.ACTIVE, Health.DEGRADED),
    "unhealthy": lambda case: case.beat_for(0.05, Lifecycle.ACTIVE, Health.UNHEALTHY),
    "finalized": lambda case: case.beat_for(0.05, Lifecycle.FINALIZED),
    "refused": lambda case: (case.beat_for(0.05, Lifecycle.UNCONFIGURED), case.refuse()),
    "silent": silent,
    "hanging": lambda case: (silent(case), case.run(0.1)),
    "exited": lambda case: case.note(is_gone=True),
    "given_up": Case.give_up,
    "stopped": lambda case: (case.nodes.ask("stop_node", NODE), STATES["unconfigured"](case)),
    "disabled": lambda case: (case.nodes.ask("disable_node", NODE), STATES["unconfigured"](case)),
}
OF_NODE = {
    "U": lambda case: case.beat(Lifecycle.UNCONFIGURED),
    "I": lambda case: case.beat(Lifecycle.INACTIVE),
    "A": lambda case: case.beat(Lifecycle.ACTIVE),
    "A bad": lambda case: case.beat(Lifecycle.ACTIVE, Health.UNHEALTHY),
    "F": lambda case: case.beat(Lifecycle.FINALIZED),
    "new U": lambda case: case.beat(Lifecycle.UNCONFIGURED, pid=PID + 1),
    "gone": lambda case: case.note(is_gone=True),
    "halted": lambda case: case.note(is_halted=True),
    "refuses": Case.refuse,
    "unheard": lambda case: case.run(1.2),
}
OF_PERSON = {
    "stop": lambda case: case.nodes.ask("stop_node", NODE),
    "start": lambda case: case.nodes.ask("start_node", NODE),
    "disable": lambda case: case.nodes.ask("disable_node", NODE),
    "enable": lambda case: case.nodes.ask("enable_node", NODE),
    "restart": lambda case: case.nodes.ask("restart_node", NODE),
    "clear": lambda case: case.nodes.ask("clear_fault", NODE),
}


def cell(state, event):
    case = Case()
    STATES[state](case)
    case.begin()
    (OF_NODE | OF_PERSON)[event](case)
    case.run()
    return case.told


# What it is taken for: ? unknown, U unconfigured, I inactive, A active, F finalized; + ready.
# Behind it what it is asked to become (>), and what is tried (-): w wait for the process owner,
# r retry, c clear, k end the process (! it was told to); p: a person lets it begin anew.
AFTER_WHAT_THE_NODE_DOES = """
             U       I       A       A_bad   F       new_U   gone    halted  refuses unheard
unconfigured U       I>A     A+      A       F       U>I     ?-w     U       U>I-r   ?-k!
inactive     U       I       A+      A       F       U>I     ?-w     I       I>A-r   ?-k!
active       U>I     I>A     A+      A       F       U>I     ?-w     A+      A+      ?-k!
degraded     U>I     I>A     A+      A       F       U>I     ?-w     A+      A+      ?-k!
unhealthy    U>I     I>A     A+      A       F       U>I     ?-w     A       A       ?-k!
finalized    U>I     I>A     A+      A       F       U>I     ?-w     F       F       ?-k!
refused      U>I-r   I>A-r   A+-r    A-r     F-r     U>I     ?-w     U>I-r   U>I-r   ?>I-r
silent       U>I     I>A     A+      A       F       U>I     ?-w     ?-k!    ?-k!    ?-k!
hanging      U>I     I>A     A+      A       F       U>I     ?       ?       ?       ?
exited       ?-w     ?-w     ?-w     ?-w     ?-w     U>I     ?-w     ?-w     ?-w     ?-w
given_up     U       I>U     A       A       F       U       ?       A       A>I     ?
stopped      U       I>U     A>I     A>I     F       U       ?-w     U       U       ?-k!
disabled     U       I>U     A+>I    A>I     F       U       ?-w     U       U       ?-k!
"""
AFTER_WHAT_A_PERSON_WANTS = """
             stop    start   disable enable  restart clear
unconfigured U       U       U       U       U-k!    U
inactive     I       I       I       I       I-k!    I
active       A>I     A+      A+>I    A+      A+-k!   A+
degraded     A>I     A+      A+>I    A+      A+-k!   A+
unhealthy    A>I     A       A>I     A       A-k!    A
finalized    F       F       F       F       F-k!    F
refused      U-r     U>I-r   U-r     U>I-r   U>I-k!  U>I-r
silent       ?-k!    ?-k!    ?-k!    ?-k!    ?-k!    ?-k!
hanging      ?       ?       ?       ?       ?-k!    ?
exited       ?-w     ?-w     ?-w     ?-w     ?-k!    ?-w
given_up     A       A       A       A       A-p-k!  A-p-c
stopped      U       U>I     U       U       U-k!    U
disabled     U       U       U       U>I     U-k!    U
"""


def rows(table):
    """Each cell of a table: the state, the event, and what comes of it."""
    head, *lines = table.strip("\n").splitlines()
    for line in lines:
        state, *cells = line.split()
        for event, expected in zip(head.split(), cells, strict=True):
            yield state, event.replace("_", " "), expected


CELLS = [*rows(AFTER_WHAT_THE_NODE_DOES), *rows(AFTER_WHAT_A_PERSON_WANTS)]


@pytest.mark.parametrize(("state", "event", "expected"), CELLS)
def test_what_comes_of_each_event_in_each_state(state, event, expected):
    assert cell(state, event) == expected


def test_no_state_and_no_event_is_left_out():
    events = [*OF_NODE, *OF_PERSON]
    assert {(state, event) for state, event, _ in CELLS} == {
        (state, event) for state in STATES for event in events
    }
