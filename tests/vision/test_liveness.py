"""Pictures of faces are nobody, and people who sit still are somebody."""

import math
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from edge.config import FacesConfig
from edge.records import Box, Face, Image, Life
from edge.vision.liveness import PERSON_SECONDS, PICTURE_SECONDS, STILL_SECONDS, Liveness
from edge.vision.look import Vision
from edge.vision.model import load_model
from tests.vision.scenes import hung, portrait, wall

Scene = Callable[[float], Image]
#: The portrait's face, in the scenes of this file.
FACE = Box(281, 110, 130, 130)
FAR = Box(320, 200, 60, 60)
LOOKS_PER_SECOND = 4
GRAIN = [np.random.default_rng(seed).normal(0, 1, (480, 640)).astype(np.float32) for seed in range(16)]


def grainy(scene: Image | npt.NDArray[np.float32], t: float, noise: float) -> Image:
    """What the sensor makes of `scene` at `t`."""
    return np.clip(scene + noise * np.roll(GRAIN[round(t * 4) % 16], round(t), axis=0), 0, 255).astype(np.uint8)


def poster(noise: float = 4.0, shake: float = 0.0, exposure: float = 0.0) -> Scene:
    """A framed portrait on a wall; the camera is noisy, shakes by so many pixels, and exposes anew every 7 s."""
    plain = hung(wall(1, level=150), portrait(), 200, 60, 300).astype(np.float32)

    def at(t: float) -> Image:
        rng = np.random.default_rng(round(t * 1000))
        jump = np.array([[1, 0, rng.normal(0, shake)], [0, 1, rng.normal(0, shake)]], np.float32)
        scene = cv2.warpAffine(plain, jump, (640, 480), borderMode=cv2.BORDER_REPLICATE) if shake else plain
        gain = 1.0 + exposure * math.sin(int(t / 7) * 2.1)
        return grainy(scene * gain, t, noise)

    return at


def person(sway: float = 3.0, noise: float = 4.0) -> Scene:
    """Somebody whose head sways by so many pixels before body and wall, as breathing does, and who blinks."""
    sitting = hung(wall(1, level=150), portrait(), 200, 60, 300)
    head = np.zeros((480, 640), np.float32)
    cv2.ellipse(head, (352, 170), (75, 85), 0, 0, 360, (1.0,), -1)
    head = cv2.GaussianBlur(head, (0, 0), 4).astype(np.float32)

    def at(t: float) -> Image:
        aside = np.array([[1, 0, sway * math.sin(t / 1.7)], [0, 1, 0]], np.float32)
        swayed, mask = (cv2.warpAffine(layer, aside, (640, 480)) for layer in (sitting, head))
        scene = sitting + mask * (swayed.astype(np.float32) - sitting)
        if t % 4.3 < 0.25:
            scene[150:165, 300:390] = 90
        return grainy(scene, t, noise)

    return at


def far_head(sway: float, shake: float = 0.0) -> Scene:
    """A head far away before a plain wall; it sways stiffly, without a blink, or the camera trembles before its
    picture."""
    bare = wall(1, level=150).astype(np.float32)
    width = FAR.w / FACE.w * 300
    with_head = hung(
        wall(1, level=150), portrait(), FAR.x - round(81 * width / 300), FAR.y - round(50 * width / 300), round(width)
    )
    mask = np.zeros((480, 640), np.float32)
    cv2.ellipse(mask, (FAR.x + FAR.w // 2, FAR.y + FAR.h // 2), (32, 38), 0, 0, 360, (1.0,), -1)
    mask = cv2.GaussianBlur(mask, (0, 0), 3).astype(np.float32)
    still = bare + mask * (with_head.astype(np.float32) - bare)

    def at(t: float) -> Image:
        rng = np.random.default_rng(round(t * 1000))
        right = sway * math.sin(t / 3.1) + rng.normal(0, shake)
        down = 0.6 * sway * math.sin(t / 2.3) + rng.normal(0, shake)
        moved = np.array([[1, 0, right], [0, 1, down]], np.float32)
        scene = cv2.warpAffine(still, moved, (640, 480), borderMode=cv2.BORDER_REPLICATE)
        return grainy(scene.astype(np.float32), t, 4.0)

    return at


def watch(
    scene: Scene,
    seconds: float,
    liveness: Liveness | None = None,
    start: float = 0.0,
    track: int = 1,
    face: Box = FACE,
) -> Life:
    """What is known after so many seconds of looks; the detector's box trembles."""
    liveness = liveness or Liveness()
    life: Life = "unknown"
    for number in range(round(seconds * LOOKS_PER_SECOND)):
        t = start + number / LOOKS_PER_SECOND
        tremble = number % 3 - 1
        life = liveness.judge(scene(t), Face(track, face.moved(tremble, tremble), 0.0), t)
    return life


@pytest.mark.parametrize(
    "scene",
    [poster(), poster(noise=8.0), poster(shake=1.5), poster(exposure=0.2), poster(6.0, 1.0, 0.15)],
    ids=["calm", "noisy", "shaken", "exposed anew", "all of it"],
)
def test_a_portrait_on_the_wall_is_a_picture_within_a_minute(scene: Scene) -> None:
    assert watch(scene, 60.0) == "picture"


def test_it_may_be_one_before() -> None:
    assert watch(poster(), STILL_SECONDS - 2) == "unknown"
    assert watch(poster(), STILL_SECONDS + 3) == "still"


@pytest.mark.parametrize("sway", [1.5, 3.0, 8.0])
def test_somebody_who_sits_still_is_alive(sway: float) -> None:
    assert watch(person(sway), 120.0) == "alive"


@pytest.mark.parametrize("sway", [0.8, 3.0])
def test_a_small_head_that_sways_stiffly_before_a_plain_wall_is_alive(sway: float) -> None:
    assert watch(far_head(sway), 120.0, face=FAR) == "alive"


@pytest.mark.parametrize("shake", [0.0, 1.5])
def test_its_picture_before_a_camera_that_trembles_is_one(shake: float) -> None:
    assert watch(far_head(0.0, shake), 120.0, face=FAR) == "picture"


def test_a_picture_stays_one_when_the_detector_loses_it_and_finds_it_again() -> None:
    liveness = Liveness()
    watch(poster(), PICTURE_SECONDS + 3, liveness)
    assert watch(poster(), 2.0, liveness, start=PICTURE_SECONDS + 90, track=7) == "picture"


def test_somebody_who_sits_down_where_a_picture_was_comes_to_life() -> None:
    liveness = Liveness()
    watch(poster(), PICTURE_SECONDS + 3, liveness)
    assert watch(person(6.0), 25.0, liveness, start=PICTURE_SECONDS + 3) == "alive"


def test_one_shadow_does_not_bring_a_picture_to_life() -> None:
    liveness = Liveness()
    watch(poster(), PICTURE_SECONDS + 3, liveness)

    def shadowed(t: float) -> Image:
        scene = poster()(t)
        scene[:, 340:] = scene[:, 340:] // 2
        return scene

    later = PICTURE_SECONDS + 3
    assert watch(shadowed, 3.0, liveness, start=later) == "picture"
    assert watch(poster(), 10.0, liveness, start=later + 3) == "picture"


def test_a_picture_that_is_hung_elsewhere_is_noticed_again() -> None:
    liveness = Liveness()
    watch(poster(), PICTURE_SECONDS + 3, liveness)
    moved, later = FACE.moved(-150, 40), PICTURE_SECONDS + 10

    def elsewhere(t: float) -> Image:
        return np.roll(poster()(t), (40, -150), axis=(0, 1))

    lives = [liveness.judge(elsewhere(later + n / 4), Face(2, moved, 0.0), later + n / 4) for n in range(4 * 60)]
    assert lives[0] != "picture"
    assert lives[-1] == "picture"


def test_where_a_person_was_is_soon_forgotten() -> None:
    liveness = Liveness()
    watch(person(), 20.0, liveness)
    assert watch(poster(), 2.0, liveness, start=20 + PERSON_SECONDS + 5, track=3) == "unknown"


def test_a_picture_is_shown_and_not_read(model_path: Path) -> None:
    vision, scene = Vision(FacesConfig(), load_model(model_path)), poster()
    faces = [vision.look(scene(n / 4), n / 4).faces for n in range(4 * 60)]
    assert faces[40][0].expression is not None
    (last,) = faces[-1]
    assert (last.life, last.expression, last.confirmed) == ("picture", None, True)
    (missed,) = vision.look(wall(1, level=150), 60.0).faces
    assert missed.picture, "not somebody for the moment in which the detector misses it"


def test_a_picture_whose_face_the_detector_sees_smaller_stays_at_its_place() -> None:
    liveness = Liveness()
    watch(poster(), PICTURE_SECONDS + 3, liveness)
    later, smaller = PICTURE_SECONDS + 3, Box(301, 130, 90, 90)
    assert liveness.judge(poster()(later), Face(8, smaller, 0.0), later) == "picture"


def test_who_drifts_away_from_a_place_is_at_another() -> None:
    """Else what is watched were the wall that is left behind."""
    liveness, life = Liveness(), "unknown"
    behind, sitter = wall(1, level=150), portrait()
    for number in range(4 * 80):
        t = number / 4
        aside = min(number // 4, 60)
        scene = grainy(hung(behind, sitter, 200 - 3 * aside, 60, 300), t, 4.0)
        life = liveness.judge(scene, Face(1, FACE.moved(-3 * aside, 0), 0.0), t)
    assert life == "alive"
