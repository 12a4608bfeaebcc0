"""Whatever a configuration may say, the deciding code lives with it: no option's edge breaks it."""

from collections.abc import Iterator
from itertools import combinations, product
from pathlib import Path
from random import Random

import pytest

from edge import config
from edge.config import Config, MoodConfig
from edge.config.options import walk
from edge.errors import ConfigError
from edge.mood.expression import ExpressionFilter
from edge.mood.room import RoomMood
from edge.records import LABELS, NONE, Face
from tests.mood.streams import CALM, SMILE, TEARS, face

#: The ends of what each number of the mood may be, and its default.
RANGES: dict[str, tuple[float, ...]] = {
    name: (*map(float, option.kind.span.split(" ")[:3:2]), default)
    for name, option, default in walk(MoodConfig())
    if option.kind.span
}


def settings() -> list[dict[str, float]]:
    """Each option at its ends, and two hundred pairs of options at theirs."""
    alone = [{name: end} for name, ends in RANGES.items() for end in ends]
    pairs = [
        {one: first, other: second}
        for one, other in combinations(RANGES, 2)
        for first, second in product(RANGES[one], RANGES[other])
    ]
    return alone + Random(1).sample(pairs, 200)


def evening() -> Iterator[tuple[float, tuple[Face, ...]]]:
    """Somebody comes, smiles, is joined by somebody sad, is left alone, and goes."""
    for step in range(200):
        now = step * 0.5
        faces = [face(SMILE if now > 20 else CALM)] if 5 <= now < 80 else []
        if 40 <= now < 60:
            faces.append(face(TEARS, track=2, quality=0.4))
        yield now, tuple(faces)


def loaded(folder: Path, options: dict[str, float]) -> Config | None:
    """None where the options contradict each other: that is said in a line."""
    file = folder / "config.yaml"
    file.write_text("mood:\n" + "".join(f"  {name}: {value}\n" for name, value in options.items()))
    try:
        return config.load(file, {})
    except ConfigError as error:
        assert all("must not be above" in line for line in error.problems)
        return None


def test_no_setting_breaks_what_decides(tmp_path: Path) -> None:
    for options in settings():
        chosen = loaded(tmp_path, options)
        if chosen is None:
            continue
        expressions, room = ExpressionFilter(chosen.mood), RoomMood(chosen.mood)
        for now, faces in evening():
            expression, _ = expressions.update(faces, now)
            mood, _ = room.update(expression, len(faces), now)
            assert expression.label in (*LABELS, NONE), options
            assert 0.0 <= expression.confidence <= 1.0001, options
            assert 0.0 <= mood.strength <= 1.0, options
            assert sum(mood.shares) == pytest.approx(0.0 if mood.label == "absent" else 1.0, abs=1e-6), options


@pytest.mark.parametrize("quality", [0.16, 0.5, 1.0])
@pytest.mark.parametrize("smoothing", [0.05, 2.0, 10.0, 60.0])
def test_with_slow_smoothing_one_look_does_not_decide(smoothing: float, quality: float) -> None:
    """What was seen is forgotten by time, whatever it weighs."""
    expressions = ExpressionFilter(MoodConfig(smoothing_seconds=smoothing, baseline=False))
    for step in range(400):
        expressions.update((face(CALM, quality=quality),), step * 0.25)
    expression, _ = expressions.update((face(SMILE, quality=quality),), 100.0)
    assert expression.scores[LABELS.index("neutral")] > 0.5 or smoothing == 0.05
    assert expression.label == "neutral"
