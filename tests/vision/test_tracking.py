"""Faces keep their number, and full scans are few."""

import numpy as np
import pytest

from edge.config import FacesConfig
from edge.records import Box, Image
from edge.vision.faces import FaceFinder
from edge.vision.tracking import Tracker
from tests.vision.scenes import hung, portrait, room, wall
from tests.vision.watcher import Watcher, confirmed, scans


class ScriptedFinder(FaceFinder):
    """A head, and from some moment on a larger hit on the wall behind it whose near looks find the head."""

    HEAD, WALL = Box(240, 180, 176, 176), Box(130, 184, 200, 200)

    def __init__(self) -> None:
        super().__init__(FacesConfig())
        self.wall_is_hit = False

    def scan(self, grey: Image) -> list[Box]:
        return [self.WALL, self.HEAD] if self.wall_is_hit else [self.HEAD]

    def find_near(self, grey: Image, last: Box) -> Box | None:
        return self.HEAD

    def count_support(self, grey: Image, box: Box) -> int:
        return 20 if box == self.HEAD else 0


def test_a_hit_on_the_wall_that_runs_into_a_known_face_does_not_take_its_place() -> None:
    finder = ScriptedFinder()
    tracker, blank = Tracker(FacesConfig(), finder), np.zeros((480, 640), np.uint8)
    known = [tracker.update(blank, number / 10, None) for number in range(10)][-1].faces[0]
    assert known.confirmed
    finder.wall_is_hit = True
    later = [tracker.update(blank, 1 + number / 10, ScriptedFinder.WALL) for number in range(20)]
    assert any(step.scan == "full" for step in later)
    assert {face.track for step in later for face in confirmed(step)} == {known.track}
    assert all(confirmed(step) for step in later)


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
