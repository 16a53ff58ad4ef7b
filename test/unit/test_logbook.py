"""What was tried outlives the orchestrator, and a bad file costs no more than the memory."""

import pytest

from robot_system import logbook, paths
from robot_system.core.orchestration.modes import Wishes
from robot_system.core.orchestration.policy import Action, Fault
from robot_system.core.orchestration.recovery import Attempt
from robot_system.core.values import Mode
from robot_system.logbook import Logbook

ATTEMPT = Attempt(5, "lidar", Fault.SILENT, "heartbeat is silent", Action.RESTART, "ready", 0.4)
GIVEN_UP = Attempt(9, "lidar", Fault.SILENT, "nothing helped", None)
WISHES = Wishes(Mode.STANDBY, {"alerts"}, {"telemetry"})


@pytest.fixture
def path(tmp_path):
    return tmp_path / "deep" / "logbook.jsonl"


def test_what_was_noted_is_read_again(path):
    kept = Logbook(str(path))
    kept.note_attempt(ATTEMPT)
    kept.note_wishes(Wishes())
    kept.note_wishes(WISHES)
    kept.note_attempt(GIVEN_UP)
    assert Logbook(str(path)).read() == ([ATTEMPT, GIVEN_UP], WISHES)


def test_without_a_path_nothing_is_kept():
    kept = Logbook("")
    kept.note_attempt(ATTEMPT)
    assert kept.read() == ([], Wishes())


@pytest.mark.parametrize("line", ["", "{", "[]", "3", '{"stamp": 1}', '{"target": "no"}', "\0"])
def test_a_broken_line_costs_only_itself(path, line):
    kept = Logbook(str(path))
    kept.note_attempt(ATTEMPT)
    with path.open("a") as file:
        file.write(line + "\n")
    kept.note_attempt(GIVEN_UP)
    assert kept.read() == ([ATTEMPT, GIVEN_UP], Wishes())


def test_a_place_that_can_not_be_written_is_no_reason_to_fail(tmp_path):
    (tmp_path / "file").write_text("")
    kept = Logbook(str(tmp_path / "file" / "logbook.jsonl"))
    kept.note_attempt(ATTEMPT)
    assert kept.read() == ([], Wishes())


def test_it_does_not_grow_without_end(path, monkeypatch):
    monkeypatch.setattr(logbook, "LONGEST", 2000)
    kept = Logbook(str(path))
    for stamp in range(200):
        kept.note_attempt(Attempt(stamp, "lidar", Fault.SILENT, "", Action.RESTART))
    assert path.stat().st_size < 4000
    assert kept.read()[0][-1].stamp == 199


def test_a_new_system_has_a_file_of_its_own_and_few_old_ones_stay(tmp_path, monkeypatch):
    monkeypatch.setenv("ROBOT_SYSTEM_STATE", str(tmp_path))
    folder = tmp_path / "recovery"
    folder.mkdir()
    for number in range(9):
        (folder / f"7-2020010{number}T000000-1.jsonl").write_text("")
        (folder / f"8-2020010{number}T000000-1.jsonl").write_text("")
    path = logbook.new_logbook(7)
    assert path.parent == folder
    assert path.name.startswith("7-")
    assert not path.exists()
    assert len(list(folder.glob("7-*"))) == paths.KEPT
    assert len(list(folder.glob("8-*"))) == 9
