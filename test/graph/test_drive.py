"""Driving over DDS, and what the command says at the end."""

GOAL = ("11.5", "16.0")


def test_reaches_a_goal_without_contact_and_ends_with_0(start):
    system = start("--world", "generated:sparse:2", "--goal", *GOAL)
    system.until_ended(110.0)
    code, _, output = system.stop()
    assert code == 0, output
    assert "goal reached" in output
    assert system.contacts == 0


def test_a_duration_ends_with_0(start):
    system = start("--duration", "1")
    system.until_ended(60.0)
    code, _, output = system.stop()
    assert code == 0, output


def test_interrupt_stops_the_wheels_first_and_everything_within_two_seconds(start):
    system = start("--world", "generated:sparse:2")
    system.until_driving()
    code, seconds, output = system.stop()
    assert code == 0
    assert seconds < 2.0
    took = float(output.rsplit("stopped in ", 1)[1].split()[0])
    assert took < 2.0


def test_the_loss_of_the_command_itself_ends_the_robot_too(start):
    system = start("--world", "generated:sparse:2")
    system.until_driving()
    system.process.kill()
    system.process.communicate()
    # close() of the fixture asserts that no process is left.
    system.close()
