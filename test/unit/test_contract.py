"""The tables of topics and events, and that every node keeps to them."""

from __future__ import annotations

import ast
import dataclasses
import re
from enum import Enum
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest

import robot_system
from robot_system import contract, graph
from robot_system.component import Component
from robot_system.contract import EVENT_TYPES, MANY, OPERATOR, TOPICS, Qos, Topic
from robot_system.core import values
from robot_system.core.time import Instant

PACKAGE = Path(robot_system.__file__).parent
MESSAGES = Path(__file__).parents[2] / "msg"
KNOWN_PACKAGES = (
    "diagnostic_msgs",
    "geometry_msgs",
    "nav_msgs",
    "sensor_msgs",
    "tf2_msgs",
    "visualization_msgs",
)
NODE_NAMES = tuple(spec.name for spec in graph.NODES)
VALUE_TYPES = tuple(
    item
    for item in vars(values).values()
    if isinstance(item, type)
    and item.__module__.startswith(f"{values.__name__}.")
    and not issubclass(item, Enum)
)
PORTS = tuple(
    row for row in vars(contract).values() if isinstance(row, Topic) and not row.ros_type
)
"""Rows that never leave the process: the orchestrator and its host share them."""
PATH = re.compile(r"/?[a-z][a-z0-9_]*(/[a-z][a-z0-9_]*)*")


def by_name(row: Any) -> str:
    return str(getattr(row, "name", row))


def load(name: str) -> type[Component[Any]]:
    return graph.node(name).load()


# --- topics -------------------------------------------------------------------------------


def test_names_and_handlers_are_unique() -> None:
    assert TOPICS
    assert len({row.name for row in TOPICS}) == len(TOPICS)
    assert len({row.handler for row in TOPICS}) == len(TOPICS)


@pytest.mark.parametrize("row", TOPICS, ids=by_name)
def test_row_is_sound(row: Topic) -> None:
    assert PATH.fullmatch(row.name)
    assert row.handler.isidentifier()
    assert row.producer in (*NODE_NAMES, MANY, OPERATOR)
    assert row.rate >= 0.0
    assert row.meaning
    assert not row.meaning.endswith(".")
    assert contract.topic(row.name) is row


@pytest.mark.parametrize("row", [r for r in TOPICS if r.max_age is not None], ids=by_name)
def test_greatest_age_leaves_room_for_lost_messages(row: Topic) -> None:
    assert row.rate > 0.0
    assert row.max_age is not None
    assert row.max_age >= 2.0 / row.rate


def test_ports_belong_to_the_orchestrator_alone() -> None:
    assert not {row.name for row in PORTS} & {row.name for row in TOPICS}
    for name in NODE_NAMES:
        component = load(name)
        if name != "orchestrator":
            assert not {*component.reads, *component.writes, *component.observes} & {*PORTS}


def test_unknown_topic_is_an_error() -> None:
    with pytest.raises(KeyError):
        contract.topic("no_such_topic")


@pytest.mark.parametrize("row", TOPICS, ids=by_name)
def test_ros_type_exists(row: Topic) -> None:
    package, kind, name = row.ros_type.split("/")
    assert kind == "msg"
    if package == "robot_system":
        assert (MESSAGES / f"{name}.msg").is_file()
    else:
        assert package in KNOWN_PACKAGES
        assert name.isidentifier()
        assert name[0].isupper()


def test_every_message_is_used() -> None:
    files = {path.stem: path.read_text(encoding="utf-8") for path in MESSAGES.glob("*.msg")}
    assert files
    named = {row.ros_type.rpartition("/")[2] for row in TOPICS}
    for text in files.values():
        named |= {word.rstrip("[]") for word in re.findall(r"^(\w+(?:\[\])?) ", text, re.M)}
    assert sorted(set(files) - named) == []


@pytest.mark.parametrize("row", TOPICS, ids=by_name)
def test_value_is_a_frozen_dataclass_with_a_stamp(row: Topic) -> None:
    assert row.value in VALUE_TYPES
    assert dataclasses.is_dataclass(row.value)
    assert hasattr(row.value, "stamp") or "stamp" in get_type_hints(row.value)


@pytest.mark.parametrize("kind", VALUE_TYPES, ids=lambda kind: kind.__name__)
def test_values_are_frozen_and_slotted(kind: Any) -> None:
    assert kind.__dataclass_params__.frozen
    assert "__slots__" in vars(kind)
    for hint in get_type_hints(kind).values():
        assert hint not in (list, dict, set), "a frozen value must not hold what can change"
        assert not any(argument in (list, dict, set) for argument in get_args(hint))


@pytest.mark.parametrize("kind", [k for k in VALUE_TYPES if hasattr(k, "valid")], ids=str)
def test_valid_is_false_until_somebody_says_otherwise(kind: Any) -> None:
    defaults = {field.name: field.default for field in dataclasses.fields(kind)}
    assert defaults["valid"] is False


# --- nodes --------------------------------------------------------------------------------


def test_the_graph_names_every_node_once_and_needs_only_those_that_exist() -> None:
    assert len(set(NODE_NAMES)) == len(NODE_NAMES)
    for spec in graph.NODES:
        earlier = NODE_NAMES[: NODE_NAMES.index(spec.name)]
        assert set(spec.needs) <= set(earlier)


@pytest.mark.parametrize("name", NODE_NAMES)
def test_component_has_the_name_of_its_row(name: str) -> None:
    assert load(name).name == name


@pytest.mark.parametrize("name", NODE_NAMES)
def test_node_writes_exactly_what_the_contract_gives_it(name: str) -> None:
    written = [row.name for row in load(name).writes if row.producer != MANY]
    given = [row.name for row in (*TOPICS, *PORTS) if row.producer == name]
    assert sorted(written) == sorted(given)


@pytest.mark.parametrize("name", NODE_NAMES)
def test_node_declares_each_topic_once_and_from_the_contract(name: str) -> None:
    component = load(name)
    for declared in (component.reads, component.writes, component.observes):
        assert len({row.name for row in declared}) == len(declared)
        assert all(any(row is known for known in (*TOPICS, *PORTS)) for row in declared)
    assert not {row.name for row in component.reads} & {row.name for row in component.observes}


@pytest.mark.parametrize("name", NODE_NAMES)
def test_node_has_a_handler_for_each_topic_it_reads_and_no_other(name: str) -> None:
    component = load(name)
    handlers = {item for item in dir(component) if item.startswith("on_")} - {"on_observed"}
    assert handlers == {row.handler for row in component.reads}


@pytest.mark.parametrize("name", NODE_NAMES)
def test_a_node_that_observes_reacts_to_it(name: str) -> None:
    component = load(name)
    assert bool(component.observes) == (component.on_observed is not Component.on_observed)


@pytest.mark.parametrize("name", NODE_NAMES)
def test_a_node_that_serves_answers(name: str) -> None:
    component = load(name)
    assert bool(component.serves) == (component.serve is not Component.serve)


def test_what_a_node_does_not_serve_is_refused() -> None:
    component = load("lidar")
    node = component(component.parameters_type(), lambda topic, value: None)
    answer = node.serve("clear_fault", values.NodeCommand("lidar"), Instant(0, 0))
    assert (answer.is_done, answer.message) == (False, "lidar does not serve clear_fault")


def test_whatever_is_read_has_a_producer() -> None:
    components = {name: load(name) for name in NODE_NAMES}
    compared = 0
    for component in components.values():
        for row in component.reads:
            if row not in PORTS and row.producer not in (MANY, OPERATOR):
                assert row in components[row.producer].writes
            compared += 1
    assert compared > len(NODE_NAMES)


@pytest.mark.parametrize("row", [r for r in TOPICS if r.qos is Qos.COMMAND], ids=by_name)
def test_a_command_has_one_producer(row: Topic) -> None:
    assert row.producer in NODE_NAMES
    assert [name for name in NODE_NAMES if row in load(name).writes] == [row.producer]


def test_only_motion_commands_the_base() -> None:
    """S1."""
    assert contract.CMD_VEL.producer == "motion"
    assert contract.CMD_VEL.qos is Qos.COMMAND


def test_telemetry_sees_every_topic() -> None:
    component = load("telemetry")
    seen = {row.name for row in (*component.reads, *component.observes)}
    assert seen == {row.name for row in TOPICS}


# --- events -------------------------------------------------------------------------------


def test_events_are_unique_and_named_like_their_rows() -> None:
    assert EVENT_TYPES
    assert len({row.name for row in EVENT_TYPES}) == len(EVENT_TYPES)
    for row in EVENT_TYPES:
        assert getattr(contract, row.name.upper()) is row


def sources() -> list[tuple[str, ast.AST]]:
    return [
        (str(path.relative_to(PACKAGE)), ast.parse(path.read_text(encoding="utf-8")))
        for path in sorted(PACKAGE.rglob("*.py"))
        if PACKAGE / "msg" not in path.parents
    ]


def test_every_use_of_the_contract_has_a_row() -> None:
    unknown = []
    used = 0
    for name, tree in sources():
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)):
                continue
            if node.value.id == "contract":
                used += 1
                if not hasattr(contract, node.attr):
                    unknown.append(f"{name}:{node.lineno} contract.{node.attr}")
    assert used
    assert not unknown


def test_rows_are_made_nowhere_else() -> None:
    made = [
        f"{name}:{node.lineno}"
        for name, tree in sources()
        if name != "contract.py"
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in ("EventType", "Topic")
    ]
    assert not made


def test_every_event_is_emitted_or_reacted_to_somewhere() -> None:
    """A name that nobody uses is a promise that nobody keeps."""
    words = "\n".join(
        path.read_text(encoding="utf-8")
        for path in sorted(PACKAGE.rglob("*.py"))
        if path.name != "contract.py"
    )
    unused = [
        row.name
        for row in EVENT_TYPES
        if not re.search(rf"\b{row.name.upper()}\b|\"{row.name}\"", words)
    ]
    assert not unused
