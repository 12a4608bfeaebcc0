"""Streams of looks for the tests of the mood, and the changes they bring about."""

from collections.abc import Callable, Iterable, Iterator

from edge.mood.expression import ExpressionFilter
from edge.records import LABELS, Box, Expression, ExpressionChange, Face, Scores


def face(looked: Scores | None, track: int = 1, quality: float = 0.8, width: int = 120, confirmed: bool = True) -> Face:
    return Face(track, Box(200, 100, width, width), quality, None if looked is None else Expression(looked), confirmed)


def scores(**shares: float) -> Scores:
    """Seven probabilities; what is not named shares the rest."""
    rest = (1.0 - sum(shares.values())) / (len(LABELS) - len(shares))
    return tuple(shares.get(label, rest) for label in LABELS)


CALM = scores(neutral=0.8, sad=0.14)
SMILE = scores(happy=0.95)
TEARS = scores(sad=0.9, neutral=0.08)


def times(looks_per_second: float, seconds: float, start: float = 0.0) -> Iterator[float]:
    for i in range(round(seconds * looks_per_second)):
        yield start + i / looks_per_second


def always(*faces: Face) -> Callable[[float], tuple[Face, ...]]:
    """The same faces all the time."""
    return lambda now: faces


def turning(before: Scores, after: Scores, turn: float) -> Callable[[float], tuple[Face, ...]]:
    """A face that is looked at in one way until `turn`, and in another from then on."""
    return lambda now: (face(before if now < turn else after),)


def play(
    moods: ExpressionFilter, faces_at: Callable[[float], Iterable[Face]], when: Iterable[float]
) -> list[ExpressionChange]:
    """Every change that the faces at these times bring about."""
    found = (moods.update(tuple(faces_at(now)), now)[1] for now in when)
    return [change for change in found if change is not None]


def settled(moods: ExpressionFilter, looked: Scores = CALM, until: float = 10.0) -> ExpressionFilter:
    """The same filter after somebody has been in view for a while."""
    play(moods, lambda _: (face(looked),), times(10, until))
    return moods


def told(changes: Iterable[ExpressionChange]) -> list[str]:
    return [change.expression for change in changes]
