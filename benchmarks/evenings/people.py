"""Who lives in the evenings: faces of PublicTest with what the model says of them."""

import copy
import math
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from random import Random

from edge.records import LABELS, Box, Image, Scores
from edge.vision.classifier import Classifier
from edge.vision.model import load_model
from edge.vision.preprocess import InputSpec, crop
from tests.mood.wander import Wander
from tests.recordings.cutouts import CrowdFace, crowd_faces, read_crowd_face

NEUTRAL = LABELS.index("neutral")
#: A calm face wanders as one recorded man's does (tests.mood.wander); one that shows something holds it more steadily.
NOISE, SHOWN_NOISE = 1.0, 0.7
#: Share of the voters that must agree on a face; of the rare expressions, whose voters seldom do, the best are taken.
AGREED = 0.8
FEWEST = 12
#: How many faces a person has for each expression.
FACES = 3

#: label: what the model says of each face on which the crowd agrees.
Cast = Mapping[str, list[Scores]]


def cast(shared_data: Path, *, judging: bool) -> Cast:
    """The faces of half of PublicTest: one half to choose by, the other to judge by. A face is in one of them only.

    `shared_data` holds fer2013.zip and ferplus.csv; a face counts for what its voters agree on.
    """
    classifier = Classifier(load_model(None, 1))
    said: dict[str, list[Scores]] = {}
    for label in LABELS:
        half = [face for face in crowd_faces(shared_data, label, 0.3) if _is_odd(face.file) == judging]
        half.sort(key=lambda face: face.share, reverse=True)
        mine = half[: max(FEWEST, sum(face.share >= AGREED for face in half))]
        said[label] = [classifier.classify_crop(_crop(shared_data, face, classifier.input)).scores for face in mine]
    return said


def _is_odd(name: str) -> bool:
    return zlib.crc32(name.encode()) % 2 == 1


def _crop(shared_data: Path, face: CrowdFace, spec: InputSpec) -> Image:
    """The face as FER-2013 has it: that is what the classifier's crops look like."""
    tight = read_crowd_face(shared_data, face)
    return crop(tight, Box(0, 0, tight.shape[1], tight.shape[0]), spec, margin=0.0, lift=0.0)


class Person:
    """Somebody with a few faces for each expression. `at` must be called with times that do not go back."""

    def __init__(self, faces: Cast, seed: int) -> None:
        rng = Random(seed)
        self._looks = {
            label: [_wander(rng.choice(faces[label]), rng.randrange(1 << 30), label) for _ in range(FACES)]
            for label in LABELS
        }
        self._rng = rng
        self._present: Wander | None = None

    def calm_looks(self, each: int = 100) -> Iterator[Scores]:
        """Looks at this person at rest, five seconds apart; not those that `at` gives."""
        for wander in self._looks["neutral"]:
            resting = copy.deepcopy(wander)
            yield from (resting.at(5.0 * number) for number in range(each))

    def turn(self, label: str) -> None:
        """A new bout begins: one of this person's faces for `label`."""
        self._present = self._rng.choice(self._looks[label])

    def at(self, now: float) -> Scores:
        assert self._present is not None, "turn(label) comes before at"
        return self._present.at(now)


def _wander(scores: Scores, seed: int, label: str) -> Wander:
    floor = 1e-4
    means = {
        name: math.log(max(score, floor) / max(scores[NEUTRAL], floor))
        for name, score in zip(LABELS, scores, strict=True)
        if name != "neutral"
    }
    return Wander(seed, means, NOISE if label == "neutral" else SHOWN_NOISE)
