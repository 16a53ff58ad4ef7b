"""A node that works, but badly: it is helped by the mildest action that does help."""

from robot_system.core.values import Lifecycle
from robot_system.faults.catalogue import fault
from robot_system.faults.injector import Injector

SEEN, HELPED = 20.0, 30.0


def tried(system):
    """What was begun with the LiDAR, in order."""
    return [
        event.detail.partition(":")[0]
        for event in system.events
        if event.name == "recovery_started" and event.node == "lidar"
    ]


def test_a_node_whose_ticks_take_too_long_is_cleared_then_started_anew(start, domain):
    system = start("--world", "generated:sparse:2")
    system.until_driving()
    before = {name: beat.pid for name, beat in system.heartbeats.items()}
    Injector(system.listener, domain).begin(fault("slow_ticks"), "lidar")
    system.until(lambda: tried(system) != [], SEEN, "the overload being noticed")
    system.until(lambda: system.pid("lidar") != before["lidar"], HELPED, "a new process")
    assert tried(system)[:2] == ["clear after overloaded", "restart after overloaded"]
    system.until_driving()
    assert system.heartbeats["lidar"].state is Lifecycle.ACTIVE
    after = {name: beat.pid for name, beat in system.heartbeats.items()}
    assert {name for name in before if before[name] != after[name]} == {"lidar"}
    assert system.contacts == 0
