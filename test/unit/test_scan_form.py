"""The form of the scans: learned once, kept for the nodes that are started again."""

from dataclasses import replace

import pytest

from robot_system import contract
from robot_system.core.sensing.form import SETTLED, FormMemory, ScanForm
from robot_system.core.values import Pose
from robot_system.form_file import FormFile, new_form_file
from robot_system.motion_parameters import MotionParameters
from robot_system.nodes.sensors import SensorsNode
from robot_system.sensors.parameters import SensorsParameters
from robot_system.sim.world import World
from robot_system.testing.arena import Arena, always_same

EMPTY = World("empty", Pose(), ((5.0, 0.0),), (-50.0, -50.0, 50.0, 50.0))
FORM, TURNED = ScanForm(-2.36, 4.71, 1081), ScanForm(-1.86, 4.71, 1081)
HALF, LATER_HALF = ScanForm(-2.36, 2.3528, 540), ScanForm(-2.36 + 2.3528, 2.3528, 540)
SPARSE, BACKWARD = ScanForm(-2.36, 4.71, 540), ScanForm(2.36, -4.71, 1081)


def settled(form=FORM):
    memory = FormMemory()
    for _ in range(SETTLED):
        memory.take(form, fits=True)
    return memory


def test_the_first_form_is_known_at_once_and_settled_after_some_scans():
    memory = FormMemory()
    memory.take(FORM, fits=True)
    assert memory.known == FORM
    assert not memory.is_settled
    assert settled().is_settled


@pytest.mark.parametrize("other", [TURNED, HALF, LATER_HALF, SPARSE, BACKWARD])
def test_a_settled_form_stays_whatever_comes(other):
    memory = settled()
    for _ in range(10 * SETTLED):
        memory.take(other, fits=False)
    assert memory.known == FORM


@pytest.mark.parametrize("part", [HALF, LATER_HALF])
def test_a_part_of_a_scan_that_was_taken_for_the_form_is_given_up_for_the_whole(part):
    memory = settled(part)
    for _ in range(SETTLED):
        assert memory.known == part
        memory.take(FORM, fits=False)
    assert memory.known == FORM
    assert memory.is_settled


def test_a_part_of_a_scan_that_goes_round_the_other_way_is_one_too():
    memory = settled(ScanForm(2.36, -2.3528, 540))
    for _ in range(SETTLED):
        memory.take(BACKWARD, fits=False)
    assert memory.known == BACKWARD


@pytest.mark.parametrize("other", [TURNED, SPARSE, BACKWARD])
def test_a_settled_part_stays_when_what_comes_does_not_contain_it(other):
    memory = settled(HALF)
    for _ in range(10 * SETTLED):
        memory.take(other, fits=False)
    assert memory.known == HALF


def test_before_that_many_scans_of_another_form_in_a_row_take_its_place():
    memory = FormMemory()
    memory.take(TURNED, fits=True)
    for _ in range(SETTLED - 1):
        memory.take(FORM, fits=False)
    assert memory.known == TURNED
    memory.take(FORM, fits=False)
    assert memory.known == FORM
    assert memory.is_settled


def test_forms_that_come_in_turn_settle_nothing():
    memory = FormMemory()
    memory.take(FORM, fits=True)
    for _ in range(5 * SETTLED):
        memory.take(TURNED, fits=False)
        memory.take(FORM, fits=True)
    assert not memory.is_settled
    assert memory.known == FORM


def test_the_file_gives_it_to_the_next_node(tmp_path):
    path = tmp_path / "deep" / "form.json"
    file = FormFile(str(path))
    memory = file.read()
    assert memory.known is None
    file.keep(memory)
    assert not path.exists()
    file.keep(settled())
    again = FormFile(str(path)).read()
    assert again.known == FORM
    assert again.is_settled


@pytest.mark.parametrize(("second", "kept"), [(TURNED, HALF), (FORM, FORM)])
def test_what_another_node_has_written_is_changed_to_what_contains_it_only(tmp_path, second, kept):
    path = str(tmp_path / "form.json")
    one, other = FormFile(path), FormFile(path)
    one.read()
    other.read()
    one.keep(settled(HALF))
    other.keep(settled(second))
    assert FormFile(path).read().known == kept


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{", '{"begins": NaN, "covers": 1.0, "beams": 9}',
     '{"begins": "x", "covers": 1.0, "beams": 9}', '{"begins": 0.0, "covers": 1.0, "beams": 0}',
     '{"begins": 0.0, "covers": 1.0, "beams": Infinity}'],
)  # fmt: skip
def test_a_file_that_is_damaged_is_no_memory(tmp_path, text):
    path = tmp_path / "form.json"
    path.write_text(text)
    file = FormFile(str(path))
    assert file.read().known is None
    file.keep(settled())
    assert FormFile(str(path)).read().known == FORM


def test_a_disk_that_takes_nothing_costs_only_the_memory(tmp_path):
    (tmp_path / "file").write_text("")
    file = FormFile(str(tmp_path / "file" / "form.json"))
    file.read()
    file.keep(settled())
    assert FormFile("").read().known is None


def test_each_run_of_a_system_has_a_file_of_its_own(tmp_path, monkeypatch):
    monkeypatch.setenv("ROBOT_SYSTEM_STATE", str(tmp_path))
    assert new_form_file(7).parent == tmp_path / "scan_form"
    assert new_form_file(7).name.startswith("7-")


def turned(topic, value):
    """Return a scan as a LiDAR says it that was turned on its mount."""
    if topic is contract.SCAN_RAW:
        return replace(value, angle_min=value.angle_min + 0.5)
    return value


def test_a_motion_that_is_started_again_during_the_fault_knows_the_right_form(tmp_path):
    parameters = MotionParameters(scan_form_file=str(tmp_path / "form.json"))
    arena = Arena(EMPTY, always_same(0.8), motion=parameters)
    arena.run(2.0)
    assert arena.causes == ()
    arena.spoil = turned
    arena.run(0.5)
    arena.motion.deactivate(arena.now)
    arena.motion.configure()
    arena.motion.activate(arena.now)
    arena.run(2.0)
    assert [cause.name for cause in arena.causes] == ["scan_invalid"]
    assert arena.state.is_stopped
    arena.spoil = None
    arena.run(2.0)
    assert arena.causes == ()
    assert arena.state.applied.linear > 0.5


def test_sensors_that_are_started_again_during_the_fault_know_the_right_form(tmp_path):
    out = []
    parameters = SensorsParameters(scan_form_file=str(tmp_path / "form.json"))
    node = SensorsNode(parameters, lambda topic, value: out.append(topic))
    arena = Arena(EMPTY, always_same(0.0), see=lambda scan: node.on_scan_raw(scan, arena.now))

    def start():
        node.configure()
        node.activate(arena.now)

    def passed(seconds):
        out.clear()
        for _ in range(round(seconds / 0.01)):
            arena.step()
            node.tick(arena.now)
        return out.count(contract.SCAN)

    start()
    assert passed(2.0) == 40
    arena.see = lambda scan: node.on_scan_raw(turned(contract.SCAN_RAW, scan), arena.now)
    start()
    assert passed(2.0) == 0
    arena.see = lambda scan: node.on_scan_raw(scan, arena.now)
    assert passed(2.0) == 40
