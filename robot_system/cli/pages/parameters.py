"""The page of the parameters of every node."""

from __future__ import annotations

from robot_system import graph
from robot_system.cli.pages.markdown import as_written, head, page, table
from robot_system.parameters import Field, fields


def parameters_page() -> str:
    """Return the page of what can be set."""
    lines = head(
        "Parameters",
        "Every parameter of every node, from the dataclasses in `robot_system/nodes/` and, for"
        " `sensors`, the table in `robot_system/sensors/`. They are set in"
        " `config/nodes/NAME.yaml`, then `config/profiles/PROFILE.yaml`, then in the file given"
        " with `--params` (or `params:=` for launch); later ones win. Only live ones can be"
        " changed while the node runs.",
    )
    for spec in graph.NODES:
        lines += [f"## {spec.name}", "", f"{spec.meaning[0].upper()}{spec.meaning[1:]}.", ""]
        lines += table(
            ("parameter", "meaning", "type", "default", "unit", "allowed", "live"),
            [_parameter_cells(field) for field in fields(spec.load().parameters_type)],
        )
    return page(lines)


def _parameter_cells(field: Field) -> tuple[str, ...]:
    kind = field.type.__name__
    return (
        f"`{field.name}`",
        f"{field.doc[0].upper()}{field.doc[1:]}",
        f"list of {kind}" if field.is_list else kind,
        f"`{as_written(field.default)}`",
        field.unit,
        _allowed(field),
        "yes" if field.is_live else "",
    )


def _allowed(field: Field) -> str:
    if field.choices:
        return ", ".join(f"`{choice}`" for choice in field.choices)
    if field.low is not None and field.high is not None:
        return f"{field.low:g} to {field.high:g}"
    if field.low is not None:
        return f"at least {field.low:g}"
    return f"at most {field.high:g}" if field.high is not None else ""
