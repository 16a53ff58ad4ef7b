"""The page of the contract: topics, quality of service, services and messages."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from robot_system import contract, graph
from robot_system.cli.pages.markdown import head, page, table
from robot_system.contract import MANY, OPERATOR, Qos, Topic
from robot_system.paths import PACKAGE

QOS_USES = {
    Qos.SENSOR: "newest data, a lost message does not matter",
    Qos.COMMAND: "only the newest counts, and it must arrive",
    Qos.STATE: "the last value is there for whoever comes later",
    Qos.EVENT: "each one counts",
    Qos.REQUEST: "each one counts, and many may come at once",
}


def contract_page(messages: Path) -> str:
    """Return the page of everything that travels; `messages` holds the definitions."""
    lines = head(
        "The contract: topics",
        "Every topic of the system, from `robot_system/contract.py`. Names are relative, so that a"
        " namespace moves them; those that begin with a slash are global in ROS, and the launch"
        " files put them into the namespace too. Rates are nominal; a message older than its age"
        " counts as missing.",
    )
    return page([*lines, *_topics(), *_qualities(), *_services(), *_messages(messages)])


def _topics() -> list[str]:
    readers = _readers()
    lines = []
    for producer in (*(spec.name for spec in graph.NODES), MANY, OPERATOR):
        topics = [topic for topic in contract.TOPICS if topic.producer == producer]
        if topics:
            lines += [f"## From {_producer(producer)}", ""]
            lines += table(
                ("topic", "meaning", "type", "QoS", "rate", "age", "read by", "recorded"),
                [_topic_cells(topic, readers[topic.name]) for topic in topics],
            )
    return lines


def _qualities() -> list[str]:
    titles = ("name", "reliability", "durability", "depth", "for")
    return [
        "## Quality of service",
        "",
        *table(titles, [_qos_cells(qos) for qos in Qos]),
        "A publisher must offer at least what is asked for here. So a goal from the command line"
        " needs its durability said:",
        "",
        "```",
        f"ros2 topic pub --once --qos-durability transient_local /{contract.GOAL.name}"
        f" {contract.GOAL.ros_type} \\",
        "  '{header: {frame_id: odom}, pose: {position: {x: 3.0, y: 2.0}}}'",
        "```",
        "",
    ]


def _services() -> list[str]:
    rows = [
        (f"`{service.node}/{service.name}`", f"`{service.ros_type}`", service.meaning)
        for service in (*contract.SERVICES, *contract.MOTION_SERVICES)
    ]
    titles = ("service", "type", "meaning")
    return ["## Services of the orchestrator", "", *table(titles, rows)]


def _messages(messages: Path) -> list[str]:
    services = (messages.parent / "srv").glob("*.srv")
    lines = ["## Messages", "", f"The types of `{PACKAGE}`, as in `msg/` and `srv/`.", ""]
    for path in (*sorted(messages.glob("*.msg")), *sorted(services)):
        definition = path.read_text(encoding="utf-8").rstrip()
        lines += [f"### {path.stem}", "", "```", definition, "```", ""]
    return lines


def _producer(name: str) -> str:
    if name == graph.NODES[0].name:
        return f"{name}, or from the drivers of a real robot"
    return f"the {name}" if name == OPERATOR else name


def _readers() -> dict[str, list[str]]:
    """Return the nodes that subscribe to each topic."""
    readers: dict[str, list[str]] = {topic.name: [] for topic in contract.TOPICS}
    for spec in graph.NODES:
        component = spec.load()
        for topic in (*component.reads, *component.observes):
            if topic.ros_type:
                readers[topic.name].append(spec.name)
    return readers


def _topic_cells(topic: Topic, readers: Iterable[str]) -> tuple[str, ...]:
    return (
        f"`{topic.name}`",
        topic.meaning,
        f"`{topic.ros_type}`",
        topic.qos.name,
        f"{topic.rate:g} Hz" if topic.rate else "on change",
        f"{topic.max_age:g} s" if topic.max_age is not None else "",
        ", ".join(dict.fromkeys(readers)),
        "yes" if topic.is_recorded else "no",
    )


def _qos_cells(qos: Qos) -> tuple[str, ...]:
    is_reliable, is_kept, depth = qos.value
    return (
        qos.name,
        "reliable" if is_reliable else "best effort",
        "transient local" if is_kept else "volatile",
        str(depth),
        QOS_USES[qos],
    )
