"""An evening as a recording: its first person's faces before a wall, through the whole pipeline."""

from random import Random

from benchmarks.composed.cutouts import Clip
from benchmarks.composed.film import Film, Person, plain_wall
from benchmarks.composed.material import Material
from benchmarks.composed.scenario import Reel
from benchmarks.composed.steady import SHELF
from benchmarks.evenings.people import AGREED
from benchmarks.evenings.script import Evening
from benchmarks.evenings.told import Told
from edge.cli.recording import Tally, play
from edge.config import Config
from edge.pipeline import build_pipeline
from edge.records import ABSENT, LABELS
from edge.vision.model import Model

#: Faces of each expression; of the rare ones fewer voters agree.
FACES = 4
LEAST_AGREED = {"disgust": 0.5, "fear": 0.6}


def shoot(evening: Evening, material: Material, seed: int) -> Film:
    """`evening` as a film of FER-2013 faces on which the crowd agrees."""
    rng = Random(seed)
    faces = {label: list(material.crowd(label, FACES, LEAST_AGREED.get(label, AGREED))) for label in LABELS}
    shown: list[tuple[float, Clip]] = []
    here: list[tuple[float, float]] = []
    for span in evening.spans[0]:
        if span.expression == ABSENT:
            continue
        shown.append((span.start, rng.choice(faces[span.expression])))
        if here and here[-1][1] >= span.start - 0.01:
            here[-1] = here[-1][0], span.end
        else:
            here.append((span.start, span.end))
    if shown:
        shown[0] = 0.0, shown[0][1]
    return Film(evening.seconds, (Person(tuple(shown), here=tuple(here)),), plain_wall(), SHELF)


def tell(film: Film, model: Model) -> tuple[Told, int]:
    """The moods told of it at the daemon's own pace, and how many changes of expression."""
    tally, moods = Tally(), list[tuple[float, str]]()
    for reading in play(Reel(film.frames()), build_pipeline(Config(), model, Random(0)), tally):
        if reading.change is not None:
            moods.append((reading.change.at, reading.change.mood))
    return moods, tally.expression_changes
