"""How well the tests hold the shield: branches that they take, and small changes they notice.

One operator, comparison or number at a time is changed in a copy of the package, and the tests of
motion that take a moment are run against it. Which changes are tried is drawn from a fixed seed.
"""

from __future__ import annotations

import ast
import copy
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import robot_system
from bench.report import Limit, Report, Settings, describe_machine

MODULES = ("shield", "limits", "blocking", "braking", "inputs", "playback", "agreement", "tracks")
PACKAGE = "robot_system.core.motion"
MUTANTS = 60
# A mutant under which the tests take longer goes on for ever (s).
PATIENCE = 360.0
# Of the tests of motion, those that play long or try hundreds of cases are left out for mutants.
SLOW = ("properties", "scenarios", "footprint", "node")
LIMITS = {"branch_coverage_percent": Limit(at_least=100.0), "killed_share": Limit(at_least=0.8)}

_COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.GtE,
    ast.GtE: ast.Lt,
    ast.Gt: ast.LtE,
    ast.LtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
_OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
}


def run(settings: Settings) -> Report:
    """Take the coverage, then try as many mutants as asked for."""
    machine = describe_machine()
    source = Path(os.environ["ROBOT_SYSTEM_SOURCE"])
    tests = sorted((source / "test" / "unit").glob("test_motion_*.py"))
    coverage = _coverage(tests)
    settings.say(f"branch coverage {coverage:.1f} %")
    count = settings.runs or MUTANTS
    fast = [path for path in tests if not path.stem.endswith(SLOW)]
    survivors = []
    chosen = _choose(count)
    for number, (module, change) in enumerate(chosen, 1):
        mutant, what = _mutant(module, change)
        is_killed = _is_killed(module, mutant, fast)
        settings.say(f"{number} of {len(chosen)}: {what}: {'noticed' if is_killed else 'NOT'}")
        if not is_killed:
            survivors.append({"survivor": what})
    figures = {
        "branch_coverage_percent": coverage,
        "mutants": len(chosen),
        "possible_mutants": sum(len(list(_places(_tree(name)))) for name in MODULES),
        "survived": len(survivors),
        "killed_share": 1.0 - len(survivors) / len(chosen),
    }
    return Report("mutation", machine, 1, figures, LIMITS, survivors)


def _coverage(tests: list[Path]) -> float:
    """Return the share of lines and branches of the shield that its tests take (percent)."""
    with tempfile.TemporaryDirectory() as folder:
        variables = dict(os.environ, COVERAGE_FILE=f"{folder}/data")
        tool = [sys.executable, "-m", "coverage"]
        command = [*tool, "run", "--branch", f"--source={PACKAGE}", "-m", "pytest", "-q"]
        _run([*command, *map(str, tests)], variables, check=True)
        _run([*tool, "json", "-o", f"{folder}/report.json"], variables, check=True)
        totals = json.loads(Path(folder, "report.json").read_text(encoding="utf-8"))["totals"]
        return float(totals["percent_covered"])


def _choose(count: int) -> list[tuple[str, int]]:
    every = [(name, place) for name in MODULES for place in range(len(list(_places(_tree(name)))))]
    return random.Random(1).sample(every, min(count, len(every)))


def _file(module: str) -> Path:
    return Path(*robot_system.__path__) / "core" / "motion" / f"{module}.py"


def _tree(module: str) -> ast.Module:
    return ast.parse(_file(module).read_text(encoding="utf-8"))


def _places(tree: ast.Module) -> Iterator[ast.AST]:
    """Yield what can be changed, in the order of the file."""
    for node in ast.walk(tree):
        is_changeable = (
            isinstance(node, ast.BoolOp)
            or (isinstance(node, ast.Compare) and type(node.ops[0]) in _COMPARISONS)
            or (isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS)
            or (isinstance(node, ast.Constant) and type(node.value) in (int, float, bool))
        )
        if is_changeable:
            yield node


def _mutant(module: str, place: int) -> tuple[str, str]:
    """Return the changed text of a module, and what was changed in it."""
    tree = _tree(module)
    node: Any = list(_places(tree))[place]
    before = ast.unparse(copy.deepcopy(node))
    if isinstance(node, ast.Compare):
        node.ops[0] = _COMPARISONS[type(node.ops[0])]()
    elif isinstance(node, ast.BinOp):
        node.op = _OPERATORS[type(node.op)]()
    elif isinstance(node, ast.BoolOp):
        node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
    else:
        node.value = not node.value if isinstance(node.value, bool) else node.value * 2 + 1
    what = f"{module}.py:{node.lineno}: {before} -> {ast.unparse(node)}"
    return ast.unparse(tree), what


def _is_killed(module: str, text: str, tests: list[Path]) -> bool:
    """Tell whether a test fails, or never ends, with the changed module."""
    with tempfile.TemporaryDirectory() as folder:
        package = Path(folder, "robot_system")
        shutil.copytree(Path(*robot_system.__path__), package, symlinks=True)
        (package / "core" / "motion" / f"{module}.py").write_text(text, encoding="utf-8")
        variables = dict(os.environ, PYTHONPATH=folder, PYTHONDONTWRITEBYTECODE="1")
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider"]
        try:
            return _run([*command, *map(str, tests)], variables) != 0
        except subprocess.TimeoutExpired:
            return True


def _run(command: list[str], variables: dict[str, str], check: bool = False) -> int:
    # Not from the checkout: its folder of the same name would be imported, unchanged.
    elsewhere = tempfile.gettempdir()
    return subprocess.run(
        command, cwd=elsewhere, env=variables, capture_output=True, timeout=PATIENCE, check=check
    ).returncode
