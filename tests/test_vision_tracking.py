"""Faces keep their number, are confirmed before they count, and full scans are few."""

from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.config import FacesConfig
from edge.records import Box, Face, Image
from edge.vision.faces import FaceFinder
from edge.vision.motion import Motion
from edge.vision.tracking import Tracker, Tracks
from tests.vision_scenes import hung, portrait, room, texture, wall


class Watcher:
    """A tracker with its motion detector, as the daemon couples them."""

    def __init__(self, config: FacesConfig | None = None) -> None:
        config = config or FacesConfig()
        self.tracker, self.motion = Tracker(config, FaceFinder(config)), Motion()

    def step(self, grey: Image, now: float) -> Tracks:
        tracks = self.tracker.step(grey, now, self.motion.look(grey, self.tracker.boxes))
        if tracks.scan == "full":
            self.motion.settle(self.tracker.boxes)
        return tracks

    def run(self, scenes: Iterable[Image], start: float = 0.0, fps: float = 10.0) -> list[Tracks]:
        return [self.step(scene, start + number / fps) for number, scene in enumerate(scenes)]


def confirmed(tracks: Tracks) -> list[Face]:
    return [face for face in tracks.faces if face.confirmed]


def scans(steps: Iterable[Tracks]) -> list[str]:
    return [step.scan for step in steps]


class Opinion(FaceFinder):
    """Finds faces as ever; its second cascade has the same opinion of all of them."""

    def __init__(self, hits: int) -> None:
        super().__init__(FacesConfig())
        self.hits = hits

    def support(self, grey: Image, box: object) -> int:
        return self.hits


class Beside(FaceFinder):
    """A head, and from some moment on a larger hit on the wall behind it whose near looks find the head."""

    HEAD, WALL = Box(240, 180, 176, 176), Box(130, 184, 200, 200)

    def __init__(self) -> None:
        super().__init__(FacesConfig())
        self.wall_is_hit = False

    def full(self, grey: Image) -> list[Box]:
        return [self.WALL, self.HEAD] if self.wall_is_hit else [self.HEAD]

    def near(self, grey: Image, last: Box) -> Box | None:
        return self.HEAD

    def support(self, grey: Image, box: Box) -> int:
        return 20 if box == self.HEAD else 0


def test_a_hit_on_the_wall_that_runs_into_a_known_face_does_not_take_its_place() -> None:
    finder = Beside()
    tracker, blank = Tracker(FacesConfig(), finder), np.zeros((480, 640), np.uint8)
    known = [tracker.step(blank, number / 10, None) for number in range(10)][-1].faces[0]
    assert known.confirmed
    finder.wall_is_hit = True
    later = [tracker.step(blank, 1 + number / 10, Beside.WALL) for number in range(20)]
    assert any(step.scan == "full" for step in later)
    assert {face.track for step in later for face in confirmed(step)} == {known.track}
    assert all(confirmed(step) for step in later)


@pytest.mark.parametrize(("hits", "asked_for", "looks"), [(5, 3, 3), (20, 3, 2), (5, 2, 2), (20, 2, 2), (20, 5, 4)])
def test_a_face_is_confirmed_at_the_look_asked_for_or_sooner_where_the_second_cascade_is_sure(
    hits: int, asked_for: int, looks: int
) -> None:
    tracker = Tracker(FacesConfig(confirm_looks=asked_for), Opinion(hits))
    steps = [tracker.step(room(number), number / 10, None) for number in range(looks)]
    assert [bool(confirmed(step)) for step in steps] == [False] * (looks - 1) + [True]
    assert {face.track for step in steps for face in step.faces} == {1}


def test_a_portrait_is_sure_to_be_a_face_at_the_second_look() -> None:
    steps = Watcher().run(room(seed) for seed in range(2))
    assert [face.confirmed for step in steps for face in step.faces] == [False, True]


def test_looks_that_follow_at_once_count_as_one() -> None:
    steps = Watcher().run((room(seed) for seed in range(4)), fps=50)  # 60 ms in all
    assert not any(confirmed(step) for step in steps)


def test_a_face_that_moves_keeps_its_number_and_needs_no_full_scan() -> None:
    steps = Watcher().run(room(step, 100 + 6 * step, 60 + 2 * step) for step in range(15))
    assert {face.track for step in steps for face in step.faces} == {1}
    assert all(step.seen == {1} for step in steps)
    assert scans(steps) == ["full"] + ["near"] * 14
    assert steps[-1].faces[0].box.x - steps[0].faces[0].box.x == pytest.approx(84, abs=12)


def test_a_face_in_view_is_searched_around_at_the_configured_interval() -> None:
    steps = Watcher(FacesConfig(rescan_seconds=1.0)).run(room(seed) for seed in range(32))
    assert [number for number, scan in enumerate(scans(steps)) if scan == "full"] == [0, 10, 20, 30]


def test_two_faces_have_two_numbers_largest_first() -> None:
    both = [hung(room(seed, 20, 60, 200), portrait("grace_hopper.jpg"), 300, 40, 320) for seed in range(4)]
    steps = Watcher().run(both)
    assert all(len(step.faces) == 2 for step in steps)
    assert {tuple(face.track for face in step.faces) for step in steps} == {(1, 2)}
    assert steps[-1].faces[0].box.area > steps[-1].faces[1].box.area


def test_a_second_person_who_comes_in_is_found_within_half_a_second() -> None:
    watcher = Watcher()
    watcher.run(room(seed, 20, 60, 240) for seed in range(30))
    steps = watcher.run((hung(room(seed, 20, 60, 240), portrait(), 340, 60, 280) for seed in range(8)), start=3.0)
    assert len(confirmed(steps[6])) == 2


def test_a_second_person_who_appeared_unseen_is_found_by_the_next_full_scan() -> None:
    watcher = Watcher()
    watcher.run(room(seed, 20, 60, 240) for seed in range(10))
    steps = watcher.run((hung(room(seed, 20, 60, 240), portrait(), 340, 60, 280) for seed in range(25)), start=1.0)
    assert len(confirmed(steps[-1])) == 2


def test_a_face_missed_for_a_moment_is_carried_with_its_number() -> None:
    watcher = Watcher()
    before = watcher.run(room(seed) for seed in range(5))[-1]
    hidden = watcher.run((wall(seed) for seed in range(5)), start=0.5)
    back = watcher.run((room(seed) for seed in range(3)), start=1.0)
    for step in hidden:
        assert [face.track for face in step.faces] == [1]
        assert step.seen == frozenset()
        assert step.faces[0].box == before.faces[0].box
    assert all(step.seen == {1} for step in back)


def test_a_face_that_has_gone_is_dropped_after_the_configured_time() -> None:
    watcher = Watcher(FacesConfig(keep_seconds=0.5))
    watcher.run(room(seed) for seed in range(5))  # seen last at 0.4 s
    gone = watcher.run((wall(seed) for seed in range(10)), start=0.5)
    assert [bool(step.faces) for step in gone] == [True] * 5 + [False] * 5


def test_a_face_is_kept_as_long_as_configured() -> None:
    watcher = Watcher(FacesConfig(keep_seconds=6.0))
    watcher.run(room(seed) for seed in range(5))  # seen last at 0.4 s
    gone = watcher.run((wall(seed) for seed in range(16)), start=0.5, fps=2)
    assert [bool(step.faces) for step in gone] == [0.5 + number / 2 <= 6.4 for number in range(16)]


def test_a_face_that_jumped_is_found_again_under_its_number() -> None:
    watcher = Watcher()
    watcher.run(room(seed, 100) for seed in range(5))
    steps = watcher.run((room(seed, 190) for seed in range(6)), start=0.5)
    assert [face.track for face in confirmed(steps[-1])] == [1]
    assert steps[-1].seen == {1}


def test_an_empty_room_is_scanned_seldom() -> None:
    steps = Watcher().run((wall(seed) for seed in range(40)), fps=2)  # 20 s
    assert scans(steps[8:]).count("full") <= 4  # the first seconds are a change from nothing
    assert not any(step.faces for step in steps)


def test_somebody_who_comes_in_is_scanned_for_at_once() -> None:
    watcher = Watcher()
    watcher.run((wall(seed) for seed in range(12)), fps=2)
    steps = watcher.run((room(seed) for seed in range(3)), start=6.0, fps=10)
    assert steps[0].scan == "full"
    assert confirmed(steps[2])


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
    steps = [tracker.step(room(number), number / 10, None) for number in range(30)]
    assert all(step.faces and not confirmed(step) for step in steps)


def test_a_lost_hit_is_searched_for_only_if_the_second_cascade_had_seen_it_too() -> None:
    searched = []
    for hits in (0, 5):
        tracker = Tracker(FacesConfig(), Opinion(hits))
        steps = [tracker.step(room(0) if number == 0 else wall(number), number / 10, None) for number in range(8)]
        searched.append(scans(steps).count("full"))
    assert searched == [1, 3]


def test_a_confirmed_face_that_is_denied_for_seconds_is_given_up() -> None:
    finder = Opinion(5)
    tracker = Tracker(FacesConfig(), finder)
    assert confirmed([tracker.step(room(number), number / 10, None) for number in range(3)][-1])
    finder.hits = 0
    later = [tracker.step(room(number), 0.3 + number / 10, None) for number in range(60)]
    assert confirmed(later[10])
    assert not confirmed(later[-1])


def test_a_clock_that_starts_again_starts_the_tracker_again() -> None:
    watcher = Watcher()
    watcher.run((room(seed) for seed in range(5)), start=100.0)
    again = watcher.run((room(seed) for seed in range(3)), start=0.0)
    assert [face.confirmed for step in again for face in step.faces] == [False, True, True]


def test_no_more_faces_than_configured() -> None:
    both = [hung(room(seed, 20, 60, 200), portrait(), 300, 40, 320) for seed in range(3)]
    assert all(len(step.faces) == 1 for step in Watcher(FacesConfig(max_faces=1)).run(both))


@pytest.mark.parametrize("fps", [4.0, 10.0, 20.0])
def test_at_any_rate_the_same_faces_are_confirmed_and_dropped(fps: float) -> None:
    watcher = Watcher()
    seen = watcher.run((room(seed) for seed in range(int(fps))), fps=fps)
    gone = watcher.run((wall(seed) for seed in range(int(3 * fps))), start=1.0, fps=fps)
    assert [face.track for face in confirmed(seen[-1])] == [1]
    last = max(number for number, step in enumerate(gone) if step.faces)
    assert last / fps == pytest.approx(FacesConfig().keep_seconds, abs=1 / fps + 0.01)
    assert not gone[-1].faces
