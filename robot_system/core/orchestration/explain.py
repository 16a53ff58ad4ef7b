"""Why the robot stands, in plain words: from the stop cause down to where the trouble begins."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from robot_system.core.time import Time
from robot_system.core.values import (
    Health,
    Lifecycle,
    Mode,
    MotionState,
    NodeStatus,
    StopCause,
    SystemState,
)

# What motion names when the permission to move is what is missing.
OF_PERMISSION = frozenset({"permission_denied", "no_permission", "permission_stale"})

# What a person did, or is waited for: nothing of the system is behind it.
OF_PERSON = frozenset({"emergency_stop", "base_given_up"})


def explain(
    system: SystemState | None, motion: MotionState | None, producers: Mapping[str, str]
) -> list[str]:
    """Return the chain of causes, one line each; what is behind a cause is indented below it.

    `producers` names the node that writes each topic. None means that nothing was heard.
    """
    teller = _Teller(system, producers)
    return list(teller.lines(motion))


class _Teller:
    """Follows causes through the graph; what was told once is not told again."""

    def __init__(self, system: SystemState | None, producers: Mapping[str, str]) -> None:
        self._system = system
        self._nodes = {node.node: node for node in system.nodes} if system is not None else {}
        self._producers = producers
        self._told: set[str] = set()

    def lines(self, motion: MotionState | None) -> Iterator[str]:
        if motion is None:
            yield "the robot is not commanded: nothing is heard of motion"
            yield from self._of_node("motion", 1)
            yield from self._of_system(1)
            return
        if not motion.causes:
            yield "the robot may move: nothing holds it"
        for cause in motion.causes:
            verb = "is held" if motion.is_stopped else "is slowed down"
            yield f"the robot {verb}: {_words(cause)}"
            if cause.name in OF_PERMISSION:
                yield from self._of_system(1)
            elif cause.name not in OF_PERSON:
                yield from self._of_topic(cause.source, 1)
        if self._system is not None and self._system.mode is Mode.DEGRADED:
            yield "the system is degraded"
            yield from self._of_troubled(1)

    def _of_system(self, depth: int) -> Iterator[str]:
        system = self._system
        if system is None:
            yield _line(depth, "nothing is heard of the orchestrator")
            return
        since = (system.stamp - system.since) * 1e-9
        asked = ""
        if system.target is not Mode.RUNNING:
            asked = f"; a person asked for {system.target.name.lower()}"
        yield _line(depth, f"the system is in {system.mode.name.lower()} for {since:.1f} s{asked}")
        yield from self._of_troubled(depth + 1)

    def _of_troubled(self, depth: int) -> Iterator[str]:
        troubled = [name for name, node in self._nodes.items() if not node.is_ready]
        # Who is only down because of another is told below that one's name, or last.
        troubled.sort(key=lambda name: self._nodes[name].health is not Health.UNHEALTHY)
        for name in troubled:
            yield from self._of_node(name, depth)

    def _of_node(self, name: str, depth: int) -> Iterator[str]:
        node = self._nodes.get(name)
        if node is None or name in self._told:
            return
        self._told.add(name)
        assert self._system is not None
        yield _line(depth, _state(node, self._system.stamp))
        if node.blames and self._producers.get(node.blames) != name:
            yield from self._of_topic(node.blames, depth + 1)

    def _of_topic(self, topic: str, depth: int) -> Iterator[str]:
        producer = self._producers.get(topic)
        if producer is None:
            return
        node = self._nodes.get(producer)
        if node is None:
            yield _line(depth, f"{topic} comes from outside of the system: look at its driver")
        elif not node.is_ready or node.health is not Health.HEALTHY:
            yield from self._of_node(producer, depth)
        elif producer not in self._told:
            yield _line(depth, f"{producer}, which puts out {topic}, finds nothing wrong")


def _words(cause: StopCause) -> str:
    text = f"{cause.name} ({cause.source})"
    if cause.detail:
        text += f": {cause.detail}"
    elif cause.limit:
        text += f": {cause.value:.2f}, the limit is {cause.limit:.2f}"
    return f"{text}, for {cause.age:.1f} s" if cause.age >= 0.05 else text


def _state(node: NodeStatus, now: Time) -> str:
    state = node.actual.name.lower()
    if node.actual is Lifecycle.ACTIVE or node.health is Health.UNHEALTHY:
        state = node.health.name.lower()
    is_more = node.reason not in ("", state)
    text = f"{node.node} is {state}" + (f": {node.reason}" if is_more else "")
    if node.since:
        text += f", for {max(0, now - node.since) * 1e-9:.1f} s"
    if node.action:
        text += f" (being tried: {node.action}, attempt {node.attempts})"
    return text


def _line(depth: int, text: str) -> str:
    return f"{'  ' * depth}because {text}"
