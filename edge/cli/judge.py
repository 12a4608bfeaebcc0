"""Scores the changes that a recording gave against ranges labelled by people."""

import csv
import itertools
import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from edge.errors import EdgeError
from edge.records import ABSENT, LABELS, NONE, ExpressionChange, MoodChange

COLUMNS = ("file", "t0", "t1", "label")
#: A change this much before a labelled range counts as the range's own: people label by eye.
EARLY_SECONDS = 0.5
#: And one this much after it, for it is late and not false.
LATE_SECONDS = 1.0


class TruthError(EdgeError):
    """The CSV of labelled ranges cannot be read or used."""


@dataclass(frozen=True, slots=True)
class Segment:
    """People saw the expression `label` (`none`: nobody) from `t0` to `t1` seconds of the recording."""

    t0: float
    t1: float
    label: str


def read_segments(path: Path, media: str) -> tuple[Segment, ...]:
    """The ranges in the CSV `path` (columns file, t0, t1, label; others are not read) whose file has the same name as
    `media`, in order of time. Raises TruthError with one line that names the file and the line."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as lines:
            reader = csv.DictReader(lines)
            missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
            if missing:
                raise TruthError(f"{path}: line 1: no column {', '.join(missing)}; needed: {', '.join(COLUMNS)}")
            rows = [(reader.line_num, row) for row in reader]
    except OSError as error:
        raise TruthError(f"{path}: cannot be read: {error.strerror or error}") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise TruthError(f"{path}: is not a CSV text file: {error}") from None
    name = Path(media).name
    found = [(number, _segment(path, number, row)) for number, row in rows if Path(row["file"] or "").name == name]
    if not found:
        raise TruthError(f"{path}: no line is about {name}")
    found.sort(key=lambda pair: pair[1].t0)
    for (_, one), (number, other) in itertools.pairwise(found):
        if other.t0 < one.t1:
            raise TruthError(f"{path}: line {number}: {other.t0:g}–{other.t1:g} s overlaps {one.t0:g}–{one.t1:g} s")
    return tuple(segment for _, segment in found)


def _segment(path: Path, number: int, row: dict[str, Any]) -> Segment:
    def seconds(name: str) -> float:
        text = row.get(name) or None
        try:
            value = float("" if text is None else text)
        except ValueError:
            raise TruthError(f"{path}: line {number}: {name} is {text!r}, not a number") from None
        if not math.isfinite(value) or value < 0:
            raise TruthError(f"{path}: line {number}: {name} is {text}, but must be 0 or more")
        return value

    t0, t1, label = seconds("t0"), seconds("t1"), (row["label"] or "").strip()
    if t1 <= t0:
        raise TruthError(f"{path}: line {number}: t1 ({t1:g}) must come after t0 ({t0:g})")
    if label not in (*LABELS, NONE, ABSENT):
        raise TruthError(f"{path}: line {number}: label is {label!r}; allowed: {', '.join(LABELS)}, {NONE}")
    return Segment(t0, t1, NONE if label == ABSENT else label)


@dataclass(frozen=True, slots=True)
class JudgedSegment:
    """A labelled range, and after how many seconds its expression held; None: not by LATE_SECONDS after its end."""

    segment: Segment
    delay: float | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Expressions are judged by segment, moods by time.

    A change of expression is false when it falls into a labelled range and no range from LATE_SECONDS before it to
    EARLY_SECONDS after it has its expression; outside all ranges it is `unjudged`. `mood_seconds` of the
    `labelled_seconds` had the labelled expression as the mood (nobody: `absent`).
    """

    segments: tuple[JudgedSegment, ...]
    false_changes: tuple[ExpressionChange, ...]
    unjudged_changes: int
    labelled_seconds: float
    mood_seconds: float

    @property
    def right_segments(self) -> int:
        return sum(judged.delay is not None for judged in self.segments)

    @property
    def median_delay(self) -> float | None:
        delays = [judged.delay for judged in self.segments if judged.delay is not None]
        return statistics.median(delays) if delays else None

    @property
    def mood_share(self) -> float:
        return self.mood_seconds / self.labelled_seconds if self.labelled_seconds else 0.0

    def to_dict(self) -> dict[str, Any]:
        """As `replay --truth --json` prints it."""
        return {
            "segments": [
                {
                    "t": round(judged.segment.t0, 3),
                    "expression": judged.segment.label,
                    "delay": None if judged.delay is None else round(judged.delay, 3),
                }
                for judged in self.segments
            ],
            "right_segments": self.right_segments,
            "right_share": round(self.right_segments / len(self.segments), 4) if self.segments else 0.0,
            "median_delay": None if self.median_delay is None else round(self.median_delay, 3),
            "false_changes": [{"t": round(c.at, 3), "expression": c.expression} for c in self.false_changes],
            "unjudged_changes": self.unjudged_changes,
            "labelled_seconds": round(self.labelled_seconds, 3),
            "mood_right_share": round(self.mood_share, 4),
        }

    def lines(self) -> list[str]:
        """The same for people."""
        lines = [f"right expression in {self.right_segments} of {len(self.segments)} labelled ranges"]
        for judged in self.segments:
            how = "never told" if judged.delay is None else f"told after {judged.delay:.2f} s"
            lines.append(f"{judged.segment.t0:8.2f} s  {judged.segment.label}: {how}")
        lines += [f"{false.at:8.2f} s  {false.expression}: false" for false in self.false_changes]
        seconds = f"{self.labelled_seconds:.1f} labelled seconds"
        return [*lines, f"the mood was the labelled expression for {self.mood_share:.0%} of {seconds}"]


def judge(
    expressions: Sequence[ExpressionChange],
    moods: Sequence[MoodChange],
    segments: Sequence[Segment],
    duration: float,
) -> Verdict:
    """Compares the changes of a recording of `duration` seconds with what people saw. Until the first change it shows
    `none` and `absent`. Segments come in order of time and do not overlap; they are cut off at `duration`."""
    segments = [replace(s, t1=min(s.t1, duration)) for s in segments if s.t0 < duration]
    shown = _to_intervals([(0.0, NONE), *((c.at, c.expression) for c in expressions)], duration)
    felt = _to_intervals([(0.0, ABSENT), *((c.at, c.mood) for c in moods)], duration)
    mood_seconds = sum(
        max(0.0, min(end, s.t1) - max(start, s.t0))
        for s in segments
        for start, end, mood in felt
        if mood == (ABSENT if s.label == NONE else s.label)
    )
    false, unjudged = [], 0
    for change in expressions:
        about = [s for s in segments if s.t0 - EARLY_SECONDS <= change.at <= s.t1 + LATE_SECONDS]
        if any(s.label == change.expression for s in about):
            continue
        if any(s.t0 <= change.at <= s.t1 for s in segments):
            false.append(change)
        else:
            unjudged += 1
    return Verdict(
        tuple(JudgedSegment(s, _delay(s, shown)) for s in segments),
        tuple(false),
        unjudged,
        sum(s.t1 - s.t0 for s in segments),
        mood_seconds,
    )


def _to_intervals(starts: Sequence[tuple[float, str]], duration: float) -> list[tuple[float, float, str]]:
    """(start, end, what held between them)."""
    ends = [at for at, _ in starts[1:]] + [max(duration, starts[-1][0])]
    return [(start, end, what) for (start, what), end in zip(starts, ends, strict=True)]


def _delay(segment: Segment, held: Sequence[tuple[float, float, str]]) -> float | None:
    """Seconds from the segment's start until its expression held; 0 where it already did, None where it never did."""
    for start, end, expression in held:
        if expression == segment.label and end > segment.t0 and start <= segment.t1 + LATE_SECONDS:
            return max(start - segment.t0, 0.0)
    return None
