"""The reference pages in docs/ are as fresh as the tables that they are written from."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from robot_system import contract, graph
from robot_system.cli.reference import pages
from robot_system.core.sensing.filters import FILTERS
from robot_system.faults.catalogue import FAULTS
from robot_system.parameters import fields

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "reference"
PAGES = pages(ROOT / "msg")


@pytest.mark.parametrize("name", PAGES)
def test_the_page_is_fresh(name: str) -> None:
    path = FOLDER / name
    assert path.exists(), f"{name} is missing: run ./robot reference"
    is_fresh = path.read_text(encoding="utf-8") == PAGES[name]
    assert is_fresh, f"{name} is not what the tables say now: run ./robot reference"


def test_no_page_is_left_over() -> None:
    assert {path.name for path in FOLDER.iterdir()} == set(PAGES)


def test_nothing_is_missing() -> None:
    parameters = [
        field.name for spec in graph.NODES for field in fields(spec.load().parameters_type)
    ]
    wanted = {
        "contract.md": [row.name for row in contract.TOPICS],
        "graph.md": [spec.name for spec in graph.NODES],
        "parameters.md": parameters,
        "events.md": [row.name for row in contract.EVENT_TYPES],
        "faults.md": [row.name for row in FAULTS],
        "filters.md": list(FILTERS),
    }
    for name, words in wanted.items():
        assert words
        assert not [word for word in words if f"| `{word}` |" not in PAGES[name]], name


@pytest.mark.parametrize("name", PAGES)
def test_every_row_of_a_table_has_all_its_cells(name: str) -> None:
    for table in re.findall(r"(?:^\|.*\n)+", PAGES[name], re.MULTILINE):
        cells = {len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}
        assert len(cells) == 1, table
