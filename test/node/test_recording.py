"""The lidar node over a recording of two real LiDARs."""

import os
from pathlib import Path

import numpy as np
import pytest

from robot_system.cli import bench as command

command.load_benchmarks(Path(__file__).parents[2])

from bench import recording  # noqa: E402

DATA = os.environ.get("ROBOT_SYSTEM_DATA")


@pytest.mark.skipif(not DATA, reason="ROBOT_SYSTEM_DATA is not set: no recording")
@pytest.mark.parametrize("topic", recording.TOPICS)
def test_every_scan_of_a_real_lidar_gives_obstacles_that_explain_it(topic):
    moments = list(recording.moments_of(Path(DATA) / recording.FILE, topic))
    assert len(moments) > 300
    for moment in moments:
        assert moment.obstacles.valid
        assert moment.clearance.valid
        assert np.isfinite(moment.obstacles.positions).all()
        assert (moment.obstacles.velocities[~moment.obstacles.is_moving] == 0.0).all()
    assert np.mean([moment.explained for moment in moments]) > 0.95
    assert 9.0 < moments[-1].clearance.rate < 11.0
    assert 0.0 < moments[-1].clearance.noise < 0.05
