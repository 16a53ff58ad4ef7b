"""The shield in single situations, as `robot bench scenarios` plays them."""

import pytest

from robot_system.testing.scenarios import SCENARIOS

STOPS = {
    "appears_ahead": "obstacle",
    "turns_to_the_side": "obstacle",
    "recedes": "obstacle",
    "impassable_gap": "obstacle",
    "glass": "obstacle",
    "sensor_freezes": "scan_frozen",
    "permission_is_lost": "permission_stale",
    "permission_is_denied": "permission_denied",
}


@pytest.mark.parametrize("speed", [0.4, 1.0])
@pytest.mark.parametrize("name", SCENARIOS)
def test_it_stops_in_time_holds_goes_on_and_does_not_stop_for_nothing(name, speed):
    result = SCENARIOS[name](speed, 7)
    assert result.contacts == 0
    assert result.false_stops <= 0.01
    assert (result.time_to_stop is not None) == (name in STOPS)
    if result.time_to_stop is not None:
        assert result.time_to_stop <= result.allowed_time + 1e-6
        assert result.held >= 0.99
        assert result.causes == (STOPS[name],)
    if result.time_to_resume is not None:
        assert result.time_to_resume <= 0.6
