"""`robot explain`: why the robot stands, down to where the trouble begins."""

from __future__ import annotations

import json
from collections.abc import Sequence

from robot_system import contract
from robot_system.cli.main import OneLineParser
from robot_system.cli.status import look
from robot_system.core.orchestration.explain import explain
from robot_system.locks import current_domain
from robot_system.ros import environment

EXIT_FREE, EXIT_HELD = 0, 1


def main(arguments: Sequence[str]) -> int:
    """Listen for a moment, and tell the chain of causes."""
    parser = OneLineParser(
        prog="robot explain",
        description="Say why the robot stands.",
        epilog="exit codes: 0 nothing holds it, 1 something does or nothing runs, 2 wrong usage",
    )
    parser.add_argument("--domain", type=int, metavar="N", help="default: ROS_DOMAIN_ID or 0")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args(arguments)
    environment.prepare(options.domain)
    snapshot = look(rates=False)
    system, motion = snapshot.system, snapshot.motion
    producers = {topic.name: topic.producer for topic in contract.TOPICS}
    if system is None and motion is None:
        lines = [f"no system is heard in domain {current_domain()}"]
    else:
        lines = explain(system, motion, producers)
    is_free = motion is not None and not motion.causes
    if options.json:
        print(json.dumps({"held": not is_free, "lines": lines}))
    else:
        print("\n".join(lines))
    return EXIT_FREE if is_free else EXIT_HELD
