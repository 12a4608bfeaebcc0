"""/snapshot.jpg and /stream.mjpg: off unless turned on, and never a picture from before the camera was paused."""

import re
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge import web
from edge.config import WebConfig
from edge.records import LABELS, Box, Expression, Image
from edge.web.pictures import COLOURS, label
from tests.web.room import Room, face, frame, scores, status


@pytest.fixture
def room() -> Room:
    made = Room(web=WebConfig(snapshot=True, stream=True), picture=frame())
    made.status.put(status())
    return made


def snapshot(room: Room) -> Image:
    answer = room.client().get("/snapshot.jpg")
    assert (answer.status_code, answer.mimetype) == (200, "image/jpeg")
    picture = cv2.imdecode(np.frombuffer(answer.get_data(), np.uint8), cv2.IMREAD_COLOR)
    return np.asarray(picture, np.uint8)


@pytest.mark.parametrize(("path", "key"), [("/snapshot.jpg", "web.snapshot"), ("/stream.mjpg", "web.stream")])
def test_pictures_are_off_unless_the_owner_turns_them_on(path: str, key: str) -> None:
    room = Room(picture=frame())
    room.status.put(status())
    answer = room.client().get(path)
    assert answer.status_code == 404
    assert f"set {key}: true in config.yaml" in answer.get_data(as_text=True)


def test_a_snapshot_shows_the_frame_with_a_box_around_each_face(room: Room) -> None:
    picture = snapshot(room)
    assert picture.shape == (480, 640, 3)
    assert abs(int(picture[400, 50].mean()) - 90) < 8
    left_edge = picture[150:280, 197:204].max(axis=(1, 2))
    assert (left_edge > 180).all(), "a light line down the left side of the box"


@pytest.mark.parametrize("label", LABELS)
def test_box_and_label_have_the_mood_s_colour(room: Room, label: str) -> None:
    css = (Path(web.__file__).parent / "static/page.css").read_text("utf-8")
    (colour,) = re.findall(rf"^\.m-{label} {{ --mood: #(\w{{6}}); }}", css, re.MULTILINE)
    assert bytes(reversed(COLOURS[label])).hex() == colour
    room.status.put(status(label))
    box = snapshot(room)[150:280, 199:202].reshape(-1, 3).astype(int)
    assert np.abs(np.median(box, axis=0) - COLOURS[label]).max() < 40


@pytest.mark.parametrize("path", ["/", "/wall", "/corrections", "/login"])
def test_while_the_picture_can_be_seen_every_page_says_so(path: str) -> None:
    for shown in (False, True):
        room = Room(web=WebConfig(stream=shown, password="a password", open="everything"))
        room.status.put(status())
        said = "The camera’s picture is shown on this network" in room.client().get(path).get_data(as_text=True)
        assert said is shown


@pytest.mark.parametrize(
    ("confidence", "text"), [(1.0, "clearly happy 99%"), (0.6, "probably happy 60%"), (0.3, "perhaps happy 30%")]
)
def test_a_label_says_how_sure_in_a_word_first_and_a_hundred_per_cent_of_nobody(confidence: float, text: str) -> None:
    assert label(Expression(scores("happy", confidence))) == text


def test_a_label_stays_within_the_picture(room: Room) -> None:
    room.status.put(status(faces=(face(box=Box(560, 200, 70, 70)),)))
    beside = snapshot(room)[180:198, 440:520].reshape(-1, 3).astype(int)
    assert np.abs(np.median(beside, axis=0) - COLOURS["happy"]).max() < 40, "begins left of its box"


def test_a_box_that_leaves_the_frame_is_drawn_as_far_as_it_goes(room: Room) -> None:
    room.status.put(status(faces=(face(box=Box(-50, -40, 900, 900)),)))
    assert snapshot(room).shape == (480, 640, 3)


def test_drawing_leaves_the_frame_itself_alone(room: Room) -> None:
    assert room.picture
    snapshot(room)
    assert int(np.ptp(room.picture.bgr())) == 0


def test_there_is_no_picture_while_the_camera_is_off(room: Room) -> None:
    room.status.put(status("paused"))
    answer = room.client().get("/snapshot.jpg")
    assert answer.status_code == 503
    assert "the camera is off" in answer.get_data(as_text=True)


def test_there_is_no_picture_of_a_daemon_that_hangs(room: Room) -> None:
    room.healthy = False
    answer = room.client().get("/snapshot.jpg")
    assert answer.status_code == 503
    assert "the daemon hangs" in answer.get_data(as_text=True)


def test_there_is_no_picture_before_the_first(room: Room) -> None:
    room.picture = None
    assert room.client().get("/snapshot.jpg").status_code == 503
