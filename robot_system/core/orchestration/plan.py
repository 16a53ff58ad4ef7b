"""The dependencies of a graph: checked once, then asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class PlanError(ValueError):
    """The needs of the nodes can not be satisfied."""


@dataclass(frozen=True, slots=True)
class PlannedNode:
    """One node that the orchestrator brings up, and the nodes it needs."""

    name: str
    needs: tuple[str, ...] = ()
    is_needed_to_move: bool = True
    works_in_standby: bool = True


class Plan:
    """The nodes of a running system in an order in which each comes after what it needs."""

    def __init__(self, nodes: Sequence[PlannedNode]) -> None:
        self._nodes = {node.name: node for node in nodes}
        self.order = _ordered(self._nodes)
        self.dependants: dict[str, tuple[str, ...]] = {
            name: tuple(other for other in self.order if name in self._nodes[other].needs)
            for name in self.order
        }

    def needs(self, name: str) -> tuple[str, ...]:
        """Return the nodes that a node needs directly."""
        return self._nodes[name].needs

    def all_dependants(self, name: str) -> tuple[str, ...]:
        """Return the nodes that need a node, directly or not, in order."""
        found = {name}
        for other in self.order:
            if found & set(self._nodes[other].needs):
                found.add(other)
        return tuple(other for other in self.order if other in found and other != name)

    def works_in_standby(self, name: str) -> bool:
        """Tell whether a node works before the robot may move."""
        return self._nodes[name].works_in_standby

    def is_needed_to_move(self, name: str) -> bool:
        """Tell whether the robot may not move without a node."""
        return self._nodes[name].is_needed_to_move


def _ordered(nodes: dict[str, PlannedNode]) -> tuple[str, ...]:
    order: list[str] = []
    path: list[str] = []

    def visit(name: str) -> None:
        if name in order:
            return
        if name in path:
            raise PlanError(
                "nodes need each other: " + " -> ".join([*path[path.index(name) :], name])
            )
        path.append(name)
        for needed in nodes[name].needs:
            if needed not in nodes:
                raise PlanError(f"{name} needs {needed}, which does not run")
            visit(needed)
        path.pop()
        order.append(name)

    for name in nodes:
        visit(name)
    return tuple(order)
