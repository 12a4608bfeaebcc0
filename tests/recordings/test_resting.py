"""Calm faces that the model reads as sad or angry, and what the baseline and the calibration make of them."""

from itertools import islice

import pytest

from edge.records import NONE
from edge.vision.model import Model
from tests.recordings.cutouts import Clip
from tests.recordings.material import Material
from tests.recordings.resting import accustomed, fresh, misread, neutral_share, shown, with_others
from tests.recordings.scenario import run

pytestmark = pytest.mark.bench

FACES = 3
#: What is told of the visits: the resting face, somebody who smiles, somebody very sad, the resting face again.
TOLD = ["neutral", NONE, "happy", NONE, "sad", NONE, "neutral", NONE]


@pytest.fixture(scope="module")
def calm(material: Material, model: Model) -> list[Clip]:
    """FER-2013 faces that most of the crowd calls neutral and this model does not."""
    found = [clip for _, clip in islice(misread(material, model), FACES)]
    assert found, "this model misreads no such face: widen what tests/recordings/resting.py looks for"
    return found


@pytest.fixture
def face(request: pytest.FixtureRequest, calm: list[Clip]) -> Clip:
    number: int = request.param
    if number >= len(calm):
        pytest.skip(f"this model misreads only {len(calm)} of the crowd's neutral faces")
    return calm[number]


@pytest.mark.parametrize("face", range(FACES), indirect=True)
def test_a_calm_face_is_learned_and_others_still_get_through(face: Clip, material: Material, model: Model) -> None:
    film, truth = with_others(material, face)
    new = run(film, truth, fresh(model))
    used_to_it = run(film, truth, fresh(model, accustomed(model, face)))
    assert used_to_it.told == TOLD
    assert max(used_to_it.delays) <= 2.2
    assert neutral_share(used_to_it, film, truth) > neutral_share(new, film, truth)


@pytest.mark.parametrize("face", range(FACES), indirect=True)
def test_a_face_shown_as_neutral_is_neutral_and_others_still_get_through(
    face: Clip, material: Material, model: Model
) -> None:
    film, truth = with_others(material, face)
    result = run(film, truth, fresh(model, shown(model, face)))
    assert result.told == TOLD
    assert max(result.delays) <= 2.2
