import pytest

from robot_system.core.orchestration.plan import Plan, PlanError, PlannedNode


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
