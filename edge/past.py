"""The records that are kept of the past. Times are wall-clock seconds (since 1970)."""

from dataclasses import dataclass

from edge.records import ABSENT, LABELS, Playlist, Scores

#: What a mood may really have been, in the order of the page's buttons.
RIGHT = (*LABELS, ABSENT)
QUARTER_SECONDS = 900.0


@dataclass(frozen=True, slots=True)
class Gap:
    """A time in which the daemon was not running, so the mood is unknown."""

    start: float
    end: float


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One mood change."""

    at: float
    mood: str
    previous: str
    strength: float
    face_count: int
    playlist: Playlist | None


@dataclass(frozen=True, slots=True)
class Quarter:
    """The quarter of an hour that began at `at`: for how many seconds each of LABELS was shown."""

    at: float
    seconds: Scores

    @property
    def shares(self) -> Scores:
        """Shares of the time in which somebody was seen; zeros where nobody was."""
        whole = sum(self.seconds)
        return tuple(seconds / whole if whole else 0.0 for seconds in self.seconds)


@dataclass(frozen=True, slots=True)
class Correction:
    """Somebody corrected the mood `said` to `right`, one of RIGHT, at `at`, while `expression` was shown with that
    `confidence`."""

    at: float
    said: str
    expression: str
    confidence: float
    right: str
