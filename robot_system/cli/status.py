"""`robot status`: one look at a running system, whoever started it."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Sequence
from enum import Enum
from typing import Any

from robot_system import contract
from robot_system.cli.main import OneLineParser, add_domain
from robot_system.cli.snapshot import Snapshot
from robot_system.cli.view import render, without_colours
from robot_system.locks import current_domain
from robot_system.ros import environment

PATIENCE = 2.0
# All nodes beat and the rates are published within this time (s).
LOOK = 1.2
EXIT_OK, EXIT_NOT_RUNNING = 0, 1


def main(arguments: Sequence[str]) -> int:
    """Listen for a moment, and show what was heard."""
    codes = "0 all nodes ready, 1 not running or not ready, 2 wrong usage"
    is_json = read_options("status", "Show the system of a domain.", codes, arguments)
    snapshot = look()
    if is_json:
        print(json.dumps(as_json(snapshot)))
    elif snapshot.system is None:
        print(nobody_heard(), file=sys.stderr)
    else:
        lines = render(snapshot)
        print("\n".join(lines if sys.stdout.isatty() else map(without_colours, lines)))
    is_ready = snapshot.system is not None and all(node.is_ready for node in snapshot.system.nodes)
    return EXIT_OK if is_ready else EXIT_NOT_RUNNING


def read_options(command: str, meaning: str, codes: str, arguments: Sequence[str]) -> bool:
    """Prepare for a look into the domain that is asked for; return whether JSON is wanted."""
    parser = OneLineParser(
        prog=f"robot {command}", description=meaning, epilog=f"exit codes: {codes}"
    )
    add_domain(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args(arguments)
    environment.prepare(options.domain)
    return bool(options.json)


def nobody_heard() -> str:
    """Return what to say when a look finds nothing."""
    return f"no system is heard in domain {current_domain()}"


def look(rates: bool = True) -> Snapshot:
    """Return what is heard of the system in this domain; rates take a moment more."""
    from robot_system.ros.listener import Listener, keep

    snapshot = Snapshot(f"domain {current_domain()}")
    listener = Listener("status")
    for topic, field in (
        (contract.SYSTEM_STATE, "system"),
        (contract.MOTION_STATE, "motion"),
        (contract.ODOM, "odometry"),
        (contract.CLEARANCE, "clearance"),
        (contract.METRICS, "metrics"),
        (contract.ALERTS, "alerts"),
        (contract.TRUTH, "truth"),
    ):
        listener.listen(topic, keep(snapshot, field))
    listener.listen(
        contract.HEARTBEAT, lambda beat: snapshot.heartbeats.__setitem__(beat.node, beat)
    )
    if listener.spin_until(lambda: snapshot.system is not None, PATIENCE):
        listener.spin_until(lambda: snapshot.motion is not None, LOOK)
        if rates:
            listener.spin_until(lambda: snapshot.metrics is not None, LOOK)
    listener.close()
    return snapshot


def as_json(snapshot: Snapshot) -> dict[str, Any]:
    """Return a snapshot as plain data."""
    system = snapshot.system
    return {
        "running": system is not None,
        "system": _plain(system),
        "motion": _plain(snapshot.motion),
        "odometry": _plain(snapshot.odometry),
        "closest_m": snapshot.clearance.closest_distance if snapshot.clearance else None,
        "contacts": snapshot.truth.contacts if snapshot.truth else None,
        "heartbeats": {name: _plain(beat) for name, beat in sorted(snapshot.heartbeats.items())},
        "alerts": _plain(snapshot.alerts),
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.name.lower()
    if dataclasses.is_dataclass(value):
        return {item.name: _plain(getattr(value, item.name)) for item in dataclasses.fields(value)}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return value
