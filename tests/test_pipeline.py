"""Frame in, reading out."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from random import Random

import numpy as np
import pytest

from edge.config import MoodConfig, PaceConfig
from edge.languages import texts, told
from edge.mood.expression import ExpressionFilter
from edge.mood.pace import Pace
from edge.mood.playlists import Playlists
from edge.mood.room import RoomMood
from edge.pipeline import Pipeline
from edge.records import ABSENT, NONE, PAUSED, Face, Frame, Image, Playlist, Reading
from edge.vision.look import Look, Vision
from tests.mood.streams import face, scores
from tests.mood.wander import Wander

CALM, SMILE = scores(neutral=0.85), scores(happy=0.95)
SONGS = {
    "happy": (Playlist("Happy Hits!", "spotify:playlist:1"),),
    PAUSED: (Playlist("Silence", "spotify:playlist:2"),),
}


@dataclass
class FakeVision(Vision):
    """Sees what `faces_at` says."""

    faces_at: Callable[[float], Iterable[Face]]
    looked: list[float] = field(default_factory=list)
    agreed: list[float] = field(default_factory=list)  # for how long looks had agreed
    forgotten: int = 0

    def forget(self) -> None:
        self.forgotten += 1

    def look(self, grey: Image, now: float, agreed_seconds: float = 0.0) -> Look:
        self.looked.append(now)
        self.agreed.append(agreed_seconds)
        return Look(tuple(self.faces_at(now)), "near", {"detect": 1.0})


def frame(t: float) -> Frame:
    def colour() -> Image:
        raise AssertionError("nobody looks, so no colour is made")

    return Frame(t, 64, 48, lambda: np.zeros((48, 64), np.uint8), colour)


def pipeline(faces_at: Callable[[float], Iterable[Face]]) -> tuple[Pipeline, FakeVision]:
    vision = FakeVision(faces_at)
    mood = MoodConfig()
    playlists = Playlists(SONGS, 600.0, Random(0))
    made = Pipeline(vision, ExpressionFilter(mood), RoomMood(mood), Pace(PaceConfig()), playlists)
    return made, vision


def play(made: Pipeline, fps: float, seconds: float, start: float = 0.0) -> list[Reading]:
    """A recording at `fps` through the pipeline at its own pace."""
    readings = []
    for number in range(round(seconds * fps)):
        t = start + number / fps
        if made.due(t):
            readings.append(made.process(frame(t), t))
    return readings


def test_a_reading_says_what_was_seen() -> None:
    made, _ = pipeline(lambda _: (face(SMILE),))
    readings = play(made, 30, 30)
    last = readings[-1]
    assert (last.expression.label, last.mood.label, last.scan, last.stages_ms) == (
        "happy",
        "happy",
        "near",
        {"detect": 1.0},
    )
    assert last.faces == (face(SMILE),)
    assert last.playlist == SONGS["happy"][0]


def test_a_change_carries_its_playlist_once() -> None:
    made, _ = pipeline(lambda now: (face(CALM if now < 5 else SMILE),))
    changes = [reading.change for reading in play(made, 30, 60) if reading.change]
    assert [(change.mood, change.previous) for change in changes] == [("neutral", ABSENT), ("happy", "neutral")]
    assert [change.playlist for change in changes] == [None, SONGS["happy"][0]]


@pytest.mark.parametrize("fps", [15, 24, 25, 30, 60])
def test_an_empty_room_costs_two_looks_a_second(fps: float) -> None:
    made, vision = pipeline(lambda _: ())
    play(made, fps, 20)
    assert 36 <= len(vision.looked) <= 42


def test_a_steady_face_costs_about_four_looks_a_second() -> None:
    made, vision = pipeline(lambda _: (face(CALM),))
    play(made, 30, 60)
    assert 220 <= len(vision.looked) <= 290


def test_a_face_that_may_be_changing_is_looked_at_ten_times_a_second() -> None:
    made, vision = pipeline(lambda now: (face(CALM if now < 20 else SMILE),))
    play(made, 30, 21.2)
    assert sum(now >= 20.2 for now in vision.looked) == 10


def test_the_vision_is_told_for_how_long_looks_have_agreed() -> None:
    made, vision = pipeline(lambda now: (face(CALM if now < 20 else SMILE),))
    told = [reading.expression_change.at for reading in play(made, 30, 30) if reading.expression_change]
    smile = next(now for now in vision.looked if now >= 20)
    for now, agreed in zip(vision.looked, vision.agreed, strict=True):
        if told[0] < now <= smile:
            assert agreed == pytest.approx(now - told[0])
        elif now > told[1]:
            assert agreed == pytest.approx(now - told[1])
        else:
            assert agreed <= 0.1 + 1 / 30, "nothing is told yet, or something else is seen"


@pytest.mark.parametrize("offset", [0.0, 0.07, 0.13, 0.2, 0.24])
def test_a_real_change_is_reported_within_two_seconds_at_the_own_pace(offset: float) -> None:
    made, _ = pipeline(lambda now: (face(CALM if now < 20 + offset else SMILE),))
    change = [reading.expression_change for reading in play(made, 30, 30) if reading.expression_change][-1]
    assert change.expression == "happy"
    assert change.at - 20 - offset <= 1.8


@pytest.mark.parametrize("moment", [100.0, 100.2, 100.45])
def test_somebody_who_comes_in_has_an_expression_within_two_seconds(moment: float) -> None:
    """The detector confirms a face at its second look."""
    seen = []

    def faces_at(now: float) -> tuple[Face, ...]:
        if now < moment:
            return ()
        seen.append(now)
        return (face(CALM, confirmed=len(seen) > 1),)

    made, _ = pipeline(faces_at)
    first = next(reading.expression_change for reading in play(made, 30, 110) if reading.expression_change)
    assert first.expression == "neutral"
    assert first.at - moment <= 2.0


def test_the_same_frames_give_the_same_changes_whatever_the_clock_shows() -> None:
    def changes(start: float) -> list[tuple[str, float]]:
        wander = Wander(3, {"happy": 0.0})
        made, _ = pipeline(lambda _: (face(wander.at(clock[0])),))
        found = []
        clock = [0.0]
        for number in range(30 * 120):
            clock[0] = number / 30
            t = start + number / 32 * 32 / 30
            if made.due(t):
                reading = made.process(frame(t), t)
                change = reading.expression_change
                found += [(change.expression, round(t - start, 3))] if change else []
        return found

    assert len(changes(0.0)) > 1
    assert changes(0.0) == changes(4096.0)


def test_a_busy_device_looks_less_often() -> None:
    made, vision = pipeline(lambda _: (face(CALM),))
    for _ in range(10):
        made.set_load(300.0, 80.0, True)
    play(made, 30, 20)
    assert len(vision.looked) <= 42


def test_after_a_pause_the_room_is_absent_and_looked_at_at_once() -> None:
    made, vision = pipeline(lambda now: (face(SMILE),) if now < 10 else ())
    play(made, 30, 9.9)
    assert made.forget(PAUSED, 20.0) == SONGS[PAUSED][0]
    assert made.forget(ABSENT, 30.0) is None
    assert vision.forgotten == 2
    assert made.due(0.0)
    reading = made.process(frame(50.0), 50.0)
    assert (reading.mood.label, reading.playlist, reading.change) == (ABSENT, None, None)
    assert reading.expression.label == NONE


def test_a_smile_that_passes_changes_the_expression_and_neither_mood_nor_playlist() -> None:
    made, _ = pipeline(lambda now: (face(SMILE if 100 <= now < 108 else CALM),))
    readings = play(made, 30, 200)
    assert [r.expression_change.expression for r in readings if r.expression_change] == ["neutral", "happy", "neutral"]
    assert [r.change.mood for r in readings if r.change] == ["neutral"]


def test_a_face_that_turns_out_to_be_a_picture_was_never_there() -> None:
    made, _ = pipeline(lambda now: (replace(face(SMILE), life="picture" if now >= 40 else "unknown"),))
    readings = play(made, 30, 45)
    assert [r.change.mood for r in readings if r.change] == ["neutral", "happy", ABSENT]
    assert readings[-1].expression.label == NONE


def test_a_picture_is_exposed_once_however_often_it_is_lost_and_found() -> None:
    person = face(SMILE, track=1)

    def faces_at(now: float) -> tuple[Face, ...]:
        picture = replace(face(CALM, track=2), life="picture" if now >= 40 else "unknown")
        return (person,) if now >= 50 and int(now * 10) % 5 == 0 else (person, picture)

    made, _ = pipeline(faces_at)
    picture_found = 0
    for number in range(700):
        made.process(frame(number / 10), number / 10)
        picture_found += made.expressions.picture_found
    assert picture_found == 1


def test_a_picture_that_is_left_after_somebody_has_gone_does_not_end_the_mood_at_once() -> None:
    def faces_at(now: float) -> tuple[Face, ...]:
        somebody = (replace(face(SMILE), life="alive"),) if now < 40 else ()
        return (*somebody, replace(face(CALM, track=2), life="picture" if now >= 30 else "unknown"))

    made, _ = pipeline(faces_at)
    readings = play(made, 30, 45)
    assert (readings[-1].expression.label, readings[-1].mood.label) == (NONE, "happy")


def test_why_is_said_with_every_reading() -> None:
    made, _ = pipeline(lambda now: (face(CALM if now < 60 else SMILE),))
    lines = [told(texts("en"), reason) for reason in play(made, 30, 65)[-1].why]
    assert lines[0].startswith("mood: neutral; next is happy with ")
    assert lines[1].startswith("expression: clearly happy, ")
