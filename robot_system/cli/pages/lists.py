"""The pages that are one table: events, faults and filters."""

from __future__ import annotations

from collections.abc import Iterator

from robot_system import contract
from robot_system.cli.pages.markdown import as_written, head, page, table
from robot_system.core.sensing.filters import FILTERS, Filter
from robot_system.faults.catalogue import FAULTS, Fault


def events_page() -> str:
    """Return the page of everything that is told once."""
    lines = head(
        "Events",
        f"Everything that is told once, on the topic `{contract.EVENTS.name}`, from"
        " `robot_system/contract.py`.",
    )
    lines += table(
        ("event", "severity", "meaning"),
        [
            (f"`{kind.name}`", kind.severity.name.lower(), kind.meaning)
            for kind in contract.EVENT_TYPES
        ],
    )
    return page(lines)


def faults_page() -> str:
    """Return the page of what can be done to the system on purpose."""
    introduction = (
        "What `robot fault run NAME --node TARGET` does, from `robot_system/faults/catalogue.py`."
    )
    names = ("name", "what happens", "done to", "lasts", "and then")
    rows = [_fault_cells(row) for row in FAULTS]
    return page([*head("The catalogue of faults", introduction), *table(names, rows)])


def _fault_cells(row: Fault) -> tuple[str, ...]:
    lasts = f"{row.lasts:g} s" if row.lasts else ""
    return f"`{row.name}`", row.meaning, ", ".join(row.targets), lasts, row.recovery.value


def filters_page() -> str:
    """Return the page of what a measured number can go through."""
    lines = head(
        "Filters",
        "What may stand in the lists `*_filters` of the parameters of `sensors`, from"
        " `robot_system/core/sensing/filters/`. x is the new value, y the result, dt the time"
        " since the value before (s).",
    )
    lines += table(
        ("filter", "result", "argument", "meaning", "default", "allowed"),
        [cells for kind in FILTERS.values() for cells in _filter_cells(kind)],
    )
    return page(lines)


def _filter_cells(kind: type[Filter]) -> Iterator[tuple[str, ...]]:
    """Yield a row for each argument; the filter itself stands in the first one."""
    name, formula = f"`{kind.name}`", kind.formula
    for one in kind.arguments:
        default = f"`{as_written(one.type(one.default))}`"
        yield name, formula, f"`{one.name}`", one.meaning, default, one.allowed
        name = formula = ""
