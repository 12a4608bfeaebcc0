"""Composed recordings that every run of the tests has: half a minute each, the two portraits of the repository.

scripts/bench plays the long ones.
"""

from pathlib import Path
from random import Random

import cv2
import pytest

from edge.config import Config
from edge.pipeline import build_pipeline
from edge.records import NONE
from edge.vision.model import Model
from tests.cli.results import lines
from tests.daemon.process import edge
from tests.recordings.changing import one_person
from tests.recordings.film import FPS, HEIGHT, WIDTH, Camera, Film, Person, Span, cluttered_wall, plain_wall
from tests.recordings.material import Material, portrait
from tests.recordings.scenario import Outcome, outcome, run, steady
from tests.recordings.steady import SHAKEN, SHELF, every, steady_scenarios

SMILING = portrait("eileen_collins.png")
SECONDS = 30.0


def played(model: Model, film: Film, mood: str, fps: float | None = None) -> Outcome:
    return run(film, steady(mood, film.seconds), build_pipeline(Config(), model, Random(0)), fps)


def smiling(
    camera: Camera = SHELF,
    *,
    here: tuple[Span, ...] = Person.here,
    hand: tuple[Span, ...] = (),
    hidden: tuple[Span, ...] = (),
) -> Film:
    person = Person(((0.0, SMILING),), here=here, hand=hand, hidden=hidden)
    return Film(SECONDS, (person,), plain_wall(), camera)


@pytest.mark.parametrize("camera", [SHELF, SHAKEN], ids=["on a shelf", "shaking"])
def test_a_smile_before_a_cheap_camera_is_one_mood_told_within_two_seconds(camera: Camera, model: Model) -> None:
    result = played(model, smiling(camera), "happy")
    assert result.told == ["happy"]
    assert result.delays[-1] <= 2.0


def test_a_recording_of_somebody_sad_who_cheers_up_is_replayed_as_sad_and_then_happy(
    python_env: dict[str, str], tmp_path: Path
) -> None:
    sad, smiling = portrait("grace_hopper.jpg", 0.05, 0.03), portrait("grace_hopper.jpg", -0.15)
    person = Person(((0.0, sad), (8.0, smiling)), width=180, fade=0.6)
    film = Film(16.0, (person,), plain_wall(), Camera(steps=0.35))
    recording = cv2.VideoWriter(str(tmp_path / "film.avi"), cv2.VideoWriter.fourcc(*"MJPG"), FPS, (WIDTH, HEIGHT))
    for frame in film.frames():
        recording.write(frame.bgr())
    recording.release()
    (tmp_path / "truth.csv").write_text("file,t0,t1,label\nfilm.avi,0,8,sad\nfilm.avi,8.6,16,happy\n")
    result = edge(python_env, tmp_path, "replay", "film.avi", "--truth", "truth.csv", "--json")
    *changes, last = lines(result)
    told = [change["expression"] for change in changes if "expression" in change]
    assert [expression for expression in told if expression != "neutral"] == ["sad", "happy"]
    truth = last["summary"]["truth"]
    assert (truth["right_segments"], truth["false_changes"]) == (2, [])
    assert all(segment["delay"] <= 2.0 for segment in truth["segments"])


def test_a_face_hidden_for_a_second_and_a_half_is_not_absent(model: Model) -> None:
    assert played(model, smiling(hidden=every(5.0, 1.5, SECONDS)), "happy").told == ["happy"]


def test_a_hand_before_the_mouth_for_a_moment_changes_nothing(model: Model) -> None:
    assert played(model, smiling(hand=every(7.0, 1.0, SECONDS)), "happy").told == ["happy"]


def test_somebody_who_comes_and_goes_is_told_within_two_seconds(model: Model) -> None:
    film = smiling(here=((5.0, 15.0),))
    result = played(model, film, "happy")
    assert result.told == ["happy", NONE]
    assert result.changes[0].at - 5.0 <= 2.0
    assert result.changes[1].at - 15.0 <= 2.0


@pytest.mark.parametrize("seed", range(3))
def test_a_cluttered_wall_has_no_mood(seed: int, model: Model) -> None:
    assert played(model, Film(SECONDS, (), cluttered_wall(seed), SHELF), NONE).told == []


def test_the_same_recording_gives_the_same_moods_at_any_rate_of_analysis(model: Model) -> None:
    film = smiling(here=((3.0, 12.0), (18.0, SECONDS)))
    own = played(model, film, "happy")
    assert own.told == ["happy", NONE, "happy"]
    for fps in (5.0, 10.0, 15.0):
        other = played(model, film, "happy", fps)
        assert other.told == own.told
        for one, two in zip(own.changes, other.changes, strict=True):
            assert one.at == pytest.approx(two.at, abs=0.7), "an empty room is looked at twice a second"


def test_the_same_recording_gives_the_very_same_changes_again(model: Model) -> None:
    film = smiling(here=((3.0, 12.0),))
    assert played(model, film, "happy").changes == played(model, film, "happy").changes


def test_half_a_minute_of_a_man_who_talks_has_one_mood(material: Material, model: Model) -> None:
    talking = steady_scenarios(material, SECONDS)[0]
    assert outcome(talking, model).told == ["neutral"]


def test_a_smile_and_its_end_are_told_within_two_seconds(material: Material, model: Model) -> None:
    calm, smile = material.stretch("calm man"), material.stretch("calm man, happy")
    shown = [(0.0, "neutral", calm), (7.3, "happy", smile), (14.9, "neutral", calm)]
    result = outcome(one_person("a smile", lambda: shown), model)
    assert result.told == ["neutral", "happy", "neutral"]
    assert result.delays[-1] <= 2.0
