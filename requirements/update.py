#!/usr/bin/env python3
"""Renew the locked lists of packages: `python requirements/update.py`, then commit what changed.

Every `<layer>.in` gives one `<Python version>/<layer>.txt` with exact versions and the hash of the
one file that fits this Python on x86-64 Linux. A layer is resolved on top of the layers before it,
and lists only what they lack. It needs `pip install uv packaging`, in any Python from 3.11 on.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import tomllib
from packaging.tags import Tag, compatible_tags, cpython_tags
from packaging.utils import parse_wheel_filename

HERE = Path(__file__).resolve().parent
PYTHONS = ("3.10", "3.11", "3.12", "3.13")
LAYERS = ("build", "run", "develop")
GLIBC = 28
"""The ROS wheels are built for glibc 2.28; a package that wants a newer one is refused."""


def main() -> int:
    """Write all locks."""
    for python in PYTHONS:
        lines: dict[str, str] = {}
        folder = HERE / python
        folder.mkdir(exist_ok=True)
        for layer in LAYERS:
            new = {
                name: line
                for name, line in lock(python, layer, lines).items()
                if name not in lines
            }
            (folder / f"{layer}.txt").write_text("".join(f"{line}\n" for line in new.values()))
            lines |= new
            print(f"{python} {layer}: {len(new)} packages")
    return 0


def lock(python: str, layer: str, base: dict[str, str]) -> dict[str, str]:
    """Resolve one layer on top of `base`; return a line of the lock by name of package."""
    tags = supported_tags(python)
    return {
        package["name"]: f"{package['name']}=={package['version']} --hash={digest(package, tags)}"
        for package in resolve(python, layer, base)
    }


def resolve(python: str, layer: str, base: dict[str, str]) -> list[dict[str, Any]]:
    """Return the packages, each with all its files, that uv chooses for one layer."""
    with tempfile.TemporaryDirectory() as scratch:
        constraints = Path(scratch, "constraints.txt")
        constraints.write_text("".join(line.split(" ")[0] + "\n" for line in base.values()))
        chosen = Path(scratch, "pylock.toml")
        command = [
            sys.executable, "-m", "uv", "pip", "compile", str(HERE / f"{layer}.in"),
            "--constraint", str(constraints), "--python-version", python,
            "--python-platform", f"x86_64-manylinux_2_{GLIBC}", "--output-file", str(chosen),
            "--format", "pylock.toml", "--quiet", "--no-config",
        ]  # fmt: skip
        subprocess.run(command, check=True)
        packages: list[dict[str, Any]] = tomllib.loads(chosen.read_text())["packages"]
        return packages


def digest(package: dict[str, Any], tags: dict[Tag, int]) -> str:
    """Return the hash of the wheel that pip would take here, or else of the source archive."""
    ranked = sorted(
        (rank, wheel["hashes"]["sha256"])
        for wheel in package.get("wheels", ())
        if (rank := best_rank(wheel["url"], tags)) is not None
    )
    if ranked:
        return f"sha256:{ranked[0][1]}"
    if "sdist" not in package:
        raise SystemExit(f"{package['name']} {package['version']} has no file for this platform")
    return f"sha256:{package['sdist']['hashes']['sha256']}"


def best_rank(url: str, tags: dict[Tag, int]) -> int | None:
    """Return how good a wheel fits, 0 being the best, or None if it does not."""
    of_wheel = parse_wheel_filename(url.rsplit("/", 1)[-1])[3]
    return min((tags[tag] for tag in of_wheel if tag in tags), default=None)


def supported_tags(python: str) -> dict[Tag, int]:
    """Return the tags of wheels that this Python can use, the best first."""
    version = tuple(int(part) for part in python.split("."))
    platforms = [*platform_names(), "linux_x86_64"]
    interpreter = f"cp{python.replace('.', '')}"
    ordered = [
        *cpython_tags(version, [interpreter], platforms),
        *compatible_tags(version, interpreter, platforms),
    ]
    return {tag: rank for rank, tag in enumerate(ordered)}


def platform_names() -> Iterator[str]:
    """Yield the names of the platforms, the newest first, with their old names."""
    old_names = {17: "manylinux2014", 12: "manylinux2010", 5: "manylinux1"}
    for minor in range(GLIBC, 4, -1):
        yield f"manylinux_2_{minor}_x86_64"
        if minor in old_names:
            yield f"{old_names[minor]}_x86_64"


if __name__ == "__main__":
    sys.exit(main())
