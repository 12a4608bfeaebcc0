"""A history whose clocks are turned by hand."""

from pathlib import Path

from edge.outputs.history import History
from edge.past import HistoryEntry
from edge.records import Playlist

DAY = 86400.0

NOW = 1_800_000_000.0


def entry(at: float, mood: str = "happy", playlist: Playlist | None = None) -> HistoryEntry:
    return HistoryEntry(at, mood, "absent", 0.9, 1, playlist)


class Clocks:
    """Both clocks of a history, turned by hand."""

    def __init__(self) -> None:
        self.wall = NOW
        self.running = 0.0

    def pass_by(self, seconds: float) -> None:
        self.wall += seconds
        self.running += seconds

    def history(self, path: Path, days: float = 30.0) -> History:
        return History(path, days, clock=lambda: self.wall, monotonic=lambda: self.running)
