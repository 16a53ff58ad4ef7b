"""Listens to the graph, and notes when each message was published."""

from __future__ import annotations

import struct
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from bench.chain import Decision, Record
from robot_system import contract
from robot_system.contract import Topic
from robot_system.core.time import SECOND, Time
from robot_system.core.values import MotionState

if TYPE_CHECKING:
    from robot_system.ros.listener import Listener


class Probe:
    """Fills a record; scans are taken as bytes, of which only the stamp is read."""

    def __init__(self, listener: Listener) -> None:
        self.record = Record()
        self._listener = listener
        record = self.record
        for topic, table in (
            (contract.SCAN_RAW, record.scan_raw),
            (contract.SCAN, record.scan),
            (contract.OBSTACLES, record.obstacles),
            (contract.CMD_VEL, record.commands),
        ):
            self._note_published(topic, table)
        self._listen(contract.ACTION_CHUNK, self._on_chunk)
        self._listen(contract.MOTION_STATE, self._on_motion_state)

    def _note_published(self, topic: Topic, table: dict[Time, Time]) -> None:
        def on_bytes(data: bytes, info: dict[str, Any]) -> None:
            table[stamp_of(data)] = info["source_timestamp"]

        self._subscribe(topic, on_bytes, is_raw=True)

    def _listen(self, topic: Topic, react: Callable[[Any, Time], None]) -> None:
        from robot_system.ros.conversions import conversion_of

        from_msg = conversion_of(topic).from_msg

        def on_message(message: Any, info: dict[str, Any]) -> None:
            react(from_msg(message), info["source_timestamp"])

        self._subscribe(topic, on_message, is_raw=False)

    def _subscribe(self, topic: Topic, react: Callable[..., None], *, is_raw: bool) -> None:
        from rclpy.qos import HistoryPolicy

        from robot_system.ros.conversions import conversion_of
        from robot_system.ros.qos import profile_of

        profile = profile_of(topic.qos)
        # The graph keeps the newest; here every message counts, also after a pause.
        profile.history, profile.depth = HistoryPolicy.KEEP_LAST, 100
        self._listener.node.create_subscription(
            conversion_of(topic).message, topic.name, react, profile, raw=is_raw
        )

    def _on_chunk(self, chunk: Any, published: Time) -> None:
        self.record.chunk[chunk.observation_stamp] = published
        self.record.chunk_arrived[chunk.observation_stamp] = time.time_ns()

    def _on_motion_state(self, state: MotionState, published: Time) -> None:
        is_obstacle = any(cause.name == "obstacle" for cause in state.causes)
        self.record.decisions.append(
            Decision(state.stamp, state.observation_stamp, state.applied.linear, is_obstacle)
        )


def stamp_of(data: bytes) -> Time:
    """Return the stamp at the beginning of a serialised message, behind its four-byte header."""
    sec, nanosec = struct.unpack_from("<iI" if data[1] & 1 else ">iI", data, 4)
    return int(sec) * SECOND + int(nanosec)
