"""`robot reference`: writes the reference pages in docs/ from the tables they describe."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from robot_system.cli.main import OneLineParser
from robot_system.cli.pages.lists import events_page, faults_page, filters_page
from robot_system.cli.pages.nodes import graph_page
from robot_system.cli.pages.parameters import parameters_page
from robot_system.cli.pages.topics import contract_page
from robot_system.paths import source_folder


def main(arguments: Sequence[str]) -> int:
    """Write every page, and name those that changed."""
    parser = OneLineParser(prog="robot reference", description="Write the reference pages.")
    parser.parse_args(arguments)
    source = source_folder()
    folder = source / "docs" / "reference"
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages(source / "msg").items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            print(path.relative_to(source))
    return 0


def pages(messages: Path) -> dict[str, str]:
    """Return the text of every page by its file name; `messages` holds the definitions."""
    return {
        "contract.md": contract_page(messages),
        "graph.md": graph_page(),
        "parameters.md": parameters_page(),
        "events.md": events_page(),
        "faults.md": faults_page(),
        "filters.md": filters_page(),
    }
