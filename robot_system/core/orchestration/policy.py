"""What is done about which fault of which node: data, read from `config/recovery.yaml`."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from enum import Enum, unique
from typing import Any


@unique
class Fault(Enum):
    """What can be wrong with a node, the first that applies."""

    EXITED = "its process is gone"
    SILENT = "its process does not beat"
    FAILED = "a transition failed"
    ENDED = "it was finalized and can only begin anew"
    INPUT = "something that it reads is missing or bad"
    OUTPUT = "something that it writes is missing or bad"
    UNHEALTHY = "it calls itself unhealthy"
    POOR = "something that it writes is too slow, too old or not valid"
    OVERLOADED = "its ticks, or what it does with a message, take too long"


# What is wrong with how a node works, though it does.
OF_WORK = (Fault.POOR, Fault.OVERLOADED)


@unique
class Action(Enum):
    """What can be done about it."""

    WAIT = "leave it to the process owner, which starts what died"
    RETRY = "ask for the transition again"
    CLEAR = "deactivate and activate: what it had gathered is forgotten"
    RESET = "clean up and configure anew"
    RESTART = "end the process, so that the process owner starts it anew"
    RESTART_DEPENDANTS = "the same, with the nodes that need it"
    DEGRADE = "let it be: the robot goes on with it as it is; the last of a ladder"


@unique
class Resort(Enum):
    """What remains when all that was to be tried is spent, until a person clears it."""

    SAFE_STOP = "the robot stands"
    DEGRADED = "the robot goes on without the node"


_LADDERS: dict[Fault, tuple[Action, ...]] = {
    Fault.EXITED: (Action.WAIT,),
    Fault.SILENT: (Action.RESTART,) * 5,
    Fault.FAILED: (Action.RETRY, Action.RETRY, Action.RESET, Action.RESTART, Action.RESTART),
    Fault.ENDED: (Action.RESTART,) * 2,
    Fault.INPUT: (),
    Fault.OUTPUT: (Action.CLEAR, Action.RESET, Action.RESTART, Action.RESTART_DEPENDANTS),
    Fault.UNHEALTHY: (Action.CLEAR, Action.RESET, Action.RESTART),
    Fault.POOR: (Action.CLEAR, Action.RESTART, Action.DEGRADE),
    Fault.OVERLOADED: (Action.CLEAR, Action.RESTART, Action.DEGRADE),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryPolicy:
    """Thresholds and times (s) of one node, and what to try for each fault, in order."""

    silence: float = 0.3
    """Without a heartbeat for this long it is not ready."""
    hang: float = 0.35
    """After this long it counts as hanging."""
    starved_hang: float = 3.0
    """The same while it waits for a processor that others keep busy."""
    awake_hang: float = 1.0
    """The same while the process works: then its messages do not arrive."""
    transition_silence: float = 10.0
    """The same while it is in a transition."""
    halted: float = 0.15
    """The same for a process that was stopped by a signal."""
    unheard: float = 10.0
    """A process that was never heard, though it works or only began, has so long."""
    tolerate: float = 1.0
    """A fault that may pass by itself may last this long before anything is done."""
    output_grace: float = 1.0
    """Its first outputs may take this long."""
    output_silence: float = 0.3
    """An output is missing after this, or after its greatest age if that is longer."""
    output_rate_share: float = 0.5
    """Below this share of the rate of the contract an output is too slow."""
    output_invalid: float = 1.0
    """An output may be not valid for this long."""
    poor_grace: float = 0.5
    """An output that comes, but is too slow, too old or not valid, may be so for so long."""
    poor_for: float = 3.0
    """Then it is not ready, and after this long something is done about it."""
    busy: float = 0.1
    """A tick, or what it does with a message, is too long when it takes longer than this."""
    busy_for: float = 3.0
    """All may be too long for this long."""
    missed_after: float = 1.0
    """Those that need it stay active while it is gone for no longer than this."""
    relapse: float = 10.0
    """What works badly again within this time is answered with the next action, not the first."""
    patience: float = 3.0
    """After an action it must be ready within this time."""
    wait_patience: float = 10.0
    """The same for the process owner to start it."""
    backoff: float = 0.1
    backoff_max: float = 10.0
    jitter: float = 0.25
    """Share by which a wait is longer or shorter."""
    budget: int = 8
    window: float = 60.0
    """So many actions within this time, whatever came of them."""
    rest_after: float = 3.0
    """While a person is awaited and the robot stands, the node rests after this; 0: never."""
    resort: Resort = Resort.SAFE_STOP
    ladders: tuple[tuple[Fault, tuple[Action, ...]], ...] = tuple(_LADDERS.items())

    def ladder(self, fault: Fault) -> tuple[Action, ...]:
        """Return what to try for a fault, in order."""
        return dict(self.ladders)[fault]

    def lasts(self, fault: Fault) -> float:
        """Return how long a fault may last before anything is done, as it may pass by itself."""
        if fault in (Fault.ENDED, Fault.INPUT, Fault.OUTPUT, Fault.UNHEALTHY):
            return self.tolerate
        return {Fault.POOR: self.poor_for, Fault.OVERLOADED: self.busy_for}.get(fault, 0.0)

    def wait_after(self, attempts: int, draw: float) -> float:
        """Return the wait before the next attempt; `draw` from -1 to 1 is the jitter."""
        if attempts <= 0:
            return 0.0
        wait = min(self.backoff * 2.0 ** (attempts - 1), self.backoff_max)
        return wait * (1.0 + self.jitter * draw)


class PolicyError(ValueError):
    """A recovery policy can not be read; the text names the key."""


Policies = dict[str, RecoveryPolicy]


def read_policies(content: object, nodes: Mapping[str, bool]) -> Policies:
    """Return the policy of each node from what the file holds.

    `nodes` tells of each whether the robot may not move without it: others only degrade, unless
    the file says otherwise.
    """
    if content is None:
        content = {}
    if not isinstance(content, Mapping) or set(content) - {"defaults", "nodes"}:
        raise PolicyError("must hold `defaults` and `nodes`, and nothing else")
    common = _section(content.get("defaults"), "defaults")
    own = _section(content.get("nodes"), "nodes")
    for name in own:
        if name not in nodes:
            raise PolicyError(f"nodes: no node is named {name!r}; nodes are {', '.join(nodes)}")
    policies = {}
    for name, is_needed in nodes.items():
        resort = Resort.SAFE_STOP if is_needed else Resort.DEGRADED
        policy = _changed(RecoveryPolicy(resort=resort), common, "defaults")
        policy = _changed(policy, _section(own.get(name), name), f"nodes: {name}")
        if is_needed and policy.resort is not Resort.SAFE_STOP:
            raise PolicyError(f"nodes: {name}: resort: the robot may not move without this node")
        policies[name] = policy
    return policies


def _section(value: object, name: str) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise PolicyError(f"{name}: must hold names and values, not {value!r}")
    return value


def _changed(policy: RecoveryPolicy, values: Mapping[str, Any], where: str) -> RecoveryPolicy:
    known = {item.name for item in fields(RecoveryPolicy)} - {"ladders"}
    ladders = dict(policy.ladders)
    changes: dict[str, Any] = {}
    for key, value in values.items():
        place = f"{where}: {key}"
        fault = _FAULTS.get(str(key))
        if fault is not None:
            ladders[fault] = _ladder(value, place)
        elif key == "resort":
            changes[key] = _choice(Resort, value, place)
        elif key in known:
            changes[key] = _number(value, place, is_whole=key == "budget")
            if key == "output_rate_share" and value > 1:
                raise PolicyError(f"{place}: {value} is a share, and must be from 0 to 1")
        else:
            choices = ", ".join([*sorted(known), *_FAULTS])
            raise PolicyError(f"{place}: is not known; there are {choices}")
    return replace(policy, ladders=tuple(ladders.items()), **changes)


def _ladder(value: object, place: str) -> tuple[Action, ...]:
    if not isinstance(value, list):
        raise PolicyError(f"{place}: must be a list of actions, not {value!r}")
    ladder = tuple(_choice(Action, item, place) for item in value)
    if Action.DEGRADE in ladder[:-1]:
        raise PolicyError(f"{place}: nothing can come after degrade")
    return ladder


def _choice(kind: type[Any], value: object, place: str) -> Any:
    names = {item.name.lower(): item for item in kind}
    if value not in names:
        raise PolicyError(f"{place}: {value!r} is none of {', '.join(names)}")
    return names[value]


def _number(value: object, place: str, is_whole: bool) -> float:
    is_right = isinstance(value, int) if is_whole else isinstance(value, int | float)
    if isinstance(value, bool) or not is_right:
        kind = "a whole number" if is_whole else "a number"
        raise PolicyError(f"{place}: must be {kind}, not {value!r}")
    assert isinstance(value, int | float)
    if not (math.isfinite(value) and 0 <= value <= 3600):
        raise PolicyError(f"{place}: {value} must be from 0 to 3600")
    return value


_FAULTS = {fault.name.lower(): fault for fault in Fault}
