"""The room in one call: who is in view, and what they show."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from edge.config import FacesConfig
from edge.records import Image
from edge.vision.look import Look, Vision
from edge.vision.model import Model, load_model
from tests.vision.scenes import hung, portrait, room, wall

Run = Callable[..., list[Look]]


@pytest.fixture(scope="module")
def model(model_path: Path) -> Model:
    return load_model(model_path)


@pytest.fixture
def run(model: Model) -> Run:
    vision = Vision(FacesConfig(), model)

    def steps(scenes: list[Image], start: float = 0.0) -> list[Look]:
        return [vision.look(scene, start + number / 10) for number, scene in enumerate(scenes)]

    return steps


@pytest.mark.parametrize("stayed", range(10, 14))
def test_who_sits_down_where_somebody_sat_before_is_found_at_the_next_look(model: Model, stayed: int) -> None:
    vision = Vision(FacesConfig(), model)
    for number in range(stayed):
        vision.look(room(number, width=260), number / 10)
    looks = [vision.look(wall(number), number / 10) for number in range(stayed, stayed + 22)]
    assert not looks[-1].faces
    later = (stayed + 25) / 10
    assert vision.look(room(50, width=260), later).faces, "not only when the idle room is scanned again"


def test_who_is_there_after_a_pause_is_confirmed_anew_under_another_number(model: Model) -> None:
    vision = Vision(FacesConfig(), model)
    scenes = [room(seed, width=260) for seed in range(5)]
    known = [vision.look(scene, number / 10) for number, scene in enumerate(scenes)][-1].faces[0]
    assert known.confirmed
    vision.forget()
    first = vision.look(scenes[0], 3600.0).faces[0]
    assert not first.confirmed
    assert first.expression is None
    assert first.track != known.track


def test_a_confirmed_face_that_is_seen_has_an_expression_and_a_quality(run: Run) -> None:
    looks = run([room(seed, width=260) for seed in range(5)])
    assert [len(look.faces) for look in looks] == [1] * 5
    first, _, *later = (look.faces[0] for look in looks)
    assert first.expression is None
    assert first.quality == 0
    for face in later:
        assert face.confirmed
        assert face.expression is not None
        assert face.expression.label == "happy"
        assert face.quality > 0.7


def test_while_looks_agree_every_other_of_four_a_second_reads_the_face(model: Model) -> None:
    vision = Vision(FacesConfig(), model)
    looks = [vision.look(room(seed, width=260), seed / 10) for seed in range(5)]
    looks += [
        vision.look(room(seed, width=260), 0.4 + (seed - 4) / 4, 1.0 if seed < 11 else 0.9) for seed in range(5, 13)
    ]
    assert [look.faces[0].read for look in looks[4:]] == [True, False, True, False, True, False, True, True, True], (
        "not when something may be changing"
    )
    for before, after in pairwise(looks[4:]):
        if not after.faces[0].read:
            assert after.faces[0].expression is before.faces[0].expression
            assert after.faces[0].quality == before.faces[0].quality


def test_a_face_that_comes_while_looks_agree_is_read_at_once(model: Model) -> None:
    vision = Vision(FacesConfig(), model)
    alone = [vision.look(room(seed, 10, 60, 240), seed / 4, 5.0) for seed in range(4)]
    seen = alone[-1].faces[0].track
    company = [
        vision.look(hung(room(seed, 10, 60, 240), portrait("grace_hopper.jpg"), 300, 40, 320), seed / 4, 5.0)
        for seed in range(4, 12)
    ]
    confirmed = [face for look in company for face in look.faces if face.track != seen and face.confirmed]
    assert confirmed[0].expression is not None


def test_a_face_that_is_carried_says_nothing(run: Run) -> None:
    run([room(seed) for seed in range(4)])
    carried = run([wall(seed) for seed in range(3)], start=0.4)
    for look in carried:
        assert [face.expression for face in look.faces] == [None]
        assert [face.quality for face in look.faces] == [0]


def test_nobody_in_view_is_no_face(run: Run) -> None:
    assert all(look.faces == () for look in run([wall(seed) for seed in range(5)]))


def test_each_face_of_several_is_classified(run: Run) -> None:
    scene = [hung(room(seed, 10, 60, 240), portrait("grace_hopper.jpg"), 300, 40, 320) for seed in range(4)]
    faces = run(scene)[-1].faces
    assert len(faces) == 2
    assert faces[0].expression is not None
    assert faces[1].expression is not None
    assert faces[1].expression.label == "happy"


def test_the_time_each_stage_took_is_told(run: Run) -> None:
    look = run([room(1)])[0]
    assert set(look.stages_ms) == {"motion", "detect", "classify"}
    assert look.stages_ms["detect"] > 0
    assert look.scan == "full"
