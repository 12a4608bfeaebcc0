"""A calm face that the model reads as sad or angry, and what the baseline and the calibration make of it."""

import pytest

from benchmarks.composed.film import Film, Person, plain_wall
from benchmarks.composed.material import Material
from benchmarks.composed.resting import REST_SECONDS, device, misread, rest_and_visits
from benchmarks.composed.scenario import Reel, run, steady
from benchmarks.composed.steady import SHELF
from edge.recording import Tally, play
from edge.records import ABSENT
from edge.vision.model import Model

pytestmark = pytest.mark.long

FACES = 1


@pytest.fixture(scope="module")
def calm(material: Material, model: Model) -> list[tuple[str, object]]:
    """FER-2013 faces that most of the crowd calls neutral and this model does not, with what it says."""
    found = misread(material, model, FACES)
    if not found:
        pytest.skip("this model reads every one of the crowd's neutral faces as neutral")
    return list(found)


@pytest.mark.parametrize("number", range(FACES))
def test_a_calm_face_is_learned_and_others_still_get_through(
    number: int, calm: list[tuple[str, object]], material: Material, model: Model
) -> None:
    if number >= len(calm):
        pytest.skip(f"this model misreads only {len(calm)} of the crowd's neutral faces")
    _, face = calm[number]
    smile, tears = material.stretch("the same, happy"), material.photo("sad_074.jpg")
    film, truth = rest_and_visits(face, [("happy", smile), ("sad", tears), ("neutral", face)])  # type: ignore[arg-type, list-item]
    without = run(film, truth, device(model, baseline=False))
    learned = run(film, truth, device(model))
    visits = [change.mood for change in learned.changes if change.at > REST_SECONDS]
    assert visits == [ABSENT, "happy", ABSENT, "sad", ABSENT, "neutral", ABSENT]
    assert max(learned.delays) <= 2.2
    assert learned.verdict.right_share > without.verdict.right_share, "without it this face is not neutral"


@pytest.mark.parametrize("number", range(FACES))
def test_a_face_shown_as_neutral_is_neutral_and_others_still_get_through(
    number: int, calm: list[tuple[str, object]], material: Material, model: Model
) -> None:
    if number >= len(calm):
        pytest.skip(f"this model misreads only {len(calm)} of the crowd's neutral faces")
    _, face = calm[number]
    pipeline = device(model, baseline=False)
    reel = Film(8.0, (Person(((0.0, face),)),), plain_wall(), SHELF)  # type: ignore[arg-type]
    readings = play(Reel(reel.frames()), pipeline, Tally())
    next(readings)
    pipeline.moods.calibrate(0.0)
    assert list(readings)
    assert pipeline.moods.calibration.state == "done"
    smile, tears = material.stretch("the same, happy"), material.photo("sad_074.jpg")
    shown = [("neutral", face), ("happy", smile), ("sad", tears)]
    film, truth = rest_and_visits(face, shown, rest=8.0)  # type: ignore[arg-type]
    fresh = device(model, baseline=False)
    fresh.moods.baseline.restore(pipeline.moods.baseline.to_dict())
    result = run(film, truth, fresh)
    assert [change.mood for change in result.changes] == [
        "neutral",
        ABSENT,
        "neutral",
        ABSENT,
        "happy",
        ABSENT,
        "sad",
        ABSENT,
    ]
    assert steady("neutral", 8.0)[0].label == result.changes[0].mood
