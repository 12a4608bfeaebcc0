"""The page in the languages it speaks: the next moments too, and nothing is wider than the screen."""

import time

import pytest

from edge.config import WebConfig
from edge.languages import LANGUAGES, texts
from edge.records import Playlist
from edge.web.server import Server
from tests.browser.conftest import VIEWERS
from tests.browser.driver import Browser
from tests.web.room import Room, status


@pytest.fixture(params=LANGUAGES[1:])
def room(request: pytest.FixtureRequest) -> Room:
    made = Room(web=WebConfig(max_viewers=VIEWERS), language=request.param)
    made.status.put(status(since=time.time() - 25 * 60))
    return made


def test_the_next_moments_are_told_in_the_page_s_language(room: Room, served: Server, browser: Browser) -> None:
    of = texts(room.language)
    browser.open(f"http://127.0.0.1:{served.port}/")
    browser.until(lambda: browser.text("#connection") == of["script"]["live"])
    room.status.put(status("sad", since=time.time(), playlist=Playlist("Sad Songs", "spotify:playlist:x")))
    browser.until(lambda: browser.text("h1") == of["moods"]["sad"])
    assert browser.text("#since").startswith(of["page"]["for"].partition("{")[0])
    assert browser.text("#cheer") == of["music"]["cheer"]
    assert browser.text("#playlist-note") == of["music"]["note"]
    room.status.put(status("absent", since=time.time()))
    browser.until(lambda: browser.text("#hint") == of["hints"]["absent"])
    assert browser.complaints() == []


@pytest.mark.parametrize("path", ["/", "/wall?dim=off", "/health", "/settings", "/corrections"])
def test_nothing_is_wider_than_a_small_phone(room: Room, served: Server, browser: Browser, path: str) -> None:
    browser.look(320, 700)
    browser.open(f"http://127.0.0.1:{served.port}{path}")
    wide = browser.run(
        "return [...document.querySelectorAll('body *')].filter((e) => e.checkVisibility()"
        " && !e.closest('.scroll, svg') && e.getBoundingClientRect().right > innerWidth + 1)"
        ".map((e) => e.outerHTML.slice(0, 80))"
    )
    assert wide == []
