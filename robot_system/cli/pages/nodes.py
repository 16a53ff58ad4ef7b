"""The page of the graph: nodes, data and restarts."""

from __future__ import annotations

from robot_system import graph
from robot_system.cli.pages.markdown import head, page, table
from robot_system.contract import MANY


def graph_page() -> str:
    """Return the page of the processes, and of what goes between them."""
    lines = head(
        "The graph: nodes",
        "Every node of the system, from `robot_system/graph.py`. Each is a process of its own and"
        " an executable: `ros2 run robot_system NAME`. A node is brought up after the nodes it"
        " needs, and taken down before them; the robot may move while all that are needed to"
        " move are ready.",
    )
    titles = ("node", "work", "needs", "profiles", "to move", "parameters")
    lines += table(titles, [_node_cells(spec) for spec in graph.NODES])
    return page([*lines, *_data(), *_restarts()])


def _node_cells(spec: graph.NodeSpec) -> tuple[str, ...]:
    return (
        f"`{spec.name}`",
        spec.meaning,
        ", ".join(spec.needs),
        ", ".join(profile for profile in graph.PROFILES if profile in spec.profiles),
        "needed" if spec.is_needed_to_move else "",
        f"[{spec.name}](parameters.md#{spec.name})",
    )


def _data() -> list[str]:
    return [
        *("## Data", "", "```mermaid", "flowchart LR", *_edges(), "```", ""),
        "Heartbeats, events and diagnostics, which every node publishes, are left out, as is",
        "what `telemetry` observes: everything.",
        *("", "## Who reads and writes what", ""),
        *table(("node", "reads", "writes"), [_traffic_cells(spec) for spec in graph.NODES]),
    ]


def _restarts() -> list[str]:
    return [
        *("## Restarts", ""),
        "When a process dies, its owner starts it again: at once the",
        "first time, then after a wait that doubles, and not at all when the budget of a",
        "window is used up. (`ros2 launch` always waits for the first wait, and never gives",
        "up.)",
        "",
        *table(
            ("node", "first wait", "longest wait", "deaths allowed", "in"),
            [_restart_cells(spec) for spec in graph.NODES],
        ),
    ]


def _restart_cells(spec: graph.NodeSpec) -> tuple[str, ...]:
    restart = spec.restart
    return (
        f"`{spec.name}`",
        f"{restart.backoff:g} s",
        f"{restart.backoff_max:g} s",
        str(restart.budget),
        f"{restart.window:g} s",
    )


def _edges() -> list[str]:
    """Return one arrow per pair of nodes, with the topics that travel on it."""
    travels: dict[tuple[str, str], list[str]] = {}
    for spec in graph.NODES:
        for topic in spec.load().reads:
            if topic.ros_type and topic.producer != MANY:
                travels.setdefault((topic.producer, spec.name), []).append(topic.name)
    return [
        f'  {producer} -->|"{", ".join(topics)}"| {reader}'
        for (producer, reader), topics in travels.items()
    ]


def _traffic_cells(spec: graph.NodeSpec) -> tuple[str, ...]:
    component = spec.load()
    reads = [f"`{topic.name}`" for topic in component.reads if topic.ros_type]
    if component.observes:
        reads.append("rate and age of everything")
    writes = [f"`{topic.name}`" for topic in component.writes if topic.ros_type]
    return f"`{spec.name}`", ", ".join(reads), ", ".join(writes)
