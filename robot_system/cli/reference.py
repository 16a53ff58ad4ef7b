"""`robot reference`: writes the reference pages in docs/ from the tables they describe."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from robot_system import contract, graph
from robot_system.cli.main import OneLineParser
from robot_system.contract import MANY, OPERATOR, Qos, Topic
from robot_system.faults.catalogue import FAULTS, Fault
from robot_system.parameters import Field, fields
from robot_system.paths import PACKAGE, source_folder

NOTE = "<!-- Written by `./robot reference`; change the table it is made from instead. -->"
QOS_USES = {
    Qos.SENSOR: "newest data, a lost message does not matter",
    Qos.COMMAND: "only the newest counts, and it must arrive",
    Qos.STATE: "the last value is there for whoever comes later",
    Qos.EVENT: "each one counts",
}


def main(arguments: Sequence[str]) -> int:
    """Write every page, and name those that changed."""
    parser = OneLineParser(prog="robot reference", description="Write the reference pages.")
    parser.parse_args(arguments)
    source = source_folder()
    folder = source / "docs" / "reference"
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages(source / "msg").items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            print(path.relative_to(source))
    return 0


def pages(messages: Path) -> dict[str, str]:
    """Return the text of every page by its file name; `messages` holds the definitions."""
    return {
        "contract.md": _contract_page(messages),
        "graph.md": _graph_page(),
        "parameters.md": _parameters_page(),
        "events.md": _events_page(),
        "faults.md": _faults_page(),
    }


def _contract_page(messages: Path) -> str:
    readers = _readers()
    lines = _head(
        "The contract: topics",
        "Every topic of the system, from `robot_system/contract.py`. Names are relative, so that a"
        " namespace moves them; those that begin with a slash are global in ROS, and the launch"
        " files put them into the namespace too. Rates are nominal; a message older than its age"
        " counts as missing.",
    )
    for producer in (*(spec.name for spec in graph.NODES), MANY, OPERATOR):
        topics = [topic for topic in contract.TOPICS if topic.producer == producer]
        if topics:
            lines += [f"## From {_producer(producer)}", ""]
            lines += _table(
                ("topic", "meaning", "type", "QoS", "rate", "age", "read by", "recorded"),
                [_topic_cells(topic, readers[topic.name]) for topic in topics],
            )
    lines += [
        "## Quality of service",
        "",
        *_table(
            ("name", "reliability", "durability", "depth", "for"),
            [_qos_cells(qos) for qos in Qos],
        ),
        "A publisher must offer at least what is asked for here. So a goal from the command line"
        " needs its durability said:",
        "",
        "```",
        f"ros2 topic pub --once --qos-durability transient_local /{contract.GOAL.name}"
        f" {contract.GOAL.ros_type} \\",
        "  '{header: {frame_id: odom}, pose: {position: {x: 3.0, y: 2.0}}}'",
        "```",
        "",
        "## Services of the orchestrator",
        "",
        *_table(
            ("service", "type", "meaning"),
            [
                (f"`{service.node}/{service.name}`", f"`{service.ros_type}`", service.meaning)
                for service in (*contract.SERVICES, *contract.MOTION_SERVICES)
            ],
        ),
        "## Messages",
        "",
        f"The types of `{PACKAGE}`, as in `msg/` and `srv/`.",
        "",
    ]
    services = (messages.parent / "srv").glob("*.srv")
    for path in (*sorted(messages.glob("*.msg")), *sorted(services)):
        definition = path.read_text(encoding="utf-8").rstrip()
        lines += [f"### {path.stem}", "", "```", definition, "```", ""]
    return _text(lines)


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


def _graph_page() -> str:
    lines = _head(
        "The graph: nodes",
        "Every node of the system, from `robot_system/graph.py`. Each is a process of its own and"
        " an executable: `ros2 run robot_system NAME`. A node is brought up after the nodes it"
        " needs, and taken down before them; the robot may move while all that are needed to"
        " move are ready.",
    )
    lines += _table(
        ("node", "work", "needs", "profiles", "to move", "parameters"),
        [
            (
                f"`{spec.name}`",
                spec.meaning,
                ", ".join(spec.needs),
                ", ".join(profile for profile in graph.PROFILES if profile in spec.profiles),
                "needed" if spec.is_needed_to_move else "",
                f"[{spec.name}](parameters.md#{spec.name})",
            )
            for spec in graph.NODES
        ],
    )
    lines += ["## Data", "", "```mermaid", "flowchart LR", *_edges(), "```", ""]
    lines += [
        "Heartbeats, events and diagnostics, which every node publishes, are left out, as is"
    ]
    lines += ["what `telemetry` observes: everything.", "", "## Who reads and writes what", ""]
    lines += _table(("node", "reads", "writes"), [_traffic_cells(spec) for spec in graph.NODES])
    lines += ["## Restarts", "", "When a process dies, its owner starts it again: at once the"]
    lines += ["first time, then after a wait that doubles, and not at all when the budget of a"]
    lines += ["window is used up. (`ros2 launch` always waits for the first wait, and never gives"]
    lines += ["up.)", ""]
    lines += _table(
        ("node", "first wait", "longest wait", "deaths allowed", "in"),
        [
            (
                f"`{spec.name}`",
                f"{spec.restart.backoff:g} s",
                f"{spec.restart.backoff_max:g} s",
                str(spec.restart.budget),
                f"{spec.restart.window:g} s",
            )
            for spec in graph.NODES
        ],
    )
    return _text(lines)


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


def _parameters_page() -> str:
    lines = _head(
        "Parameters",
        "Every parameter of every node, from the dataclasses in `robot_system/nodes/`. They are"
        " set in `config/nodes/NAME.yaml`, then `config/profiles/PROFILE.yaml`, then in the file"
        " given with `--params` (or `params:=` for launch); later ones win. Only live ones can be"
        " changed while the node runs.",
    )
    for spec in graph.NODES:
        lines += [f"## {spec.name}", "", f"{spec.meaning[0].upper()}{spec.meaning[1:]}.", ""]
        lines += _table(
            ("parameter", "meaning", "type", "default", "unit", "allowed", "live"),
            [_parameter_cells(field) for field in fields(spec.load().parameters_type)],
        )
    return _text(lines)


def _parameter_cells(field: Field) -> tuple[str, ...]:
    kind = field.type.__name__
    return (
        f"`{field.name}`",
        f"{field.doc[0].upper()}{field.doc[1:]}",
        f"list of {kind}" if field.is_list else kind,
        f"`{_value(field.default)}`",
        field.unit,
        _allowed(field),
        "yes" if field.is_live else "",
    )


def _allowed(field: Field) -> str:
    if field.choices:
        return ", ".join(f"`{choice}`" for choice in field.choices)
    if field.low is not None and field.high is not None:
        return f"{field.low:g} to {field.high:g}"
    if field.low is not None:
        return f"at least {field.low:g}"
    return f"at most {field.high:g}" if field.high is not None else ""


def _value(value: Any) -> str:
    """Return a value as it stands in a parameter file."""
    if isinstance(value, tuple):
        return f"[{', '.join(_value(item) for item in value)}]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return value or '""'
    return repr(value)


def _events_page() -> str:
    lines = _head(
        "Events",
        f"Everything that is told once, on the topic `{contract.EVENTS.name}`, from"
        " `robot_system/contract.py`.",
    )
    lines += _table(
        ("event", "severity", "meaning"),
        [
            (f"`{kind.name}`", kind.severity.name.lower(), kind.meaning)
            for kind in contract.EVENT_TYPES
        ],
    )
    return _text(lines)


def _faults_page() -> str:
    text = (
        "What `robot fault run NAME --node TARGET` does, from `robot_system/faults/catalogue.py`."
    )
    names = ("name", "what happens", "done to", "lasts", "and then")
    rows = [_fault_cells(row) for row in FAULTS]
    return _text([*_head("The catalogue of faults", text), *_table(names, rows)])


def _fault_cells(row: Fault) -> tuple[str, ...]:
    lasts = f"{row.lasts:g} s" if row.lasts else ""
    return f"`{row.name}`", row.meaning, ", ".join(row.targets), lasts, row.recovery.value


def _head(title: str, introduction: str) -> list[str]:
    return [f"# {title}", "", NOTE, "", introduction, ""]


def _table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return a table; an upright bar in a cell would end it."""
    lines = ["| " + " | ".join(titles) + " |", "|" + "---|" * len(titles)]
    lines += ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return [*lines, ""]


def _text(lines: Iterable[str]) -> str:
    return "\n".join(lines).rstrip() + "\n"
