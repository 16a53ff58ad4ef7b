"""Reads recordings: what was said on a topic, as values of the core."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rclpy.serialization import deserialize_message

from robot_system.contract import Topic
from robot_system.ros.conversions import conversion_of


def values_of(path: Path, name: str, topic: Topic) -> Iterator[Any]:
    """Yield what a rosbag2 in MCAP holds under a name, read like the messages of a topic."""
    from mcap.reader import make_reader

    conversion = conversion_of(topic)
    with path.open("rb") as file:
        for _, _, message in make_reader(file).iter_messages(topics=[name]):
            yield conversion.from_msg(deserialize_message(message.data, conversion.message))
