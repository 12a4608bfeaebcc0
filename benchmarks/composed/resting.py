"""Faces at rest that read as something else, for the baseline and "this is my neutral face"."""

from collections.abc import Sequence
from random import Random

from benchmarks.composed.cutouts import Clip
from benchmarks.composed.film import Film, Person, plain_wall
from benchmarks.composed.material import Material
from benchmarks.composed.scenario import Truth, turns
from benchmarks.composed.steady import SHELF
from edge.config import Config, FacesConfig, MoodConfig
from edge.pipeline import Pipeline, build_pipeline
from edge.records import ABSENT, LABELS, Scores
from edge.vision.look import Vision
from edge.vision.model import Model

#: The baseline's time constant here, so that minutes stand for days: with 0.02 h, where the default is 8 h, four
#: minutes of recording are what 27 hours in view are at home.
QUICK_HOURS = 0.02
REST_SECONDS = 240.0
#: The share of the crowd that calls a face neutral, and what the model may say of it instead.
MOSTLY = 0.5
DARK = ("angry", "sad")
CLEARLY = (0.6, 0.85)
_HERE, _AWAY = 15.0, 5.0


def mean_scores(clip: Clip, model: Model, seconds: float = 4.0) -> Scores | None:
    """What the model says of the clip in a composed recording, on average; None where the face is not found."""
    film, vision = Film(seconds, (Person(((0.0, clip),)),), plain_wall(), SHELF), Vision(FacesConfig(), model)
    looks: list[Scores] = []
    for frame in list(film.frames())[::6]:
        faces = vision.step(frame.grey(), frame.t).faces
        looks += [face.expression.scores for face in faces[:1] if face.expression is not None]
    if len(looks) < 5:
        return None
    return tuple(sum(column) / len(looks) for column in zip(*looks, strict=True))


def misread(material: Material, model: Model, count: int) -> list[tuple[str, Clip]]:
    """`count` FER-2013 faces that at least half of the crowd calls neutral and to which the model gives CLEARLY of
    angry or of sad: enough for a mood, and not more than learning takes back."""
    found = []
    for clip in material.crowd("neutral", 1000, MOSTLY):
        scores = mean_scores(clip, model, seconds=1.5)
        if scores is None or not CLEARLY[0] <= max(scores) <= CLEARLY[1]:
            continue
        if (label := LABELS[scores.index(max(scores))]) in DARK:
            found.append((label, clip))
            if len(found) == count:
                break
    return found


def device(model: Model, baseline: bool = True) -> Pipeline:
    """A device whose baseline learns quickly."""
    mood = MoodConfig(baseline=baseline, baseline_hours=QUICK_HOURS)
    return build_pipeline(Config(mood=mood), model, Random(0))


def rest_and_visits(calm: Clip, shown: Sequence[tuple[str, Clip]], rest: float = REST_SECONDS) -> tuple[Film, Truth]:
    """A calm face for `rest` seconds, then one after the other what is `shown`, with nobody between. Only these are
    labelled: while the device learns, it may be wrong."""
    people = [Person(((0.0, calm),), here=((0.0, rest),))]
    moods: list[tuple[float, str]] = [(rest + 0.2, ABSENT)]
    for i, (mood, clip) in enumerate(shown):
        start = rest + _AWAY + i * (_HERE + _AWAY)
        people.append(Person(((0.0, clip),), here=((start, start + _HERE),), seed=i))
        moods += [(start + 0.6, mood), (start + _HERE - 0.2, ABSENT)]
    seconds = rest + _AWAY + len(shown) * (_HERE + _AWAY)
    return Film(seconds, tuple(people), plain_wall(), SHELF), turns(moods, seconds)
