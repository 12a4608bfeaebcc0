"""Faces at rest that read as something else, for the baseline and "this is my neutral face"."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from random import Random

from edge.cli.recording import Tally, play
from edge.config import Config, FacesConfig, MoodConfig
from edge.pipeline import Pipeline, build_pipeline
from edge.records import LABELS, NONE, Box, Scores
from edge.vision.classifier import Classifier
from edge.vision.look import Vision
from edge.vision.model import Model
from tests.recordings.cutouts import FACE, SIDE, Clip
from tests.recordings.film import Film, Person, plain_wall
from tests.recordings.material import Material, is_found
from tests.recordings.scenario import Outcome, Truth, turns
from tests.recordings.steady import SHELF

#: While it learns, the baseline's time constant is this instead of the default's 8 hours: REST_SECONDS of recording are
#: 27 hours in view then. The visits afterwards are at the default.
QUICK_HOURS = 0.005
REST_SECONDS = 60.0
SHOWN_SECONDS = 8.0
#: The least share of the crowd that calls a face neutral, and what the model may say of it instead: enough for a mood,
#: and at odds against neutral that learning takes back (a factor of 3.3: docs/mood.md).
MOSTLY = 0.4
DARK = ("angry", "sad")
CLEARLY = (0.56, 0.75)
ODDS = 2.2
#: What one glance at the face as it is stored may give of them, for the face to be composed into a recording at all.
GLANCE = (0.45, 0.9)
_HERE, _AWAY = 15.0, 5.0


def mean_scores(clip: Clip, model: Model, seconds: float = 10.0) -> Scores | None:
    """What the model says of the clip in a composed recording, on average over the head's sway; None where the face is
    not found."""
    film, vision = Film(seconds, (Person(((0.0, clip),)),), plain_wall(), SHELF), Vision(FacesConfig(), model)
    looks: list[Scores] = []
    for frame in list(film.frames())[::6]:
        faces = vision.look(frame.grey(), frame.t).faces
        looks += [face.expression.scores for face in faces[:1] if face.expression is not None]
    if len(looks) < 4:
        return None
    return tuple(sum(column) / len(looks) for column in zip(*looks, strict=True))


def misread(material: Material, model: Model) -> Iterator[tuple[Scores, Clip]]:
    """FER-2013 faces that at least MOSTLY of the crowd calls neutral, and what the model says of them: CLEARLY angry,
    or sad, at ODDS at most."""
    classifier, middle = Classifier(model), (SIDE - FACE) // 2
    for clip in material.everybody("neutral", MOSTLY):
        glance = classifier.classify(clip.at(0.0), Box(middle, middle, FACE, FACE))
        if not GLANCE[0] <= _darkest(glance.scores) <= GLANCE[1] or not is_found(clip):
            continue
        scores = mean_scores(clip, model)
        if scores is None or not CLEARLY[0] <= _darkest(scores) <= CLEARLY[1]:
            continue
        if _darkest(scores) <= ODDS * scores[LABELS.index("neutral")]:
            yield scores, clip


def _darkest(scores: Scores) -> float:
    return max(scores[LABELS.index(label)] for label in DARK)


def fresh(model: Model, baseline: object = None) -> Pipeline:
    """A device with the default configuration and this baseline (None: one that knows nobody)."""
    pipeline = build_pipeline(Config(), model, Random(0))
    if baseline is not None:
        pipeline.expressions.baseline.restore(baseline)
    return pipeline


def accustomed(model: Model, clip: Clip) -> dict[str, object]:
    """The baseline of a device before which the face has rested for 27 hours."""
    quick = build_pipeline(Config(mood=MoodConfig(baseline_hours=QUICK_HOURS)), model, Random(0))
    _watch(quick, clip, REST_SECONDS)
    return quick.expressions.baseline.to_dict()


def shown(model: Model, clip: Clip) -> dict[str, object]:
    """The baseline of a device to which the face was shown as neutral. Raises ValueError where that failed."""
    pipeline = fresh(model)
    pipeline.expressions.calibrate(0.0)
    _watch(pipeline, clip, SHOWN_SECONDS)
    if pipeline.expressions.calibration.state != "done":
        raise ValueError(pipeline.expressions.calibration.message)
    return pipeline.expressions.baseline.to_dict()


def _watch(pipeline: Pipeline, clip: Clip, seconds: float) -> None:
    film = Film(seconds, (Person(((0.0, clip),)),), plain_wall(), SHELF)
    for _ in play(film.frames(), pipeline, Tally()):
        pass


def visits(faces: Sequence[tuple[str, Clip]]) -> tuple[Film, Truth]:
    """One after the other comes, stays for 15 s, and leaves; for 5 s between nobody is there."""
    people: list[Person] = []
    moods: list[tuple[float, str]] = [(0.0, NONE)]
    for i, (mood, clip) in enumerate(faces):
        start = _AWAY + i * (_HERE + _AWAY)
        people.append(Person(((0.0, clip),), here=((start, start + _HERE),), seed=i))
        moods += [(start + 0.6, mood), (start + _HERE - 0.2, NONE)]
    seconds = _AWAY + len(faces) * (_HERE + _AWAY)
    return Film(seconds, tuple(people), plain_wall(), SHELF), turns(moods, seconds)


def with_others(material: Material, clip: Clip) -> tuple[Film, Truth]:
    """The resting face; somebody else smiles; somebody else is very sad; the resting face again."""
    smile, tears = material.stretch("the same, happy"), material.photo("sad_074.jpg")
    return visits([("neutral", clip), ("happy", smile), ("sad", tears), ("neutral", clip)])


def neutral_share(result: Outcome, film: Film, truth: Truth) -> float:
    """Of the time of the resting face, for how much it was neutral."""
    changes = [*result.changes, None]
    held = [(one.at, other.at if other else film.seconds, one.expression) for one, other in pairwise(changes) if one]
    resting = [part for part in truth if part.label == "neutral"]
    right = sum(
        max(0.0, min(end, part.t1) - max(start, part.t0))
        for part in resting
        for start, end, expression in held
        if expression == "neutral"
    )
    return right / sum(part.t1 - part.t0 for part in resting)
