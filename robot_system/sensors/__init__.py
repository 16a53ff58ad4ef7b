"""The sensors of the robot: the table of them, their parameters, and how each is built."""
