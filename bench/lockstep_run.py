"""One run of the whole graph in lockstep, in a process of its own: prints what came of it.

Arguments: the world, the simulated seconds, and what to do: `time` (nothing but run), `hash`
(digest of every message) or `profile` (time per node).
"""

from __future__ import annotations

import gc
import json
import sys
import time
from collections.abc import Callable
from typing import Any

from robot_system.lockstep.system import Digest, LockstepSystem
from robot_system.runner import Runner


def main(world: str, seconds: float, task: str) -> dict[str, Any]:
    """Run, and return the facts."""
    spent = _profile() if task == "profile" else {}
    system = LockstepSystem(world, is_endless=True)
    digest = Digest()
    if task == "hash":
        system.host.listen(digest)
    # As the host of ROS does it for a running node.
    gc.collect()
    gc.freeze()
    began = system.host.now.steady
    wall, cpu = time.perf_counter(), time.process_time()
    outcome = system.run(seconds)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return {
        "simulated_s": (system.host.now.steady - began) * 1e-9,
        "wall_s": wall,
        "cpu_s": cpu,
        "messages": system.host.messages,
        "goals_reached": outcome.goals.reached,
        "contacts": outcome.contacts,
        "digest": digest.hexdigest() if task == "hash" else "",
        "spent_s": spent,
    }


def _profile() -> dict[str, float]:
    """Let every way into a component count its time; returns the sums, which go on growing."""
    spent: dict[str, float] = {}
    for name in ("tick", "deliver", "observe", "beat", "diagnose"):
        setattr(Runner, name, _timed(getattr(Runner, name), spent))
    return spent


def _timed(call: Callable[..., None], spent: dict[str, float]) -> Callable[..., None]:
    def timed(runner: Runner, *arguments: Any) -> None:
        began = time.perf_counter()
        call(runner, *arguments)
        spent[runner.name] = spent.get(runner.name, 0.0) + time.perf_counter() - began

    return timed


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], float(sys.argv[2]), sys.argv[3])))
