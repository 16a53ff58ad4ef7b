"""Parameters: checks of each value, changes, and that the files in config/ are complete."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from robot_system import graph
from robot_system.errors import ParameterError, RobotError
from robot_system.parameters import Parameters, fields, parameter

CONFIG = Path(__file__).parents[2] / "config" / "nodes"
NODE_NAMES = tuple(spec.name for spec in graph.NODES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Example(Parameters):
    """One parameter of each kind."""

    speed: float = parameter(1.0, "How fast", unit="m/s", low=0.0, high=2.0, live=True)
    count: int = parameter(3, "How many", low=1)
    mode: str = parameter("slow", "Which way", choices=("slow", "fast"))
    is_on: bool = parameter(True, "Whether at all")
    offsets: tuple[float, ...] = parameter((0.0, 1.0), "How far off", low=-1.0, high=1.0)
    names: tuple[str, ...] = parameter((), "Of what")
    low: float = parameter(0.0, "Below high")
    high: float = parameter(1.0, "Above low")

    def check(self) -> None:
        """Raise ParameterError where values do not fit each other."""
        if self.low > self.high:
            raise ParameterError("low", self.low, "must not exceed high")


def test_defaults_are_taken() -> None:
    assert Example().speed == 1.0
    assert Example().offsets == (0.0, 1.0)


@pytest.mark.parametrize("speed", [0.0, -0.0, 1e-9, 2.0, math.nextafter(2.0, 0.0)])
def test_values_up_to_the_bounds_are_taken(speed: float) -> None:
    assert Example(speed=speed).speed == speed


@pytest.mark.parametrize(
    "speed",
    [math.nextafter(0.0, -1.0), math.nextafter(2.0, 3.0), -1.0, math.inf, -math.inf, math.nan],
)
def test_values_beyond_the_bounds_are_refused(speed: float) -> None:
    with pytest.raises(ParameterError) as caught:
        Example(speed=speed)
    assert caught.value.name == "speed"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("speed", "1.0"),
        ("speed", True),
        ("speed", None),
        ("count", 3.0),
        ("count", True),
        ("count", "3"),
        ("count", 0),
        ("mode", "other"),
        ("mode", 1),
        ("is_on", 1),
        ("is_on", "true"),
        ("offsets", 0.5),
        ("offsets", "0.5"),
        ("offsets", [0.5, "a"]),
        ("offsets", [0.5, 1.5]),
        ("offsets", [math.nan]),
        ("names", "abc"),
        ("names", [1]),
    ],
)
def test_wrong_values_are_refused_by_name(name: str, value: Any) -> None:
    with pytest.raises(ParameterError) as caught:
        Example(**{name: value})
    assert caught.value.name == name
    assert isinstance(caught.value, RobotError)
    assert "\n" not in str(caught.value)
    assert name in str(caught.value)


def test_the_bound_that_was_crossed_is_named_with_its_unit() -> None:
    with pytest.raises(ParameterError, match="at most 2 m/s"):
        Example(speed=3.0)


def test_whole_numbers_are_taken_for_floats() -> None:
    example = Example(speed=2, offsets=[0, 1])  # type: ignore[arg-type]
    assert type(example.speed) is float
    assert example.offsets == (0.0, 1.0)
    assert all(type(one) is float for one in example.offsets)


def test_lists_become_tuples_and_may_be_empty() -> None:
    assert Example(names=["a", "b"]).names == ("a", "b")  # type: ignore[arg-type]
    assert Example(offsets=()).offsets == ()


def test_values_must_fit_each_other() -> None:
    with pytest.raises(ParameterError, match="must not exceed high"):
        Example(low=2.0)
    assert Example(low=2.0, high=3.0).low == 2.0


def test_replaced_changes_only_what_is_named() -> None:
    before = Example(count=5)
    after = before.replaced({"speed": 0.5})
    assert (after.speed, after.count) == (0.5, 5)
    assert before.speed == 1.0


@pytest.mark.parametrize("changes", [{"speed": 9.0}, {"low": 2.0}, {"count": "x"}])
def test_replaced_checks_again(changes: dict[str, Any]) -> None:
    with pytest.raises(ParameterError):
        Example().replaced(changes)


def test_replaced_refuses_what_is_unknown_and_says_what_there_is() -> None:
    with pytest.raises(ParameterError, match="is unknown; known are count, high"):
        Example().replaced({"sped": 1.0})


def test_fields_know_everything_in_the_order_of_declaration() -> None:
    known = {field.name: field for field in fields(Example)}
    assert list(known)[:3] == ["speed", "count", "mode"]
    speed = known["speed"]
    assert (speed.type, speed.unit, speed.low, speed.high) == (float, "m/s", 0.0, 2.0)
    assert known["offsets"].is_list
    assert known["offsets"].type is float
    assert known["mode"].choices == ("slow", "fast")
    assert [name for name, field in known.items() if field.is_live] == ["speed"]


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_a_float_is_kept_exactly_or_refused(value: float) -> None:
    if 0.0 <= value <= 2.0:
        assert Example(speed=value).speed == value
    else:
        with pytest.raises(ParameterError):
            Example(speed=value)


# --- of every node ------------------------------------------------------------------------


def parameters_of(name: str) -> type[Parameters]:
    return graph.node(name).load().parameters_type


@pytest.mark.parametrize("name", NODE_NAMES)
def test_defaults_of_a_node_pass_their_own_checks(name: str) -> None:
    assert parameters_of(name)()


@pytest.mark.parametrize("name", NODE_NAMES)
def test_parameters_of_a_node_are_described(name: str) -> None:
    for field in fields(parameters_of(name)):
        assert field.doc, field.name
        assert not field.doc.endswith("."), field.name
        assert field.type in (bool, int, float, str), field.name
        if field.low is not None and field.high is not None:
            assert field.low < field.high, field.name


@pytest.mark.parametrize("name", NODE_NAMES)
def test_file_in_config_has_every_parameter_with_its_default(name: str) -> None:
    text = (CONFIG / f"{name}.yaml").read_text(encoding="utf-8")
    content = yaml.safe_load(text)
    assert list(content) == ["/**"]
    assert list(content["/**"]) == ["ros__parameters"]
    in_file = content["/**"]["ros__parameters"] or {}
    parameters = parameters_of(name)
    assert list(in_file) == [field.name for field in fields(parameters)]
    for field in fields(parameters):
        read = field.read(in_file[field.name])
        assert read == field.read(field.default), field.name
        in_list = in_file[field.name] if field.is_list else [in_file[field.name]]
        assert all(type(one) is field.type for one in in_list), f"{field.name}: 1 is not 1.0"


@pytest.mark.parametrize("name", NODE_NAMES)
def test_file_in_config_says_what_each_parameter_is(name: str) -> None:
    text = (CONFIG / f"{name}.yaml").read_text(encoding="utf-8")
    for field in fields(parameters_of(name)):
        assert f"# {field.doc}" in text, field.name


def test_there_is_no_file_for_a_node_that_does_not_exist() -> None:
    assert sorted(path.stem for path in CONFIG.glob("*.yaml")) == sorted(NODE_NAMES)
