"""What happens in a room during an evening: episodes, and in them bouts of expression, as chance has them."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from random import Random

from edge.records import ABSENT

#: Seconds; the logarithm of a bout's length is normal with these medians and this spread. Where people are moved or in
#: company 95 % last 1.0 to 26 s: a man who talks was recorded smiling for 1.4 to 36 s at a time, and amused smiles are
#: longer than polite ones (Hoque, Morency, Picard, ACII 2011). Of a calm person 95 % last 0.4 to 11 s: spontaneous
#: smiles are of half a second to four (Frank and Ekman).
BOUT_SECONDS, CALM_BOUT_SECONDS, BOUT_SPREAD = 5.0, 2.0, 0.85
#: A mood is looked for in a bout's expression from this share of the time on; below HARDLY the episode is neutral.
CLEARLY, HARDLY = 0.2, 0.08


@dataclass(frozen=True, slots=True)
class Kind:
    """`shares`: expression: share of the time in which it is shown (neutral has the rest). `meant` is the mood people
    would name, None where they would not agree. `away`: how often an hour nobody is in view, and for how long."""

    meant: str | None
    shares: Mapping[str, float] = field(default_factory=dict)
    away_per_hour: float = 6.0
    away_seconds: tuple[float, float] = (3.0, 40.0)
    people: int = 1
    bout_seconds: float = BOUT_SECONDS


KINDS: Mapping[str, Kind] = {
    "calm": Kind("neutral", {"happy": 0.04, "surprise": 0.005}, bout_seconds=CALM_BOUT_SECONDS),
    "reading": Kind("neutral", {}, away_per_hour=2.0),
    "cheerful": Kind("happy", {"happy": 0.35, "surprise": 0.03}),
    "laughs a fifth of the time": Kind("happy", {"happy": 0.2, "surprise": 0.01}),
    "a friend tells stories": Kind("happy", {"happy": 0.3, "surprise": 0.05}, people=2),
    "sad": Kind("sad", {"sad": 0.5, "happy": 0.01}),
    "tense": Kind("angry", {"angry": 0.35, "surprise": 0.02, "sad": 0.03}),
    "talk": Kind(None, {"happy": 0.13, "surprise": 0.03, "sad": 0.01}, people=2),
    "coming and going": Kind(
        "neutral", {"happy": 0.05}, away_per_hour=30.0, away_seconds=(5.0, 55.0), bout_seconds=CALM_BOUT_SECONDS
    ),
    "nobody": Kind(ABSENT),
}
#: How an evening goes: which kind, how likely, and for how many minutes.
LIKELY: tuple[tuple[str, float, tuple[float, float]], ...] = (
    ("calm", 5, (8, 40)),
    ("reading", 2, (10, 40)),
    ("cheerful", 2, (5, 25)),
    ("laughs a fifth of the time", 2, (8, 25)),
    ("a friend tells stories", 1, (8, 30)),
    ("sad", 1, (5, 25)),
    ("tense", 1, (4, 15)),
    ("talk", 3, (8, 30)),
    ("coming and going", 1, (8, 20)),
    ("nobody", 2, (3, 30)),
)
#: Not a mood: a yawn, a sneeze, singing, a look at the sun. How often an hour, what it reads as, and for how long.
ACCIDENTS_PER_HOUR = 6.0
ACCIDENTS = ("surprise", "sad", "angry", "fear", "disgust", "happy")
ACCIDENT_SECONDS = (2.0, 10.0)


@dataclass(frozen=True, slots=True)
class Span:
    """From `start` to `end` (seconds) somebody shows `expression`; ABSENT where nobody is in view."""

    start: float
    end: float
    expression: str


@dataclass(frozen=True, slots=True)
class Episode:
    start: float
    end: float
    kind: Kind
    name: str


@dataclass(frozen=True, slots=True)
class Evening:
    """`spans` follow each other without a hole, one list a person; the mood that is meant stands in `episodes`."""

    episodes: tuple[Episode, ...]
    spans: tuple[tuple[Span, ...], ...]
    seconds: float


def write(seed: int, hours: float) -> Evening:
    """An evening of `hours`."""
    rng = Random(seed)
    seconds, now = hours * 3600.0, 0.0
    episodes: list[Episode] = []
    names = [name for name, _, _ in LIKELY]
    while now < seconds:
        name = rng.choices(names, [weight for _, weight, _ in LIKELY])[0]
        least, most = next(minutes for called, _, minutes in LIKELY if called == name)
        end = min(now + rng.uniform(least, most) * 60.0, seconds)
        episodes.append(Episode(now, end, KINDS[name], name))
        now = end
    people = max(episode.kind.people for episode in episodes)
    spans = [tuple(s for e in episodes for s in _person(e, person, Random(rng.random()))) for person in range(people)]
    return Evening(tuple(episodes), tuple(spans), seconds)


def _person(episode: Episode, person: int, rng: Random) -> Iterator[Span]:
    if episode.kind.meant == ABSENT or person >= episode.kind.people:
        yield Span(episode.start, episode.end, ABSENT)
        return
    now = episode.start
    for start, end, what in _interruptions(episode, rng):
        yield from _bouts(episode.kind, now, start, rng)
        yield Span(max(start, now), end, what)
        now = end
    yield from _bouts(episode.kind, now, episode.end, rng)


def _interruptions(episode: Episode, rng: Random) -> Iterator[tuple[float, float, str]]:
    """Times away and accidents, one after the other."""
    kind, now = episode.kind, episode.start
    per_hour = kind.away_per_hour + ACCIDENTS_PER_HOUR
    while True:
        start = now + rng.expovariate(per_hour / 3600.0)
        if rng.random() * per_hour < kind.away_per_hour:
            end, what = start + rng.uniform(*kind.away_seconds), ABSENT
        else:
            end, what = start + rng.uniform(*ACCIDENT_SECONDS), rng.choice(ACCIDENTS)
        if end >= episode.end:
            return
        yield start, end, what
        now = end


def _bouts(kind: Kind, start: float, end: float, rng: Random) -> Iterator[Span]:
    """Bouts of expression, neutral between them, so that each has its share of the time in the mean."""
    shown = sum(kind.shares.values())
    mean_bout = kind.bout_seconds * math.exp(BOUT_SPREAD**2 / 2)
    now = start
    while now < end:
        calm = rng.expovariate(shown / ((1.0 - shown) * mean_bout)) if shown else end - now
        if calm > 0:
            yield Span(now, min(now + calm, end), "neutral")
        now += calm
        if now >= end:
            return
        label = rng.choices(list(kind.shares), list(kind.shares.values()))[0]
        until = min(now + rng.lognormvariate(math.log(kind.bout_seconds), BOUT_SPREAD), end)
        yield Span(now, until, label)
        now = until
