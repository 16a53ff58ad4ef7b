"""The graph: every node of the system, one row each.

The supervisor, the launch files, the executables and the orchestrator are made from this table.
It imports nothing of the nodes, so that reading it costs nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any

from robot_system.core.orchestration.plan import Plan, PlanError, PlannedNode
from robot_system.errors import ConfigurationError
from robot_system.limits import Limits
from robot_system.priority import Priority

if TYPE_CHECKING:
    from robot_system.component import Component


@dataclass(frozen=True, slots=True)
class RestartPolicy:
    """When a process that died is started again: back-off, and a budget per window (s)."""

    backoff: float = 0.1
    backoff_max: float = 10.0
    budget: int = 5
    window: float = 60.0


@dataclass(frozen=True, slots=True)
class NodeSpec:
    """One node: where its component is, which nodes it needs, and in which profiles it runs.

    `needs` are the nodes without whose output this one can not do its work. A node that is not
    `is_managed` brings itself up: only the orchestrator, which brings up all others. Without
    `works_in_standby` it is active only where the robot may move. `priority` is the place of its
    process among the others, and `limits` what it may use at most.
    """

    name: str
    component: str
    needs: tuple[str, ...]
    meaning: str
    profiles: frozenset[str] = frozenset({"sim", "test", "robot"})
    is_managed: bool = True
    is_needed_to_move: bool = True
    works_in_standby: bool = True
    priority: Priority = Priority.NORMAL
    restart: RestartPolicy = field(default_factory=RestartPolicy)
    limits: Limits = field(default_factory=Limits)

    def load(self) -> type[Component[Any]]:
        """Import the component's class."""
        module, name = self.component.split(":")
        loaded: type[Component[Any]] = getattr(import_module(module), name)
        return loaded


PROFILES = ("sim", "test", "robot")
SIMULATED = frozenset({"sim", "test"})

# fmt: off
NODES: tuple[NodeSpec, ...] = (
    NodeSpec("sim", "robot_system.nodes.sim:SimNode", (),
        "the simulated world, robot and sensors", profiles=SIMULATED),
    NodeSpec("sensors", "robot_system.nodes.sensors:SensorsNode", (),
        "validates, calibrates and filters what the drivers give"),
    NodeSpec("lidar", "robot_system.nodes.lidar:LidarNode", ("sensors",),
        "finds obstacles and free space in the scan"),
    NodeSpec("policy", "robot_system.nodes.policy:PolicyNode", ("lidar",),
        "decides where to drive next", works_in_standby=False),
    NodeSpec("motion", "robot_system.nodes.motion:MotionNode", (),
        "the only one that commands the base, inside its limits",
        works_in_standby=False, priority=Priority.REALTIME),
    NodeSpec("telemetry", "robot_system.nodes.telemetry:TelemetryNode", (),
        "statistics of every topic",
        is_needed_to_move=False, priority=Priority.BACKGROUND),
    NodeSpec("alerts", "robot_system.nodes.alerts:AlertsNode", (),
        "tells people what they should know",
        is_needed_to_move=False, priority=Priority.BACKGROUND),
    NodeSpec("orchestrator", "robot_system.nodes.orchestrator:OrchestratorNode", (),
        "brings the graph up and keeps it healthy", is_managed=False, is_needed_to_move=False),
)
# fmt: on


def node(name: str) -> NodeSpec:
    """Return the row of a node, or raise naming those that there are."""
    for spec in NODES:
        if spec.name == name:
            return spec
    raise ConfigurationError(
        f"no node is named {name!r}; nodes are {', '.join(spec.name for spec in NODES)}"
    )


def nodes_of(profile: str, without: Iterable[str] = ()) -> tuple[NodeSpec, ...]:
    """Return the nodes of a profile, in the order of the table."""
    if profile not in PROFILES:
        raise ConfigurationError(
            f"no profile is named {profile!r}; profiles are {', '.join(PROFILES)}"
        )
    left_out = {node(name).name for name in without}
    return tuple(spec for spec in NODES if profile in spec.profiles and spec.name not in left_out)


def plan_of(profile: str, without: Iterable[str] = ()) -> Plan:
    """Return who needs whom among the nodes to be brought up; raise when that can not be done."""
    left_out = tuple(without)
    try:
        return Plan(
            [
                PlannedNode(
                    spec.name,
                    tuple(need for need in spec.needs if need not in left_out),
                    spec.is_needed_to_move,
                    spec.works_in_standby,
                )
                for spec in nodes_of(profile, left_out)
                if spec.is_managed
            ]
        )
    except PlanError as error:
        raise ConfigurationError(f"profile {profile} can not be brought up: {error}") from error
