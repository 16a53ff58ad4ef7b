"""What is compiled: the steps of perception that look at each point, or at each pair of things.

Arrays are contiguous, of float64, intp or bool, and refused with ValueError where they do not fit
each other. What is returned as a bytearray are the items of such an array.
"""

from robot_system.core.perception.segmentation import Flags, Indices
from robot_system.core.values import FloatArray

def runs(
    points: FloatArray,
    ranges: FloatArray,
    beams: Indices,
    is_broken: Flags,
    is_full_turn: bool,
    plain_spread: float,
    flat_spread: float,
    noise: float,
    missing_beams: int,
    /,
) -> tuple[int, bytearray, bytearray, bytearray, bytearray]:
    """Return the first point of a run, and from there on: starts, counts, is_cut, steps."""

def shapes(
    points: FloatArray,
    starts: Indices,
    counts: Indices,
    is_cut: Flags,
    beams: Indices,
    steps: FloatArray,
    increment: float,
    turn: float,
    origin_x: float,
    origin_y: float,
    minimum_points: int,
    round_points: int,
    round_tolerance: float,
    minimum_radius: float,
    maximum_radius: float,
    noise: float,
    /,
) -> bytearray:
    """Return the table of shapes of segments."""

def predict(tracks: FloatArray, elapsed: float, acceleration: float, /) -> None:
    """Move a table of tracks on by some seconds."""

def pairs(tracks: FloatArray, shapes: FloatArray, gate: float, /) -> tuple[bytearray, bytearray]:
    """Return which tracks are seen, and in which shapes."""

def cheapest(costs: FloatArray, /) -> tuple[bytearray, bytearray]:
    """Return the rows and columns of a matrix of costs that are paired."""

def update(
    tracks: FloatArray,
    shapes: FloatArray,
    numbers: Indices,
    elapsed: float,
    moving_speed: float,
    moving_way: float,
    moving_time: float,
    firm_scans: int,
    /,
) -> None:
    """Take into each track the shape of that number."""

def unknown(tracks: FloatArray, shapes: FloatArray, numbers: Indices, /) -> bytearray:
    """Return the shapes that are not among the numbers, nor a part of a track."""
