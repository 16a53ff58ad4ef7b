"""`robot explain`: why the robot stands, down to where the trouble begins."""

from __future__ import annotations

import json
from collections.abc import Sequence

from robot_system import contract
from robot_system.cli.status import look, nobody_heard, read_options
from robot_system.core.orchestration.explain import explain

EXIT_FREE, EXIT_HELD = 0, 1


def main(arguments: Sequence[str]) -> int:
    """Listen for a moment, and tell the chain of causes."""
    codes = "0 nothing holds it, 1 something does or nothing runs, 2 wrong usage"
    is_json = read_options("explain", "Say why the robot stands.", codes, arguments)
    snapshot = look(rates=False)
    system, motion = snapshot.system, snapshot.motion
    producers = {topic.name: topic.producer for topic in contract.TOPICS}
    if system is None and motion is None:
        lines = [nobody_heard()]
    else:
        lines = explain(system, motion, producers)
    is_free = motion is not None and not motion.causes
    if is_json:
        print(json.dumps({"held": not is_free, "lines": lines}))
    else:
        print("\n".join(lines))
    return EXIT_FREE if is_free else EXIT_HELD
