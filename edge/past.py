"""What is kept of the past. Times are wall-clock seconds (since 1970)."""

from dataclasses import dataclass

from edge.records import ABSENT, LABELS, Playlist, Scores

#: What a mood may really have been, in the order of the page's buttons.
RIGHT = (*LABELS, ABSENT)


@dataclass(frozen=True, slots=True)
class Gap:
    """A time at which the daemon was not running, so that nobody knows the mood; wall-clock seconds."""

    start: float
    end: float


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One mood change as it is kept; `at` is wall-clock seconds."""

    at: float
    mood: str
    previous: str
    strength: float
    faces: int
    playlist: Playlist | None


@dataclass(frozen=True, slots=True)
class Quarter:
    """The quarter of an hour that began at `at` (wall-clock seconds): for how many seconds each of LABELS was shown."""

    at: float
    seconds: Scores

    @property
    def shares(self) -> Scores:
        """Of the time in which somebody was seen; zeros where nobody was."""
        whole = sum(self.seconds)
        return tuple(seconds / whole if whole else 0.0 for seconds in self.seconds)


@dataclass(frozen=True, slots=True)
class Correction:
    """Somebody said at `at` (wall-clock seconds) that the mood was not what was `said`: `right` is one of RIGHT.
    The `expression` was shown then, with that `confidence`."""

    at: float
    said: str
    expression: str
    confidence: float
    right: str
