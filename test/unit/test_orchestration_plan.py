from dataclasses import replace
from pathlib import Path

import pytest

from robot_system import graph
from robot_system.core.orchestration.plan import Plan, PlanError, PlannedNode
from robot_system.errors import ConfigurationError
from robot_system.processes import process_table


def test_every_node_comes_after_what_it_needs():
    plan = Plan(
        [
            PlannedNode("policy", ("lidar",)),
            PlannedNode("lidar", ("sensors",)),
            PlannedNode("sensors"),
        ]
    )
    assert plan.order == ("sensors", "lidar", "policy")
    assert plan.dependants["sensors"] == ("lidar",)


def test_a_cycle_is_refused_with_its_nodes_in_the_message():
    nodes = [PlannedNode("a", ("b",)), PlannedNode("b", ("c",)), PlannedNode("c", ("a",))]
    with pytest.raises(PlanError, match="a -> b -> c -> a"):
        Plan(nodes)


def test_an_unknown_need_is_refused_by_name():
    with pytest.raises(PlanError, match="lidar needs sensors, which does not run"):
        Plan([PlannedNode("lidar", ("sensors",))])


@pytest.mark.parametrize("profile", graph.PROFILES)
def test_every_profile_can_be_brought_up_also_without_a_node(profile):
    managed = [spec.name for spec in graph.nodes_of(profile) if spec.is_managed]
    assert sorted(graph.plan_of(profile).order) == sorted(managed)
    for name in managed:
        assert name not in graph.plan_of(profile, [name]).order


@pytest.mark.parametrize(
    ("needs", "words"),
    [
        ({"sensors": ("policy",)}, "sensors -> policy -> lidar -> sensors"),
        ({"motion": ("camera",)}, "motion needs camera, which does not run"),
        ({"motion": ("motion",)}, "motion -> motion"),
    ],
)
def test_what_can_not_be_brought_up_is_refused_before_anything_starts(monkeypatch, needs, words):
    """`robot up` and the launch files start what this table holds."""
    changed = tuple(replace(row, needs=needs.get(row.name, row.needs)) for row in graph.NODES)
    monkeypatch.setattr(graph, "NODES", changed)
    with pytest.raises(
        ConfigurationError, match=f"profile robot can not be brought up: .*{words}"
    ):
        process_table("robot", Path("config"))


def test_a_profile_that_lacks_a_node_that_another_needs_is_refused(monkeypatch):
    rows = (replace(row, profiles=row.profiles - {"robot"}) for row in graph.NODES[1:2])
    monkeypatch.setattr(graph, "NODES", (*rows, *graph.NODES[2:]))
    with pytest.raises(ConfigurationError, match="robot .* lidar needs sensors, which does not"):
        graph.plan_of("robot")
    assert "sensors" in graph.plan_of("sim").order
