"""The last day's moods as spans of time, and what the page draws of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from edge.records import MOODS, HistoryEntry, Status


@dataclass(frozen=True, slots=True)
class Span:
    """A mood from `start` to `end` (wall-clock seconds)."""

    mood: str
    start: float
    end: float

    @property
    def seconds(self) -> float:
        return self.end - self.start


def spans(entries: Sequence[HistoryEntry], present: Status | None, start: float, end: float) -> tuple[Span, ...]:
    """What the mood was between `start` and `end`, oldest first, from the changes within (oldest first).

    Before the first change it was that change's `previous`; with no change at all it is the present mood since it
    began. Times nothing is known about have no span. A clock that was set back makes no span of negative length.
    """
    if not entries:
        if present is None or present.since >= end:
            return ()
        return (Span(present.mood, max(start, present.since), end),)
    found = [Span(entries[0].previous, start, entries[0].at)]
    for entry, following in zip(entries, [*entries[1:], None], strict=True):
        found.append(Span(entry.mood, entry.at, following.at if following else end))
    return tuple(span for span in found if span.mood in MOODS and span.seconds > 0)


def totals(of: Sequence[Span]) -> list[tuple[str, float]]:
    """(mood, seconds) for each mood that occurred, longest first."""
    seconds: dict[str, float] = {}
    for span in of:
        seconds[span.mood] = seconds.get(span.mood, 0.0) + span.seconds
    return sorted(seconds.items(), key=lambda item: -item[1])


def duration(seconds: float) -> str:
    """How long, for people: `40 s`, `12 min`, `3 h 20 min`."""
    if seconds < 60:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"
