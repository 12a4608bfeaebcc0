"""Little light, and areas that are left out."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from edge.config import FacesConfig
from edge.records import Image
from edge.vision.light import MOST_GAIN, brighten, leave_out, measure_gain, quieten
from edge.vision.look import Look, Vision
from edge.vision.model import Model, load_model
from tests.vision.scenes import PORTRAITS, hung, portrait, room, texture, wall


@pytest.fixture(scope="module")
def model(model_path: Path) -> Model:
    return load_model(model_path)


def dimmed(scene: Image, light: float, seed: int = 0) -> Image:
    """The scene in so much of its light; the sensor's noise stays as it was."""
    noise = np.random.default_rng(seed).normal(0, 2, scene.shape)
    return np.clip(np.rint(scene * light + noise), 0, 255).astype(np.uint8)


def looks(model: Model, scenes: list[Image], config: FacesConfig | None = None) -> list[Look]:
    vision = Vision(config or FacesConfig(), model)
    return [vision.look(scene, number / 10) for number, scene in enumerate(scenes)]


def cells(level: float, bright: float | None = None) -> npt.NDArray[np.float32]:
    """A coarse picture of this grey level, a tenth of it of another."""
    found = np.full((16, 21), level, np.float32)
    found[:2] = level if bright is None else bright
    return found


def test_a_picture_in_good_light_is_left_as_it_is() -> None:
    scene = room(1)
    assert measure_gain(cells(120.0)) == measure_gain(cells(200.0)) == 1.0
    assert brighten(scene, 1.0) is scene
    assert quieten(scene, 1.0) is scene


def test_a_dark_one_is_brightened_to_the_usual_level_and_no_further() -> None:
    assert measure_gain(cells(30.0)) == pytest.approx(4.0)
    assert measure_gain(cells(1.0)) == MOST_GAIN
    assert brighten(np.full((4, 4), 30, np.uint8), 4.0).max() == 120


def test_what_is_bright_in_a_dark_room_is_not_burnt_out() -> None:
    """A face under a lamp before a dark wall: it must not lose its own contrast."""
    assert measure_gain(cells(20.0, bright=100.0)) <= 230.0 / 100.0 + 0.01
    assert measure_gain(cells(20.0, bright=180.0)) == 1.0


@pytest.mark.parametrize("name", PORTRAITS)
@pytest.mark.parametrize("light", [0.5, 0.3, 0.2, 0.1])
def test_a_face_is_found_and_read_in_little_light_as_in_much(model: Model, name: str, light: float) -> None:
    scenes = [room(seed, width=260, name=name) for seed in range(6)]
    bright = looks(model, scenes)[-1].faces
    dim = looks(model, [dimmed(scene, light, seed) for seed, scene in enumerate(scenes)])[-1].faces
    assert len(bright) == len(dim) == 1
    assert bright[0].expression is not None and dim[0].expression is not None
    assert dim[0].expression.label == bright[0].expression.label
    assert dim[0].box.overlap(bright[0].box) > 0.6
    assert dim[0].quality > 0.5


@pytest.mark.parametrize("light", [0.2, 0.1])
@pytest.mark.parametrize("seed", range(4))
def test_nobody_is_found_in_the_dark_where_nobody_is(model: Model, seed: int, light: float) -> None:
    for scene in (wall(seed), texture(seed)):
        found = looks(model, [dimmed(scene, light, number) for number in range(6)])
        assert not any(face.confirmed for look in found for face in look.faces)


def test_an_area_that_is_left_out_shows_nobody(model: Model) -> None:
    scenes = [hung(room(seed, x=20, width=220), portrait(PORTRAITS[1]), 380, 60, 220) for seed in range(6)]
    assert len(looks(model, scenes)[-1].faces) == 2
    left_out = FacesConfig(ignore=((0.55, 0.0, 0.45, 1.0),))
    faces = looks(model, scenes, left_out)[-1].faces
    assert len(faces) == 1
    assert faces[0].box.x < 320


def test_an_area_that_is_left_out_does_not_keep_an_evening_dark(model: Model) -> None:
    scenes = [dimmed(room(seed, x=300, width=260), 0.1, seed) for seed in range(6)]
    (face,) = looks(model, scenes, FacesConfig(ignore=((0.0, 0.0, 0.3, 0.5),)))[-1].faces
    assert face.expression is not None
    assert measure_gain(cells(30.0), ((0.0, 0.0, 1.0, 1.0),)) == 1.0, "nothing is left to go by"


def test_without_areas_no_picture_is_copied() -> None:
    scene = wall()
    assert leave_out(scene, ()) is scene
    plain = leave_out(scene, ((0.5, 0.5, 0.5, 0.5),))
    assert (plain[240:, 320:] == 128).all()
    assert (plain[:240] == scene[:240]).all()
