"""The recovery policy as data: read, and refused with the key that is wrong."""

import os
import re
from pathlib import Path

import pytest

from robot_system import graph
from robot_system.config import load_policies
from robot_system.core.orchestration.policy import (
    Action,
    Fault,
    PolicyError,
    RecoveryPolicy,
    Resort,
    read_policies,
)
from robot_system.errors import ConfigurationError

NODES = {"lidar": True, "alerts": False}
SHIPPED = Path(__file__).parents[2] / "config" / "recovery.yaml"


def test_without_a_word_every_node_has_the_defaults():
    policies = read_policies(None, NODES)
    assert policies["lidar"] == RecoveryPolicy()
    assert policies["alerts"].resort is Resort.DEGRADED


def test_a_node_of_its_own_wins_over_the_defaults():
    content = {
        "defaults": {"hang": 1.0, "silent": ["restart"]},
        "nodes": {"lidar": {"hang": 2, "silent": [], "output": ["reset"]}},
    }
    policies = read_policies(content, NODES)
    assert (policies["lidar"].hang, policies["alerts"].hang) == (2, 1.0)
    assert policies["lidar"].ladder(Fault.SILENT) == ()
    assert policies["lidar"].ladder(Fault.OUTPUT) == (Action.RESET,)
    assert policies["alerts"].ladder(Fault.SILENT) == (Action.RESTART,)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ([], "must hold `defaults` and `nodes`"),
        ({"default": {}}, "must hold `defaults` and `nodes`"),
        ({"defaults": 3}, "defaults: must hold names and values, not 3"),
        ({"nodes": {"lidra": {}}}, "nodes: no node is named 'lidra'; nodes are lidar, alerts"),
        ({"nodes": {"lidar": {"hangs": 1}}}, "nodes: lidar: hangs: is not known; there are"),
        ({"defaults": {"hang": "1"}}, "defaults: hang: must be a number, not '1'"),
        ({"defaults": {"hang": True}}, "defaults: hang: must be a number, not True"),
        ({"defaults": {"hang": -1}}, "defaults: hang: -1 must be from 0 to 3600"),
        ({"defaults": {"hang": float("nan")}}, "defaults: hang: nan must be from"),
        ({"defaults": {"budget": 1.5}}, "defaults: budget: must be a whole number"),
        ({"defaults": {"silent": "restart"}}, "defaults: silent: must be a list of actions"),
        ({"defaults": {"silent": ["kill"]}}, "defaults: silent: 'kill' is none of wait, retry"),
        ({"defaults": {"output_rate_share": 2}}, "defaults: output_rate_share: 2 is a share"),
        ({"defaults": {"poor": ["degrade", "reset"]}}, "defaults: poor: nothing can come after"),
        ({"nodes": {"alerts": {"resort": "x"}}}, "nodes: alerts: resort: 'x' is none of"),
        ({"nodes": {"lidar": {"resort": "degraded"}}}, "nodes: lidar: resort: the robot may not"),
    ],
)
def test_what_is_wrong_is_named(content, words):
    with pytest.raises(PolicyError, match="^" + re.escape(words)):
        read_policies(content, NODES)


def test_the_shipped_file_says_what_holds_without_it():
    nodes = {spec.name: spec.is_needed_to_move for spec in graph.NODES}
    shipped = load_policies(str(SHIPPED))
    own = {name: {"busy": shipped[name].busy} for name in nodes}
    own["alerts"]["rest_after"] = 0.0
    assert shipped == read_policies({"nodes": own}, nodes)
    assert shipped["motion"].busy < shipped["lidar"].busy < shipped["telemetry"].busy


def test_a_file_that_was_changed_is_read_again(tmp_path):
    path = tmp_path / "recovery.yaml"
    path.write_text("defaults: {hang: 1.0}")
    assert load_policies(str(path))["lidar"].hang == 1.0
    assert load_policies(str(path)) is load_policies(str(path))
    path.write_text("defaults: {hang: 2.0}")
    os.utime(path, ns=(1, 1))
    assert load_policies(str(path))["lidar"].hang == 2.0


@pytest.mark.parametrize(
    ("text", "words"),
    [(None, "No such file"), ("a: [", "not YAML"), ("nodes: {x: {}}", "no node is named 'x'")],
)
def test_a_bad_file_is_named(tmp_path, text, words):
    path = tmp_path / "recovery.yaml"
    if text is not None:
        path.write_text(text)
    with pytest.raises(ConfigurationError, match=words) as caught:
        load_policies(str(path))
    assert str(path) in str(caught.value)
