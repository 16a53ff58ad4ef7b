"""What all pages have in common: head, tables and how a value is written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

NOTE = "<!-- Written by `./robot reference`; change the table it is made from instead. -->"


def head(title: str, introduction: str) -> list[str]:
    """Return the lines above everything else."""
    return [f"# {title}", "", NOTE, "", introduction, ""]


def table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return a table; an upright bar in a cell would end it."""
    lines = ["| " + " | ".join(titles) + " |", "|" + "---|" * len(titles)]
    lines += ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return [*lines, ""]


def page(lines: Iterable[str]) -> str:
    """Return the text of a page."""
    return "\n".join(lines).rstrip() + "\n"


def as_written(value: Any) -> str:
    """Return a value as it stands in a parameter file."""
    if isinstance(value, tuple):
        return f"[{', '.join(as_written(item) for item in value)}]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return value or '""'
    return repr(value)
