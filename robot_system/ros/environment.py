"""The environment in which the middleware of this package starts; set before rclpy is imported."""

from __future__ import annotations

import os

from robot_system.errors import ConfigurationError
from robot_system.locks import HIGHEST_DOMAIN
from robot_system.paths import config_folder, state_folder


def prepare(domain: int | None = None) -> None:
    """Set what was not set from outside: the DDS profile, the log folder, the domain."""
    if domain is not None:
        if not 0 <= domain <= HIGHEST_DOMAIN:
            raise ConfigurationError(
                f"--domain {domain}: must be a number from 0 to {HIGHEST_DOMAIN}"
            )
        os.environ["ROS_DOMAIN_ID"] = str(domain)
    os.environ.update(missing())


def missing() -> dict[str, str]:
    """Return the defaults for what is not set: what a user has set wins."""
    defaults = {
        "RMW_IMPLEMENTATION": "rmw_fastrtps_cpp",
        "FASTRTPS_DEFAULT_PROFILES_FILE": str(config_folder() / "dds" / "local.xml"),
        "ROS_LOG_DIR": str(state_folder() / "log" / "ros"),
        # The white list of the profile keeps everything on this machine; see docs/dds.md.
        "ROS_AUTOMATIC_DISCOVERY_RANGE": "SUBNET",
        # Small arrays only: threads of the linear algebra would just be in the way.
        "OPENBLAS_NUM_THREADS": "1",
    }
    return {name: value for name, value in defaults.items() if name not in os.environ}
