from robot_system.core.silence import Silence
from robot_system.core.time import SECOND, Instant
from robot_system.core.values import Health


def at(seconds):
    moment = 100 * SECOND + round(seconds * SECOND)
    return Instant(moment, moment)


def test_what_never_came_is_late_after_the_startup():
    silence = Silence("scan", 0.2, at(0.0))
    assert silence.report(at(0.9)).health is Health.DEGRADED
    assert silence.report(at(1.1)).health is Health.UNHEALTHY
    assert "scan" in silence.report(at(1.1)).reason


def test_what_stopped_is_degraded_and_then_unhealthy():
    silence = Silence("scan", 0.2, at(0.0))
    silence.hear(at(1.0))
    assert silence.report(at(1.2)) is None
    assert silence.report(at(1.3)).health is Health.DEGRADED
    assert silence.report(at(1.41)).health is Health.UNHEALTHY
    assert silence.report(at(1.41)).reason == "topic scan is silent"
    assert silence.report(at(1.41)).since == at(1.0).stamp
    silence.hear(at(2.0))
    assert silence.report(at(2.1)) is None
