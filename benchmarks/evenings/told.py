"""What the daemon tells of an evening: its expressions by the real filter, its moods by the real rule."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import mean

from benchmarks.evenings.people import Cast, Person
from benchmarks.evenings.script import Episode, Evening, Span
from edge.config import MoodConfig, PaceConfig
from edge.mood.baseline import Baseline
from edge.mood.expression import NO_SCORES, ExpressionFilter
from edge.mood.pace import Pace
from edge.mood.room import RoomMood
from edge.records import ABSENT, NONE, Face, RoomExpression
from tests.mood.streams import face

#: The rule of the mood is asked so often; the daemon asks it at every look.
STEP_SECONDS = 0.5
#: An episode's first minute is the mood's to find out; that a mood is over is told within three.
FIRST_SECONDS, OVER_SECONDS = 60.0, 180.0

#: From when on which expression or mood was told.
TimedLabels = Sequence[tuple[float, str]]


def tell_expressions(evening: Evening, cast: Cast, seed: int) -> TimedLabels:
    """The expressions told in `evening`, looked at with the daemon's pace."""
    people = [Person(cast, seed * 100 + number) for number in range(len(evening.spans))]
    spans = [iter(own) for own in evening.spans]
    present: list[Span | None] = [None] * len(people)
    expressions, pace = ExpressionFilter(MoodConfig()), Pace(PaceConfig())
    expressions.baseline = accustomed(people)
    told: list[tuple[float, str]] = [(0.0, NONE)]
    now = 0.0
    while now < evening.seconds:
        faces: list[Face] = []
        for number, person in enumerate(people):
            span = present[number]
            while span is None or span.end <= now:
                span = present[number] = next(spans[number], Span(now, evening.seconds + 1, ABSENT))
                if span.expression != ABSENT and span.end > now:
                    person.turn(span.expression)
            if span.expression != ABSENT:
                faces.append(face(person.at(now), track=number + 1))
        change = expressions.update(tuple(faces), now)[1]
        if change is not None:
            told.append((now, change.expression))
        settled = expressions.settled_seconds(now)
        now += pace.next_interval(bool(faces), bool(faces) and settled == 0.0, settled)
    return told


def accustomed(people: Sequence[Person]) -> Baseline:
    """The baseline of a device that has known these people's calm faces for days (docs/mood.md, "The resting face")."""
    looks = [look for person in people for look in person.calm_looks()]
    return Baseline(MoodConfig().baseline_hours, tuple(mean(column) for column in zip(*looks, strict=True)))


def tell_moods(expressions: TimedLabels, seconds: float, config: MoodConfig) -> TimedLabels:
    """The moods that these expressions make."""
    room, told = RoomMood(config), list[tuple[float, str]]()
    changes = iter([*expressions[1:], (float("inf"), NONE)])
    label, (following, following_label) = expressions[0][1], next(changes)
    for step in range(int(seconds / STEP_SECONDS)):
        now = step * STEP_SECONDS
        while following <= now:
            label, (following, following_label) = following_label, next(changes)
        change = room.update(RoomExpression(label, 1.0, NO_SCORES, now), int(label != NONE), now)[1]
        if change is not None:
            told.append((now, change.mood))
    return told


@dataclass(frozen=True, slots=True)
class Score:
    """Of one evening: changes of mood an hour, what share of the judged time had the mood that was meant, and after how
    many seconds each episode's mood was told (None: never)."""

    hours: float
    changes: int
    right_share: float
    settled_share: float  # the same, but neutral episodes are judged from OVER_SECONDS on
    delays: tuple[float | None, ...]
    by_kind: tuple[tuple[str, float, float], ...]  # kind, seconds judged, seconds right

    @property
    def per_hour(self) -> float:
        return self.changes / self.hours


def score(evening: Evening, moods: TimedLabels) -> Score:
    """Holds the moods told against those meant; the first change, when somebody arrives, is none."""
    held = [(start, end, mood) for (start, mood), (end, _) in pairwise([(0.0, ABSENT), *moods, (evening.seconds, "")])]
    meant = [e for e in evening.episodes if e.kind.meant and e.end - e.start > OVER_SECONDS]
    judged = [(e.name, *_right(e, held, FIRST_SECONDS)) for e in meant]
    settled = [_right(e, held, OVER_SECONDS if e.kind.meant == "neutral" else FIRST_SECONDS) for e in meant]
    seconds = sum(judged_seconds for _, judged_seconds, _ in judged)
    right = sum(right_seconds for _, _, right_seconds in judged)
    settled_share = sum(r for _, r in settled) / max(sum(s for s, _ in settled), 1.0)
    delays = tuple(_delay(e, held) for e in meant)
    return Score(
        evening.seconds / 3600,
        max(len(moods) - 1, 0),
        right / seconds if seconds else 1.0,
        settled_share,
        delays,
        tuple(judged),
    )


def _right(episode: Episode, held: Sequence[tuple[float, float, str]], after: float) -> tuple[float, float]:
    """Seconds judged, and of them those with the mood that was meant."""
    start = episode.start + after
    right = sum(
        max(0.0, min(end, episode.end) - max(begin, start)) for begin, end, m in held if m == episode.kind.meant
    )
    return episode.end - start, right


def _delay(episode: Episode, held: Sequence[tuple[float, float, str]]) -> float | None:
    for start, end, mood in held:
        if mood == episode.kind.meant and end > episode.start and start < episode.end:
            return max(start - episode.start, 0.0)
    return None


def shares_right(scores: Sequence[Score]) -> Iterator[tuple[str, float, float]]:
    """For each kind of episode: hours judged, and the share of them with the mood that was meant."""
    kinds = sorted({kind for one in scores for kind, _, _ in one.by_kind})
    for kind in kinds:
        seconds = sum(s for one in scores for k, s, _ in one.by_kind if k == kind)
        right = sum(r for one in scores for k, _, r in one.by_kind if k == kind)
        yield kind, seconds / 3600, right / seconds


def mean_right(scores: Sequence[Score]) -> float:
    return mean(one.right_share for one in scores)
