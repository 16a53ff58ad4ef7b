"""A bare echo of the same scan over as many processes as the chain has, for comparison."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from bench.probe import stamp_of
from bench.processes import end
from bench.report import used_cores
from bench.system import MeasurementError
from robot_system.contract import SCAN_RAW
from robot_system.core.time import SECOND, Time

if TYPE_CHECKING:
    from robot_system.ros.listener import Listener

HOPS = 4
CONNECT_PATIENCE = 30.0
# Mean distance of two scans, and how far each may be off, so that no phase is favoured (s).
PERIOD = 0.05
SPREAD = 0.01


class Echo:
    """Owns the processes of the hops; sends scans to the first, hears from the last."""

    def __init__(self, listener: Listener, domain: int, beams: int, draw: random.Random) -> None:
        from sensor_msgs.msg import LaserScan

        from robot_system.ros.qos import profile_of

        self._draw = draw
        self._sent: dict[Time, Time] = {}
        self._heard: dict[Time, Time] = {}
        self._listener = listener
        profile = profile_of(SCAN_RAW.qos)
        node = self._listener.node
        self._publisher = node.create_publisher(LaserScan, "bench/echo_0", profile)
        # The first one is heard too, to know when the middleware says that it was published.
        for number, table in ((0, self._sent), (HOPS, self._heard)):
            node.create_subscription(
                LaserScan, f"bench/echo_{number}", _noting(table), profile, raw=True
            )
        self._message = _scan_of(beams, draw)
        self._processes = [_start(number, domain) for number in range(1, HOPS + 1)]

    def __enter__(self) -> Echo:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            end(process, 1.0)

    @property
    def lost(self) -> int:
        """Return how many scans did not come through."""
        return len(self._sent.keys() - self._heard.keys())

    @property
    def times_ms(self) -> list[float]:
        """Return the time of each scan from its first to its last publication."""
        return [
            (heard - self._sent[stamp]) * 1e-6
            for stamp, heard in self._heard.items()
            if stamp in self._sent
        ]

    def connect(self) -> None:
        """Wait until scans come through."""
        end = time.monotonic() + CONNECT_PATIENCE
        while not self._heard:
            if time.monotonic() > end:
                raise MeasurementError("the bare echo does not come through")
            self.run(0.5)
        self.run(0.5)
        self._sent.clear()
        self._heard.clear()

    def run(self, seconds: float) -> None:
        """Send scans for some time, and wait for the last."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._send()
            self._listener.spin(PERIOD + self._draw.uniform(-SPREAD, SPREAD))
        self._listener.spin(0.1)

    def _send(self) -> None:
        stamp = self._message.header.stamp
        stamp.sec, stamp.nanosec = divmod(time.time_ns(), SECOND)
        self._publisher.publish(self._message)


def _noting(table: dict[Time, Time]) -> Any:
    def on_bytes(data: bytes, info: dict[str, Any]) -> None:
        table[stamp_of(data)] = info["source_timestamp"]

    return on_bytes


def _scan_of(beams: int, draw: random.Random) -> Any:
    from array import array

    from sensor_msgs.msg import LaserScan

    ranges = array("f", (draw.uniform(0.5, 20.0) for _ in range(beams)))
    message = LaserScan(angle_min=-2.35, angle_max=2.35, angle_increment=4.7 / beams)
    message.header.frame_id = "laser"
    message.range_min, message.range_max, message.ranges = 0.05, 30.0, ranges
    return message


def _start(number: int, domain: int) -> subprocess.Popen[bytes]:
    script = Path(__file__).with_name("echo_hop.py")
    variables = dict(os.environ, ROS_DOMAIN_ID=str(domain))
    process = subprocess.Popen(
        [sys.executable, str(script), str(number)], env=variables, stdin=subprocess.DEVNULL
    )
    os.sched_setaffinity(process.pid, used_cores())
    return process
