"""How each node and the whole are: states, health, events, requests and their answers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, unique

from robot_system.core.time import Time


@unique
class Lifecycle(IntEnum):
    """States of a managed node, numbered as in lifecycle_msgs/State."""

    UNKNOWN = 0
    UNCONFIGURED = 1
    INACTIVE = 2
    ACTIVE = 3
    FINALIZED = 4


@unique
class Transition(IntEnum):
    """Transitions of a managed node, numbered as in lifecycle_msgs/Transition."""

    CONFIGURE = 1
    CLEANUP = 2
    ACTIVATE = 3
    DEACTIVATE = 4
    SHUTDOWN = 5


@unique
class Health(IntEnum):
    """How well a node or the whole does its work."""

    UNKNOWN = 0
    HEALTHY = 1
    DEGRADED = 2
    UNHEALTHY = 3


@dataclass(frozen=True, slots=True)
class HealthReport:
    """A node's own view of its health; `facts` are shown to people, never acted on.

    `blames` is the topic that the trouble comes from: one that it reads, or one of its own. It
    may know `since` when that is so; otherwise it is since it said so first.
    """

    health: Health = Health.UNKNOWN
    reason: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    blames: str = ""
    since: Time = 0


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """A node is alive, in this state, and this is how its ticks went since the last beat.

    It is not healthy `since` then, 0 while it is. The next one comes by `delay` (s) later than
    usual, while nothing is expected of the node, or in a transition that may take long.
    """

    stamp: Time
    node: str
    host: str
    pid: int
    state: Lifecycle
    health: Health
    reason: str
    activations: int = 0
    ticks: int = 0
    tick_mean: float = 0.0
    tick_max: float = 0.0
    period_max: float = 0.0
    blames: str = ""
    since: Time = 0
    delay: float = 0.0


@unique
class Severity(IntEnum):
    """How much an event or an alert matters to an operator."""

    INFO = 0
    WARNING = 1
    ERROR = 2
    FATAL = 3


@dataclass(frozen=True, slots=True)
class Event:
    """Something happened once; `name` is a row of the table of events."""

    stamp: Time
    name: str
    severity: Severity
    node: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One line of `/diagnostics`."""

    name: str
    node: str
    severity: Severity
    message: str
    facts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Diagnostics:
    """What nodes say of themselves, for the ROS tools."""

    stamp: Time
    diagnostics: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True)
class NodeStatus:
    """One node as the orchestrator sees it; not healthy `since` then, 0 while it is."""

    node: str
    desired: Lifecycle
    actual: Lifecycle
    health: Health
    reason: str
    is_ready: bool = False
    pid: int = 0
    attempts: int = 0
    last_recovery: float = 0.0
    fault: str = ""
    action: str = ""
    blames: str = ""
    since: Time = 0
    is_given_up: bool = False
    is_disabled: bool = False


@unique
class Mode(IntEnum):
    """What the whole system is doing."""

    STOPPED = 0
    STANDBY = 1
    RUNNING = 2
    DEGRADED = 3
    SAFE_STOP = 4
    SHUTDOWN = 5


@dataclass(frozen=True, slots=True)
class SystemState:
    """The whole: may the robot move, in which mode is it, and how is each node."""

    stamp: Time
    mode: Mode = Mode.STOPPED
    is_motion_allowed: bool = False
    health: Health = Health.UNKNOWN
    reason: str = ""
    since: Time = 0
    nodes: tuple[NodeStatus, ...] = ()
    target: Mode = Mode.RUNNING
    valid: bool = False


@dataclass(frozen=True, slots=True)
class TransitionRequest:
    """The orchestrator asks the host to move a node."""

    node: str
    transition: Transition
    attempt: int


@dataclass(frozen=True, slots=True)
class TransitionResult:
    """How such a request ended; `is_done` is what the node answered, None when it did not."""

    node: str
    transition: Transition
    attempt: int
    is_done: bool | None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ProcessRequest:
    """The orchestrator asks the host to watch a node's process, or to end it.

    Without a process number it asks which process of this machine runs a node that it never heard.
    Of one that `is_suspect` it wants to know whether it still wakes up for its work.
    """

    node: str
    host: str = ""
    pid: int = 0
    is_to_end: bool = False
    is_gentle: bool = False
    is_suspect: bool = False


@dataclass(frozen=True, slots=True)
class ProcessNote:
    """How a process is: there, gone, waiting for a processor in vain, or stopped by a signal.

    One that was suspected and `is_awake` goes on waiting for things to do, and doing them. One
    that was asked for has run the node for `age` (s).
    """

    node: str
    pid: int
    is_gone: bool = False
    is_starved: bool = False
    is_halted: bool = False
    is_awake: bool = False
    age: float = 0.0


@dataclass(frozen=True, slots=True)
class NodeCommand:
    """A person wants something of a node; none is named where all are meant."""

    node: str


@dataclass(frozen=True, slots=True)
class ModeCommand:
    """A person wants the whole in a mode."""

    mode: str


@dataclass(frozen=True, slots=True)
class PersonCommand:
    """A person wants something of the robot, and may say why."""

    reason: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of what a person wanted; one line says it."""

    is_done: bool
    message: str = ""
