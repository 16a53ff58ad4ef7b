import pytest

from robot_system import graph
from robot_system.config import load_parameters, read_file
from robot_system.errors import ConfigurationError

MOTION = graph.node("motion")


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "nodes").mkdir()
    (tmp_path / "profiles").mkdir()
    (tmp_path / "nodes" / "motion.yaml").write_text("/**:\n  ros__parameters:\n    speed: 0.9\n")
    (tmp_path / "profiles" / "sim.yaml").write_text("")
    return tmp_path


def motion(folder, extra=(), **overrides):
    return load_parameters([MOTION], folder, "sim", extra, {"motion": overrides})["motion"]


def test_later_layers_win(folder):
    assert motion(folder).speed == 0.9
    profile = folder / "profiles" / "sim.yaml"
    profile.write_text("/**/motion:\n  ros__parameters:\n    speed: 0.8\n")
    assert motion(folder).speed == 0.8
    more = folder / "more.yaml"
    more.write_text("motion:\n  ros__parameters:\n    speed: 0.7\n")
    assert motion(folder, [more]).speed == 0.7
    assert motion(folder, [more], speed=0.6).speed == 0.6


def test_a_whole_number_is_taken_for_a_float(folder):
    assert motion(folder, speed=1).speed == 1.0


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("[1, 2]", "must hold nodes"),
        ("3: {}", "is not the name of a node"),
        ("motion: 3", "motion must hold ros__parameters"),
        ("motion: {ros__parameters: {}, other: {}}", "and nothing else"),
        ("motion: {ros__parameters: [1]}", "names and values"),
        ("a: [1\nb: }", "not YAML"),
        ("\tmotion:", "not YAML"),
    ],
)
def test_a_malformed_file_is_refused_with_its_name(tmp_path, text, wanted):
    path = tmp_path / "bad.yaml"
    path.write_text(text)
    with pytest.raises(ConfigurationError) as caught:
        read_file(path)
    assert str(path) in str(caught.value)
    assert wanted in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        (b"a: 1\nb: [1\nc: }\n", ", line 3: not YAML: expected ',' or ']', but got ':'"),
        (b"\tmotion:", ", line 1: not YAML: found character '\\t' that cannot start any token"),
        (b"a: 1\n b: 2\n", ", line 2: not YAML: mapping values are not allowed here"),
        (b"a: 'b\n", ", line 2: not YAML: found unexpected end of stream"),
        (b"a: *b\n", ", line 1: not YAML: found undefined alias 'b'"),
        (b"a: \xff\n", ": not text in UTF-8"),
        (b"a: \x01\n", ": not YAML: unacceptable character #x0001: special characters"),
        (b"a: 2026-13-45\n", ": not YAML: month must be in 1..12"),
    ],
)
def test_what_is_not_yaml_is_told_in_one_line_with_file_line_and_what(tmp_path, content, wanted):
    path = tmp_path / "bad.yaml"
    path.write_bytes(content)
    with pytest.raises(ConfigurationError) as caught:
        read_file(path)
    text = str(caught.value)
    assert text.startswith(f"{path}{wanted}")
    assert len(text) - len(str(path)) < 120
    assert "\n" not in text


def test_a_node_that_does_not_exist_is_refused(folder):
    (folder / "profiles" / "sim.yaml").write_text("/**/wings:\n  ros__parameters:\n    a: 1\n")
    with pytest.raises(ConfigurationError, match=r"sim.yaml: no node is named 'wings'"):
        motion(folder)


def test_a_wrong_value_is_refused_with_file_node_and_key(folder):
    (folder / "nodes" / "motion.yaml").write_text("/**:\n  ros__parameters:\n    speed: -1.0\n")
    with pytest.raises(ConfigurationError, match=r"motion.yaml: motion: parameter speed = -1.0"):
        motion(folder)


def test_what_is_of_ros_itself_is_left_to_ros(folder):
    more = folder / "more.yaml"
    more.write_text("/**:\n  ros__parameters:\n    use_sim_time: true\n    speed: 0.7\n")
    assert motion(folder, [more]).speed == 0.7


def test_a_node_under_two_spellings_is_refused(tmp_path):
    path = tmp_path / "twice.yaml"
    path.write_text("motion: {ros__parameters: {}}\n/**/motion: {ros__parameters: {}}\n")
    with pytest.raises(ConfigurationError, match=r"twice.yaml: motion is there twice"):
        read_file(path)


def test_a_number_that_no_machine_holds_is_refused(folder):
    with pytest.raises(ConfigurationError, match="speed"):
        motion(folder, speed=10**400)


def test_a_wrong_filter_is_refused_with_file_key_and_what_is_allowed(folder):
    (folder / "nodes" / "sensors.yaml").write_text(
        "/**:\n  ros__parameters:\n    humidity_filters: [median size=3, average size=0]\n"
    )
    with pytest.raises(ConfigurationError) as caught:
        load_parameters([graph.node("sensors")], folder, "sim")
    assert str(caught.value) == (
        f"{folder}/nodes/sensors.yaml: sensors: parameter humidity_filters = 'average size=0'"
        " is wrong: size must be a whole number from 1 to 101, not 0"
    )


@pytest.mark.parametrize("key", ["length", "mount_yaw"])
def test_nodes_that_take_the_base_for_different_ones_are_refused(folder, key):
    (folder / "nodes" / "lidar.yaml").write_text("")
    specs = [MOTION, graph.node("lidar")]
    load_parameters(specs, folder, "sim", (), {"lidar": {key: 0.7}, "motion": {key: 0.7}})
    with pytest.raises(
        ConfigurationError, match=f"^{key}: the nodes .*, but it is 0.8 for motion; 0.7 for lidar$"
    ):
        load_parameters(specs, folder, "sim", (), {"lidar": {key: 0.7}, "motion": {key: 0.8}})


def test_nodes_that_mean_different_recovery_policies_are_refused(folder):
    (folder / "nodes" / "lidar.yaml").write_text("")
    own = {"motion": {"recovery": "mine.yaml"}}
    with pytest.raises(
        ConfigurationError, match="^recovery: .* 'mine.yaml' for motion; '' for li"
    ):
        load_parameters([MOTION, graph.node("lidar")], folder, "sim", (), own)
