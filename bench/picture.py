"""Draws moments of a recording: points, obstacles by kind, ids and velocities."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from bench.recording import Moment
from robot_system.core.values import Kind

SIDE, COLUMNS, REACH = 560, 5, 4.5
COLOURS = {Kind.CIRCLE: (220, 120, 20), Kind.SEGMENT: (120, 130, 140), Kind.BOX: (150, 60, 170)}
MOVING, POINT, ROBOT = (30, 90, 220), (0, 0, 0), (20, 150, 60)


def draw(moments: Sequence[Moment], file: Path) -> None:
    """Write one picture with a panel for each moment; the LiDAR is in the middle, ahead is up."""
    rows = math.ceil(len(moments) / COLUMNS)
    sheet = Image.new("RGB", (COLUMNS * SIDE, rows * SIDE), "white")
    for number, moment in enumerate(moments):
        column, row = number % COLUMNS, number // COLUMNS
        sheet.paste(_panel(moment), (column * SIDE, row * SIDE))
    file.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(file)


def _panel(moment: Moment) -> Image.Image:
    panel = Image.new("RGB", (SIDE, SIDE), "white")
    pen = ImageDraw.Draw(panel)
    scale = 0.5 * SIDE / REACH

    def at(x: float, y: float) -> tuple[float, float]:
        return 0.5 * SIDE - scale * y, 0.5 * SIDE - scale * x

    for metres in (2.0, 4.0, 6.0):
        _circle(pen, at(0.0, 0.0), scale * metres, (225, 225, 225))
    obstacles = moment.obstacles
    for index in range(len(obstacles.ids)):
        place = at(*obstacles.positions[index])
        kind = Kind(int(obstacles.kinds[index]))
        colour = MOVING if obstacles.is_moving[index] else COLOURS[kind]
        if kind is Kind.SEGMENT:
            length, _, heading = obstacles.extents[index]
            reach = 0.5 * length * np.array([math.cos(heading), math.sin(heading)])
            ends = (obstacles.positions[index] - reach, obstacles.positions[index] + reach)
            pen.line([at(*ends[0]), at(*ends[1])], fill=colour, width=4)
        else:
            _circle(pen, place, scale * float(obstacles.radii[index]), colour, 2)
            pen.text((place[0] + 4, place[1] + 4), str(obstacles.ids[index]), fill=colour)
        if obstacles.is_moving[index]:
            pen.line([place, at(*(obstacles.positions[index] + obstacles.velocities[index]))],
                     fill=MOVING, width=2)  # fmt: skip
    for x, y in zip(moment.x.tolist(), moment.y.tolist(), strict=True):
        across, down = at(x, y)
        pen.rectangle((across - 1, down - 1, across + 1, down + 1), fill=POINT)
    pen.polygon([at(0.15, 0.0), at(-0.1, 0.1), at(-0.1, -0.1)], fill=ROBOT)
    clearance = moment.clearance
    pen.text(
        (8, 8),
        f"{moment.topic} {moment.scan.stamp * 1e-9 % 1000:.1f} s, {len(obstacles.ids)} obstacles,"
        f" {moment.explained:.0%} explained, score {clearance.safety_score:.2f}",
        fill=(0, 0, 0),
    )
    pen.rectangle((0, 0, SIDE - 1, SIDE - 1), outline=(180, 180, 180))
    return panel


def _circle(
    pen: ImageDraw.ImageDraw,
    place: tuple[float, float],
    radius: float,
    colour: tuple[int, int, int],
    width: int = 1,
) -> None:
    x, y = place
    pen.ellipse((x - radius, y - radius, x + radius, y + radius), outline=colour, width=width)
