"""The page in a real Chromium: it follows the room, and does what it is told."""

import http.client
import time
from contextlib import ExitStack, closing

from edge.past import HistoryEntry
from edge.records import ABSENT, NONE, PAUSED, UNKNOWN, CameraState, Playlist
from edge.web.address import bind
from edge.web.server import Server
from tests.browser.driver import Browser
from tests.web.room import Room, face, status


def mood(page: Browser) -> str:
    return page.text("h1")


def test_the_page_follows_the_mood(page: Browser, room: Room) -> None:
    assert mood(page) == "Happy"
    assert page.text("#details") == "for 25 min\n1 face in view"
    room.status.put(status("sad", faces=(face("sad"), face("sad")), since=time.time()))
    page.until(lambda: mood(page) == "Sad")
    assert page.text("#count") == "2 faces in view"
    assert page.text("#since") in ("for 1 s", "for 2 s", "for 3 s")
    assert page.run("return document.body.className") == "m-sad"
    assert page.run("return document.title").startswith("Sad · ")
    assert page.run("return document.querySelector('.portrait use').getAttribute('href')") == "#face-sad"
    assert page.run("return document.getElementById('playlist').href") == "spotify:playlist:37i9dQZF1DX7qK8ma5wgG1"
    assert page.run("return document.querySelector('#scores .m-sad .bar-fill').getAttribute('width')") == "40.0%"
    assert page.complaints() == []


def test_what_is_shown_now_stands_beside_the_mood(page: Browser, room: Room) -> None:
    room.status.put(status("happy", expression="surprise", confidence=0.64))
    page.until(lambda: page.text("#now") == "Now Surprised 64 % sure")
    assert page.run("return document.querySelector('#now use').getAttribute('href')") == "#face-surprise"
    assert mood(page) == "Happy"


def test_who_has_just_left_leaves_the_mood(page: Browser, room: Room) -> None:
    room.status.put(status("happy", expression=NONE, confidence=0.0, presence=False, faces=()))
    page.until(lambda: page.text("#now") == "Now Nobody in view")
    assert mood(page) == "Happy"
    assert page.shown("#scores")
    assert not page.shown("#count")


def test_the_page_says_why(page: Browser, room: Room) -> None:
    lines = ("mood: happy has evidence of 28 % and ends below 6 %; nothing else was shown", "expression: sad, 70 %")
    room.status.put(status(why=(*lines, "playlist: Happy Hits! is held for 7 min more")))
    page.click(".why summary")
    page.until(lambda: "held for 7 min" in page.text("#why"))
    room.status.put(status(why=lines))
    page.until(lambda: page.text("#why").split("\n") == list(lines))


def test_what_is_wrong_with_the_camera_is_told(page: Browser, room: Room) -> None:
    room.status.put(status(UNKNOWN, expression=UNKNOWN, camera=CameraState("failed", "/dev/video0 is not there")))
    page.until(lambda: mood(page) == "No picture")
    assert page.text("#hint") == "/dev/video0 is not there"
    assert not page.shown("#now")


def test_nobody_and_nothing_are_shown_as_such(page: Browser, room: Room) -> None:
    room.status.put(status(ABSENT))
    page.until(lambda: mood(page) == "Nobody here")
    for hidden in ("#now", "#count", "#scores", "#playlist-line"):
        assert not page.shown(hidden)
    room.status.put(status(PAUSED))
    page.until(lambda: mood(page) == "Camera off")
    assert "Switch it on" in page.text("#hint")
    room.status.put(status("fear"))
    page.until(lambda: mood(page) == "Afraid")
    assert page.shown("#scores")
    assert not page.shown("#playlist-line"), "no playlist fits fear here"


def test_an_address_that_is_no_playlist_is_not_linked(page: Browser, room: Room) -> None:
    room.status.put(status("sad", playlist=Playlist("<b>Odd</b>", "javascript:alert(1)")))
    page.until(lambda: mood(page) == "Sad")
    assert page.text("#playlist-name") == "<b>Odd</b>"
    assert page.run("return document.getElementById('playlist').hasAttribute('href')") is False


def test_a_lost_connection_is_told_and_found_again(page: Browser, room: Room, served: Server) -> None:
    served.close()
    page.until(lambda: page.text("#connection") == "reconnecting…")
    assert page.run("return document.body.classList.contains('stale')")
    again = Server(room.app(), bind("127.0.0.1", served.port), threads=8)
    room.status.put(status("surprise"))
    again.start()
    page.until(lambda: page.text("#connection") == "live")
    assert mood(page) == "Surprised"
    assert not page.run("return document.body.classList.contains('stale')")
    page.open("about:blank")
    again.close()


def test_where_no_place_is_free_the_page_still_shows_the_mood(served: Server, browser: Browser, room: Room) -> None:
    with ExitStack() as others:
        for _ in range(room.web.max_viewers):
            other = others.enter_context(closing(http.client.HTTPConnection("127.0.0.1", served.port, timeout=10)))
            other.request("GET", "/api/events")
            others.enter_context(closing(other.getresponse()))
        browser.open(f"http://127.0.0.1:{served.port}/")
        browser.until(lambda: browser.text("#connection") == "every few seconds")
        room.status.put(status("sad"))
        browser.until(lambda: mood(browser) == "Sad")
    browser.until(lambda: browser.text("#connection") == "live")
    browser.complaints()


def test_the_camera_is_switched_by_mouse_and_by_key(page: Browser, room: Room) -> None:
    assert page.name("#camera").startswith("Camera")
    page.click("#camera")
    page.until(lambda: room.switched == [False])
    room.status.put(status(PAUSED))
    page.until(lambda: page.run("return document.getElementById('camera').getAttribute('aria-checked')") == "false")
    page.type("#camera", " ")
    page.until(lambda: room.switched == [False, True])
    assert page.complaints() == []


def test_another_playlist_is_one_press_away_and_a_mood_that_has_one_only_says_so(page: Browser, room: Room) -> None:
    page.click("#another-playlist")
    page.until(lambda: room.wishes == ["another"])
    page.until(lambda: page.text("#hint") == "This mood has no other playlist in config.yaml.")
    assert not page.complaints()


def test_another_fact_is_one_press_away(page: Browser) -> None:
    first = page.text("#fact-text")
    page.click("#another")
    page.until(lambda: page.text("#fact-text") != first)
    assert "(" in page.text("#fact-source")


def test_the_resting_face_is_learned_from_the_page(page: Browser, room: Room) -> None:
    page.click("#calibrate")
    page.until(lambda: page.text("#calibration") == "Calibration: collecting: keep a calm face")
    page.click("#uncalibrate")
    page.until(lambda: page.text("#calibration") == "Calibration: none")
    room.calibration.problem = "calibration: nobody is in view; look at the camera first"
    page.click("#calibrate")
    page.until(lambda: page.text("#calibration") == room.calibration.problem)


def test_the_day_follows_the_mood(page: Browser, room: Room) -> None:
    now = time.time()
    assert room.history
    room.history.entries = [
        HistoryEntry(now - 9000, "happy", ABSENT, 0.7, 1, None),
        HistoryEntry(now - 7200, "sad", "happy", 0.7, 1, None),
    ]
    room.status.put(status("sad"))
    page.until(lambda: page.run("return document.querySelectorAll('.ribbon rect').length") == 2)
    page.click("#day summary")
    assert page.shown("#day table")
    assert page.run("return document.querySelectorAll('#day tbody tr').length") == 2
