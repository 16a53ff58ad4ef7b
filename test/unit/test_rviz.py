"""What rviz shows, and where it sends the goal, is as the contract says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from robot_system.contract import GOAL, TF, TOPICS, Topic

FILE = Path(__file__).parents[2] / "config" / "rviz" / "robot.rviz"
TYPES = {
    "rviz_default_plugins/LaserScan": "sensor_msgs/msg/LaserScan",
    "rviz_default_plugins/MarkerArray": "visualization_msgs/msg/MarkerArray",
    "rviz_default_plugins/Odometry": "nav_msgs/msg/Odometry",
    "rviz_default_plugins/Path": "nav_msgs/msg/Path",
    "rviz_default_plugins/Pose": "geometry_msgs/msg/PoseStamped",
    "rviz_default_plugins/SetGoal": "geometry_msgs/msg/PoseStamped",
}
WITHOUT_TOPIC = {"rviz_default_plugins/Grid", "rviz_default_plugins/TF"}
SHOWN = {"scan", "obstacle_markers", "footprint", "plan", "goal"}

MANAGER: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))["Visualization Manager"]
DISPLAYS: list[dict[str, Any]] = MANAGER["Displays"]
WITH_TOPIC = [item for item in [*DISPLAYS, *MANAGER["Tools"]] if "Topic" in item]


def row_of(item: dict[str, Any]) -> Topic:
    """Return the row of the topic; names are relative, so that a namespace moves them."""
    rows = [row for row in TOPICS if row.name == item["Topic"]["Value"]]
    assert rows, f"{item['Topic']['Value']} is not in the contract"
    return rows[0]


def test_everything_worth_seeing_is_shown() -> None:
    enabled = [item for item in DISPLAYS if item["Enabled"]]
    assert {item["Topic"]["Value"] for item in enabled if "Topic" in item} >= SHOWN
    assert "rviz_default_plugins/TF" in {item["Class"] for item in enabled}


def test_every_display_has_a_name_of_its_own() -> None:
    names = [item["Name"] for item in DISPLAYS]
    assert len(set(names)) == len(names)


def test_every_display_without_a_topic_is_known() -> None:
    assert {item["Class"] for item in DISPLAYS if "Topic" not in item} == WITHOUT_TOPIC


@pytest.mark.parametrize("item", WITH_TOPIC, ids=lambda item: item["Topic"]["Value"])
def test_type_and_quality_of_service_match_the_contract(item: dict[str, Any]) -> None:
    row = row_of(item)
    is_reliable, is_kept, depth = row.qos.value
    assert TYPES[item["Class"]] == row.ros_type
    assert {key: value for key, value in item["Topic"].items() if "Policy" in key} == {
        "History Policy": "Keep Last",
        "Reliability Policy": "Reliable" if is_reliable else "Best Effort",
        "Durability Policy": "Transient Local" if is_kept else "Volatile",
    }
    assert item["Topic"]["Depth"] == depth


def test_a_click_sets_the_goal() -> None:
    tools = [item for item in MANAGER["Tools"] if item["Class"].endswith("/SetGoal")]
    assert [row_of(tool) for tool in tools] == [GOAL]


def test_the_fixed_frame_is_in_the_tree_of_frames() -> None:
    assert MANAGER["Global Options"]["Fixed Frame"] in TF.meaning
