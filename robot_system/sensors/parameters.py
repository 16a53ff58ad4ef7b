"""Parameters of the sensors node: those written here, and those that the table brings."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import Any, ClassVar

from robot_system.core.sensing.filters import FilterError, read_filters
from robot_system.errors import ParameterError
from robot_system.parameters import Parameters, parameter
from robot_system.sensors.table import QUANTITIES, SENSORS, QuantityRow

ONES = (1.0, 1.0, 1.0)
ZEROS = (0.0, 0.0, 0.0)
NAMES = tuple(row.name for row in SENSORS)
EXPECTED = ("scan", "imu", "battery", "temperature", "humidity", "pressure")
"""What the simulated robot has; another row of the table is missed once it has spoken."""
MOST_FILTERS = 8
"""In one list: more would only cost time."""
VECTORS = (
    "imu_angular_velocity_scales",
    "imu_angular_velocity_offsets",
    "imu_acceleration_scales",
    "imu_acceleration_offsets",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommonParameters(Parameters):
    """What does not come from the table of sensors, and the checks of everything."""

    quantities: ClassVar[tuple[QuantityRow, ...]] = ()

    period: float = parameter(
        0.02, "Time between two looks for silent sensors", unit="s", low=0.01, high=0.05
    )
    expected: tuple[str, ...] = parameter(
        EXPECTED, "Sensors that this robot has: others are not missed"
    )
    lowest_rate_share: float = parameter(
        0.7, "Share of the contract's rate below which a sensor is slow", low=0.0, high=1.0
    )
    future_tolerance: float = parameter(
        0.05, "How far a stamp may lie in the future", unit="s", low=0.0, high=1.0
    )
    heal_time: float = parameter(
        0.1, "How long a sensor must be without fault to be trusted again", unit="s", low=0.0,
        high=10.0,
    )  # fmt: skip

    scan_suspect_share: float = parameter(
        0.8, "Share of valid beams below which a scan is suspect", low=0.0, high=1.0
    )
    scan_bad_share: float = parameter(
        0.5, "Share of valid beams below which a scan is not passed on", low=0.0, high=1.0
    )
    scan_frozen_repeats: int = parameter(
        1, "Repetitions of identical ranges after which the LiDAR is frozen", low=1, high=100
    )
    scan_beams: int = parameter(
        0, "Number of beams of the LiDAR, 0 to take that of the first scan", low=0, high=100_000
    )
    scan_form_file: str = parameter("", "File that keeps the form of the scans; none when empty")
    scan_beams_tolerance: float = parameter(
        0.02, "Share by which the number of beams may differ", low=0.0, high=1.0
    )
    scan_angle_tolerance: float = parameter(
        0.05, "How far the angle of the first beam may wander", unit="rad", low=0.0, high=7.0
    )
    scan_range_scale: float = parameter(
        1.0, "Correction of each range, factor", low=0.5, high=2.0, live=True
    )
    scan_range_offset: float = parameter(
        0.0, "Correction of each range, added", unit="m", low=-0.5, high=0.5, live=True
    )
    scan_angle_offset: float = parameter(
        0.0, "Correction of the mounting angle", unit="rad", low=-math.pi, high=math.pi, live=True
    )

    imu_angular_velocity_limit: float = parameter(
        35.0, "Largest believable turn rate about an axis", unit="rad/s", low=0.1, high=1000.0
    )
    imu_acceleration_limit: float = parameter(
        160.0, "Largest believable acceleration along an axis", unit="m/s2", low=1.0, high=10000.0
    )
    imu_frozen_repeats: int = parameter(
        20, "Repetitions of identical numbers after which the IMU is frozen", low=1, high=1000
    )
    imu_yaw_offset: float = parameter(
        0.0, "Correction of the heading", unit="rad", low=-math.pi, high=math.pi, live=True
    )
    imu_angular_velocity_scales: tuple[float, ...] = parameter(
        ONES, "Correction of the turn rates about x, y and z, factors", low=0.5, high=2.0,
        live=True,
    )  # fmt: skip
    imu_angular_velocity_offsets: tuple[float, ...] = parameter(
        ZEROS, "Correction of the turn rates about x, y and z, added", unit="rad/s", low=-1.0,
        high=1.0, live=True,
    )  # fmt: skip
    imu_angular_velocity_filters: tuple[str, ...] = parameter(
        (), "Filters of the turn rate about each axis, in their order", live=True
    )
    imu_acceleration_scales: tuple[float, ...] = parameter(
        ONES, "Correction of the accelerations along x, y and z, factors", low=0.5, high=2.0,
        live=True,
    )  # fmt: skip
    imu_acceleration_offsets: tuple[float, ...] = parameter(
        ZEROS, "Correction of the accelerations along x, y and z, added", unit="m/s2", low=-5.0,
        high=5.0, live=True,
    )  # fmt: skip
    imu_acceleration_filters: tuple[str, ...] = parameter(
        (), "Filters of the acceleration along each axis, in their order", live=True
    )

    def check(self) -> None:
        """Raise ParameterError where values do not fit each other."""
        for name in self.expected:
            if name not in NAMES:
                raise ParameterError(
                    "expected", name, f"is no sensor; sensors are {', '.join(NAMES)}"
                )
        if self.scan_bad_share > self.scan_suspect_share:
            raise ParameterError(
                "scan_bad_share", self.scan_bad_share, "must not exceed scan_suspect_share"
            )
        for name in VECTORS:
            if len(getattr(self, name)) != 3:
                raise ParameterError(name, getattr(self, name), "must be three numbers")
        for row in self.quantities:
            low, high = self.of_row(row, "low"), self.of_row(row, "high")
            if low >= high:
                raise ParameterError(f"{row.name}_low", low, f"must be below {row.name}_high")
        for field in dataclasses.fields(self):
            if field.name.endswith("_filters"):
                _check_filters(field.name, getattr(self, field.name))

    def of_row(self, row: QuantityRow, what: str) -> Any:
        """Return one of the parameters that a row of the table brings."""
        return getattr(self, f"{row.name}_{what}")


def _check_filters(name: str, filters: tuple[str, ...]) -> None:
    if len(filters) > MOST_FILTERS:
        raise ParameterError(name, filters, f"must be at most {MOST_FILTERS} filters")
    for text in filters:
        try:
            read_filters((text,))
        except FilterError as error:
            raise ParameterError(name, text, f"is wrong: {error}") from error


def _brought(row: QuantityRow) -> dict[str, tuple[Any, Any]]:
    """Return the type and field of every parameter that a row brings, by the end of its name."""
    words, (least, greatest) = row.words, row.bounds
    unit = "" if row.unit == "1" else row.unit

    def number(default: float, doc: str, low: float, high: float) -> tuple[Any, Any]:
        return float, parameter(default, doc, unit=unit, low=low, high=high)

    changed = f"Change between two values of the {words} that is suspect"
    frozen = f"Repetitions of the same {words} after which its sensor is frozen, 0 for never"
    scale = parameter(1.0, f"Correction of the {words}, factor", low=0.5, high=2.0, live=True)
    offset = parameter(
        0.0, f"Correction of the {words}, added", unit=unit, low=-row.offset, high=row.offset,
        live=True,
    )  # fmt: skip
    filters = parameter(row.filters, f"Filters of the {words}, in their order", live=True)
    return {
        "low": number(row.low, f"Least believable {words}", least, greatest),
        "high": number(row.high, f"Greatest believable {words}", least, greatest),
        "jump": number(row.jump, changed, 0.0, greatest - least),
        "frozen_repeats": (int, parameter(row.frozen_repeats, frozen, low=0, high=100_000)),
        "scale": (float, scale),
        "offset": (float, offset),
        "filters": (tuple[str, ...], filters),
    }


def parameters_with(quantities: tuple[QuantityRow, ...]) -> type[CommonParameters]:
    """Return the parameters of a node that measures these quantities."""
    made: type[CommonParameters] = dataclasses.make_dataclass(
        "SensorsParameters",
        [
            (f"{row.name}_{end}", *type_and_field)
            for row in quantities
            for end, type_and_field in _brought(row).items()
        ],
        bases=(CommonParameters,),
        namespace={
            "__doc__": "Parameters of the sensors node.",
            "__module__": __name__,
            "quantities": quantities,
        },
        frozen=True,
        slots=True,
        kw_only=True,
    )
    return made


SensorsParameters = parameters_with(QUANTITIES)
