import os

from robot_system.ros.old_logs import MOST_KEPT, OLDEST_KEPT, drop_old_logs

NOW = 2_000_000_000.0


def make(folder, name, age):
    path = folder / name
    path.write_text("x")
    os.utime(path, (NOW - age, NOW - age))
    return path


def test_only_the_newest_are_kept(tmp_path):
    files = [make(tmp_path, f"motion_{n}_1790000000000.log", 60.0 * n) for n in range(130)]
    drop_old_logs(tmp_path, NOW)
    assert [path for path in files if path.exists()] == files[:MOST_KEPT]


def test_old_ones_go_and_what_is_not_of_ros_stays(tmp_path):
    old = make(tmp_path, "motion_7_1790000000000.log", OLDEST_KEPT + 1.0)
    other = make(tmp_path, "syslog.log", OLDEST_KEPT + 1.0)
    drop_old_logs(tmp_path, NOW)
    assert not old.exists()
    assert other.exists()


def test_no_folder_is_no_problem(tmp_path):
    drop_old_logs(tmp_path / "none", NOW)
