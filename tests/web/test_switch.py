"""The camera's switch and its pause as they are without scripts, on every page."""

import time
from datetime import datetime

import pytest

from edge.config import WebConfig
from edge.languages import texts
from edge.records import PAUSED
from tests.web.reading import page, words
from tests.web.room import NOON, Room, status

#: The pages of text, and their endpoints.
PLAIN = {"/health": "device.health", "/settings": "settings.page", "/corrections": "corrections.page"}

TITLES = texts("en")["moods"]


def test_whoever_cannot_switch_the_camera_on_is_not_asked_to(room: Room) -> None:
    room.status.put(status(PAUSED))
    assert "Switch it on to go on" in page(room)
    room.camera.locked = "page"
    assert "The camera is locked off" in page(room)
    assert "Switch it on" not in page(room)
    shown = Room(web=WebConfig(control=False))
    shown.status.put(status(PAUSED))
    assert "Switch it on" not in page(shown)


def test_a_paused_camera_can_be_switched_on(room: Room) -> None:
    room.status.put(status(PAUSED))
    assert 'role="switch" aria-checked="false" value="true"' in page(room)


def test_without_scripts_the_camera_is_switched_by_its_form(room: Room) -> None:
    answer = room.client().post("/camera", data={"on": "false"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert room.switched == [False]
    assert room.client().post("/camera", data={"on": "maybe"}).status_code == 400
    assert room.switched == [False]


def test_without_scripts_a_pause_is_a_form_too(room: Room) -> None:
    for minutes in ("15", "60", "tomorrow", ""):
        assert f'name="minutes" value="{minutes}"' in page(room)
        assert room.client().post("/camera", data={"on": "false", "minutes": minutes}).status_code == 303
    until_tomorrow = room.camera.seconds.pop(2)
    assert until_tomorrow and 6 * 3600 <= until_tomorrow <= 31 * 3600
    assert room.camera.seconds == [900, 3600, None]
    for bad in ("soon", "0", "nan", "inf", "99999"):
        assert room.client().post("/camera", data={"on": "false", "minutes": bad}).status_code == 400
    assert room.client().post("/camera", data={"on": "true", "minutes": "15"}).status_code == 400


def test_a_paused_page_says_when_it_goes_on(room: Room) -> None:
    end = datetime.fromtimestamp(NOON)
    room.status.put(status(PAUSED, camera_until=NOON))
    for path in ("/", "/wall", *PLAIN):
        assert f"On again at {end:%a %H:%M}" in words(page(room, path)), path
    now = time.time()
    room.status.put(status(PAUSED, camera_until=now))
    assert f"On again at {datetime.fromtimestamp(now):%H:%M}" in words(page(room))


@pytest.mark.parametrize(("path", "endpoint"), [("/wall", "pages.wall"), *PLAIN.items()])
def test_every_page_has_the_switch_and_comes_again_when_it_was_used(room: Room, path: str, endpoint: str) -> None:
    html = page(room, path)
    assert 'role="switch" aria-checked="true" value="false"' in html
    assert html.count(f'name="back" value="{endpoint}"') == 2
    for sent in ({"on": "false"}, {"on": "false", "minutes": "15"}):
        answer = room.client().post("/camera", data=sent | {"back": endpoint})
        assert (answer.status_code, answer.headers["Location"]) == (303, f"{path}?switched=")
    assert room.camera.seconds == [None, 900]
    refreshed = f'content="1; url={path}"'
    assert (refreshed in page(room, f"{path}?switched=")) is (path != "/wall")
    shown = Room(web=WebConfig(control=False))
    shown.status.put(status())
    assert 'role="switch"' not in page(shown, path)


@pytest.mark.parametrize("back", ["pages.favicon", "https://example.com", "api.status", ""])
def test_the_switch_leads_to_no_other_place(room: Room, back: str) -> None:
    answer = room.client().post("/camera", data={"on": "false", "back": back})
    assert answer.headers["Location"] == "/"


def test_a_page_says_that_the_house_keeps_the_camera_off(room: Room) -> None:
    room.status.put(status(PAUSED, camera_why="topic"))
    assert "Off while the house says so" in words(page(room))
