"""The password in a real Chromium: a guest's page, the log-in, the owner's page, the lock."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.config import WebConfig
from edge.web.address import bind
from edge.web.server import Server
from tests.browser.driver import Browser
from tests.web.room import Room, status

SECRET = "guten tag mond"


@pytest.fixture
def owned(browser: Browser) -> Iterator[tuple[Room, str]]:
    """A page with a password, and its address."""
    room = Room(web=WebConfig(password=SECRET))
    room.status.put(status(since=time.time() - 25 * 60))
    server = Server(room.app(), bind("127.0.0.1", 0), threads=12)
    server.start()
    browser.look(1280, 800)
    browser.cdp("Network.clearBrowserCookies")  # a browser sends a cookie to every port of a host
    yield room, f"http://127.0.0.1:{server.port}"
    browser.open("about:blank")
    room.status.close()
    server.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), [(320, 640), (390, 844), (1280, 800)])
def test_the_log_in_fits_the_window(
    browser: Browser, owned: tuple[Room, str], width: int, height: int, scheme: str, tmp_path: Path
) -> None:
    browser.look(width, height, scheme, touch=width < 500)
    for path in ("/login", "/"):
        browser.open(owned[1] + path)
        assert browser.run("return document.documentElement.scrollWidth <= innerWidth")
        browser.screenshot(tmp_path / f"{width}-{scheme}.png")
    assert browser.complaints() == []


def test_a_guest_follows_the_mood_logs_in_and_finds_the_rest(browser: Browser, owned: tuple[Room, str]) -> None:
    room, home = owned
    browser.open(home)
    browser.until(lambda: browser.text("#connection") == "live")
    room.status.put(status("sad"))
    browser.until(lambda: browser.text("h1") == "Sad")
    assert browser.complaints() == []
    browser.click("a[href='/login']")
    browser.until(lambda: browser.run("return location.pathname") == "/login")
    assert browser.name("#password") == "Password"
    browser.type("#password", "not this one")
    browser.click("button")
    browser.until(lambda: browser.text("#error") == "That is not the password.")
    browser.type("#password", SECRET)
    browser.click("button")
    browser.until(lambda: browser.run("return location.pathname") == "/")
    browser.until(lambda: browser.text("#connection") == "live")
    for selector in ("#camera", "#day", "#photo-form", "#lock"):
        assert browser.shown(selector)
    assert browser.run("return document.cookie") == "", "no script sees the session"


def test_the_owner_locks_the_camera_off_and_every_page_shows_it(browser: Browser, owned: tuple[Room, str]) -> None:
    room, home = owned
    browser.open(f"{home}/login")
    browser.type("#password", SECRET)
    browser.click("button")
    browser.until(lambda: browser.shown("#lock"))
    browser.click("#lock")
    browser.until(lambda: browser.text("#lock") == "Unlock the camera")
    assert room.camera.locked == "page"
    assert browser.run("return document.querySelector('#camera').disabled")
    room.camera.locked = ""  # unlocked on another page
    room.status.put(status("fear"))
    browser.until(lambda: not browser.run("return document.querySelector('#camera').disabled"))
    assert browser.text("#lock") == "Lock the camera off"
