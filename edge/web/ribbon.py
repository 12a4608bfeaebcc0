"""The moods of the past as spans of time."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from edge.past import Gap, HistoryEntry
from edge.records import MOODS, PAUSED
from edge.status import Status

#: The mood of a time in which the daemon was not running.
OFF = "off"


@dataclass(frozen=True, slots=True)
class Span:
    """A mood from `start` to `end` (wall-clock seconds)."""

    mood: str
    start: float
    end: float

    @property
    def seconds(self) -> float:
        return self.end - self.start


def spans(
    entries: Sequence[HistoryEntry], present: Status | None, gaps: Sequence[Gap], start: float, end: float
) -> tuple[Span, ...]:
    """The moods between `start` and `end`, oldest first, from the changes up to `end`, oldest first; a change before
    `start` gives the first mood. `gaps` are `off`, except within a pause of the camera.

    Unknown times have no span: before the first change, and where a change's `previous` is not the mood before it,
    because the daemon was restarted in between. Spans of negative length, after the clock was set back, are left out.
    """
    found = [
        Span(entry.mood, max(start, entry.at), following.at)
        for entry, following in pairwise(entries)
        if following.previous == entry.mood
    ]
    last = entries[-1] if entries else None
    if last and (present is None or present.mood == last.mood):
        found.append(Span(last.mood, max(start, last.at), end))
    elif present:
        found.append(Span(present.mood, max(start, present.since), end))
    seen = [part for span in found if span.mood in MOODS for part in _without(gaps, span)]
    off = [Span(OFF, max(start, gap.start), min(end, gap.end)) for gap in gaps]
    seen += [span for span in off if not _camera_off(span, found)]
    return tuple(sorted((span for span in seen if span.seconds > 0), key=lambda span: span.start))


def _without(gaps: Sequence[Gap], span: Span) -> list[Span]:
    """The parts of `span` outside the gaps."""
    if span.mood == PAUSED:
        return [span]
    left, begins = [], span.start
    for gap in gaps:
        if gap.end > begins and gap.start < span.end:
            left.append(Span(span.mood, begins, gap.start))
            begins = gap.end
    return [*left, Span(span.mood, begins, span.end)]


def _camera_off(during: Span, found: Sequence[Span]) -> bool:
    return any(span.mood == PAUSED and span.start <= during.start and during.end <= span.end for span in found)


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
