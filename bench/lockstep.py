"""How fast the whole graph runs in memory, and whether one run is like the next."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from bench.report import Limit, Report, Settings, describe_machine, median
from bench.system import MeasurementError

RUNS = 5
WORLD = "generated:1"
SECONDS = 60.0
PATIENCE = 300.0
HASH_SEEDS = ("1", "4242")
LIMITS = {
    "speedup": Limit(at_least=20.0),
    "identical": Limit(at_least=1.0),
    "contacts": Limit(at_most=0.0),
    "simulated_s": Limit(at_least=SECONDS - 1e-6),
}


def run(settings: Settings) -> Report:
    """Run the same drive several times for the time, then twice for the hash of all messages."""
    machine = describe_machine()
    count = settings.runs or RUNS
    timed = []
    for number in range(1, count + 1):
        timed.append(_run("time", "0"))
        speed = timed[-1]["simulated_s"] / timed[-1]["wall_s"]
        settings.say(f"run {number} of {count}: {speed:.1f} times real time")
    hashed = [_run("hash", seed) for seed in HASH_SEEDS]
    profiled = _run("profile", "0")
    digests = {one["digest"] for one in hashed}
    is_same = len(digests) == 1 and all(
        one["messages"] == hashed[0]["messages"] > 0 for one in (*hashed, *timed)
    )
    figures: dict[str, float] = {
        "speedup": median(one["simulated_s"] / one["wall_s"] for one in timed),
        "speedup_best": max(one["simulated_s"] / one["wall_s"] for one in timed),
        "speedup_worst": min(one["simulated_s"] / one["wall_s"] for one in timed),
        "speedup_cpu": median(one["simulated_s"] / one["cpu_s"] for one in timed),
        "identical": int(is_same),
        "simulated_s": min(one["simulated_s"] for one in (*timed, *hashed)),
        "messages": timed[0]["messages"],
        "goals_reached": timed[0]["goals_reached"],
        "contacts": max(one["contacts"] for one in (*timed, *hashed)),
    }
    return Report("lockstep", machine, count, figures | _shares(profiled), LIMITS)


def _shares(profiled: dict[str, Any]) -> dict[str, float]:
    """Return each node's part of the time of a run that counted it, and the host's own."""
    total = profiled["wall_s"]
    shares = {f"share_{name}": spent / total for name, spent in profiled["spent_s"].items()}
    shares["share_host"] = 1.0 - sum(shares.values())
    return shares


def _run(task: str, hash_seed: str) -> dict[str, Any]:
    script = Path(__file__).with_name("lockstep_run.py")
    variables = dict(os.environ, PYTHONHASHSEED=hash_seed, OPENBLAS_NUM_THREADS="1")
    command = [sys.executable, str(script), WORLD, str(SECONDS), task]
    done = subprocess.run(
        command, env=variables, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    if done.returncode != 0:
        raise MeasurementError(
            f"a run failed: {(done.stderr.strip() or 'silent').splitlines()[-1]}"
        )
    found: dict[str, Any] = json.loads(done.stdout)
    return found
