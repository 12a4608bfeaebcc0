"""A hit becomes a face when enough looks agree and the second cascade does; clutter never does."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.config import FacesConfig
from edge.records import Image
from edge.vision.faces import FaceFinder
from edge.vision.tracking import Tracker
from tests.vision.scenes import room, texture, wall
from tests.vision.watcher import Watcher, confirmed, scans


class Opinion(FaceFinder):
    """Finds faces as ever; its second cascade has the same opinion of all of them."""

    def __init__(self, hits: int) -> None:
        super().__init__(FacesConfig())
        self.hits = hits

    def count_support(self, grey: Image, box: object) -> int:
        return self.hits


@pytest.mark.parametrize(
    ("hits", "asked_for", "looks"), [(8, 3, 3), (20, 3, 2), (5, 3, 5), (8, 2, 2), (20, 2, 2), (20, 5, 3)]
)
def test_a_face_is_confirmed_at_the_look_asked_for_sooner_or_later_as_sure_as_the_second_cascade_is(
    hits: int, asked_for: int, looks: int
) -> None:
    tracker = Tracker(FacesConfig(confirm_looks=asked_for), Opinion(hits))
    steps = [tracker.update(room(number), number / 10, None) for number in range(looks)]
    assert [bool(confirmed(step)) for step in steps] == [False] * (looks - 1) + [True]
    assert {face.track for step in steps for face in step.faces} == {1}


def test_a_portrait_is_sure_to_be_a_face_at_the_second_look() -> None:
    steps = Watcher().run(room(seed) for seed in range(2))
    assert [face.confirmed for step in steps for face in step.faces] == [False, True]


def test_looks_that_follow_at_once_count_as_one() -> None:
    steps = Watcher().run((room(seed) for seed in range(4)), fps=50)  # 60 ms in all
    assert not any(confirmed(step) for step in steps)


def test_clutter_never_becomes_a_face() -> None:
    for seed in range(6):
        scene = texture(seed)
        rng = np.random.default_rng(seed)
        steps = Watcher().run(
            (np.clip(scene + rng.normal(0, 3, scene.shape), 0, 255).astype(np.uint8) for _ in range(8)), fps=2
        )
        assert not any(confirmed(step) for step in steps), f"clutter {seed}"


def test_photos_without_a_face_never_become_one(shared: Path) -> None:
    for path in sorted((shared / "media" / "photos").glob("none_*")):
        grey = np.asarray(cv2.imread(str(path), cv2.IMREAD_GRAYSCALE), np.uint8)
        for number, share in enumerate((1.0, 0.9, 0.8)):
            part = grey[: int(share * grey.shape[0]), : int(share * grey.shape[1])]
            scene = np.asarray(cv2.resize(part, (640, 480)), np.uint8)
            rng = np.random.default_rng(number)
            steps = Watcher().run(
                (np.clip(scene + rng.normal(0, 3, scene.shape), 0, 255).astype(np.uint8) for _ in range(8)), fps=2
            )
            assert not any(confirmed(step) for step in steps), path.name


def test_a_hit_the_second_cascade_denies_is_never_confirmed() -> None:
    tracker = Tracker(FacesConfig(), Opinion(0))
    steps = [tracker.update(room(number), number / 10, None) for number in range(30)]
    assert all(step.faces and not confirmed(step) for step in steps)


@pytest.mark.parametrize("hits", [(7, 7, 6, 0, 5), (9, 4, 0, 7, 7), (18, 0, 0, 5, 5, 6)])
def test_what_is_seen_weakly_or_is_often_denied_as_clutter_is_does_not_add_up(hits: tuple[int, ...]) -> None:
    finder = Opinion(0)
    tracker = Tracker(FacesConfig(), finder)
    for number, finder.hits in enumerate(hits):
        assert not confirmed(tracker.update(room(number), number / 10, None))


def test_a_lost_hit_is_searched_for_only_if_the_second_cascade_had_seen_it_too() -> None:
    searched = []
    for hits in (0, 5):
        tracker = Tracker(FacesConfig(), Opinion(hits))
        steps = [tracker.update(room(0) if number == 0 else wall(number), number / 10, None) for number in range(8)]
        searched.append(scans(steps).count("full"))
    assert searched == [1, 3]


def test_a_confirmed_face_that_is_denied_for_seconds_is_given_up() -> None:
    finder = Opinion(8)
    tracker = Tracker(FacesConfig(), finder)
    assert confirmed([tracker.update(room(number), number / 10, None) for number in range(3)][-1])
    finder.hits = 0
    later = [tracker.update(room(number), 0.3 + number / 10, None) for number in range(60)]
    assert confirmed(later[10])
    assert not confirmed(later[-1])
