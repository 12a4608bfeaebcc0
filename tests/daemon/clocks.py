"""The two clocks of a machine."""


class Clocks:
    """A wall clock that can be set, and a monotonic one that cannot."""

    def __init__(self, wall: float = 1000.0) -> None:
        self.wall = wall
        self.monotonic = 100.0

    def pass_seconds(self, seconds: float) -> None:
        self.wall += seconds
        self.monotonic += seconds
