"""The page in a real Chromium: it follows the room, and does what it is told."""

import re
import time
from dataclasses import replace

import pytest

from edge.records import ABSENT, NONE, PAUSED, UNKNOWN, Clause
from edge.status import CameraState
from edge.web.facts import FACTS
from edge.web.server import Server
from tests.browser.driver import Browser
from tests.browser.serving import serving
from tests.web.room import HEALTH, Room, face, status


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
    page.until(lambda: page.text("#now") == "Now probably surprised 64 %")
    assert page.run("return document.querySelector('#now use').getAttribute('href')") == "#face-surprise"
    assert mood(page) == "Happy"


def test_who_has_just_left_leaves_the_mood(page: Browser, room: Room) -> None:
    room.status.put(status("happy", expression=NONE, confidence=0.0, presence=False, faces=()))
    page.until(lambda: page.text("#now") == "Now nobody in view")
    assert mood(page) == "Happy"
    assert page.shown("#scores")
    assert not page.shown("#count")


def test_the_page_says_why(page: Browser, room: Room) -> None:
    happy = Clause("mood_held", {"mood": "happy", "held": 28, "below": 6})
    reasons = ((happy, Clause("nothing_else", {})), (Clause("expression", {"mood": "sad", "sure": 0.7}),))
    lines = (
        "mood: happy has evidence of 28 % and ends below 6 %; nothing else was shown",
        "expression: probably sad, 70 %",
    )
    room.status.put(status(why=(*reasons, (Clause("held_minutes", {"name": "Happy Hits!", "left": 7}),))))
    page.click(".why summary")
    page.until(lambda: "held for 7 min" in page.text("#why"))
    room.status.put(status(why=reasons))
    page.until(lambda: page.text("#why").split("\n") == list(lines))


def test_what_is_wrong_with_the_camera_is_told(page: Browser, room: Room) -> None:
    room.status.put(status(UNKNOWN, expression=UNKNOWN, camera=CameraState("failed", "/dev/video0 is not there")))
    page.until(lambda: mood(page) == "No camera")
    assert page.text("#hint") == "/dev/video0 is not there"
    assert page.run("return document.getElementById('hint').lang") == "en"
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


def test_while_the_camera_opens_nobody_is_not_claimed(page: Browser, room: Room) -> None:
    room.status.put(status(ABSENT, camera=CameraState("opening"), presence=None))
    page.until(lambda: mood(page) == "Waking up")
    assert page.text("#hint") == "The camera and the model are starting."
    room.status.put(status(ABSENT))
    page.until(lambda: mood(page) == "Nobody here")


def test_how_sure_is_said_in_words_first_and_a_hundred_per_cent_of_nobody(page: Browser, room: Room) -> None:
    room.status.put(status("happy", expression="happy", confidence=1.0))
    page.until(lambda: page.text("#now") == "Now clearly happy 99 %")


def test_trouble_beside_the_camera_is_one_line_with_its_meaning(page: Browser, room: Room) -> None:
    assert not page.shown("#trouble")
    room.status.put(status(health=replace(HEALTH, mqtt="unreachable")))
    page.until(lambda: "Home Assistant and others hear nothing" in page.text("#trouble"))
    room.status.put(status())
    page.until(lambda: not page.shown("#trouble"))


def test_while_the_device_starts_the_switch_can_be_used_and_means_off(browser: Browser) -> None:
    early = Room()
    with serving(browser, early) as address:
        browser.open(address)
        assert mood(browser) == "Waking up"
        browser.click("#camera")
        browser.until(lambda: early.switched == [False])


def test_what_failed_is_said_beside_it_in_words_and_goes_when_the_device_is_back(
    page: Browser, room: Room, served: Server
) -> None:
    served.close()
    page.until(lambda: page.text("#connection") == "reconnecting…")
    page.click("#camera")
    page.until(lambda: page.text("#camera-error").startswith("The camera was not switched off: the device does not"))
    page.click("#another")
    page.until(lambda: page.text("#fact-error").startswith("No other fact: the device does not answer"))
    with serving(page, room, served.port):
        page.until(lambda: page.text("#connection") == "live")
        page.until(lambda: not page.shown("#camera-error"))
        assert not page.shown("#fact-error")
    page.complaints()


def test_the_switch_keeps_the_keyboards_focus(page: Browser, room: Room) -> None:
    page.type("#camera", " ")
    page.until(lambda: room.switched == [False])
    room.status.put(status(PAUSED))
    page.until(lambda: page.run("return document.getElementById('camera').getAttribute('aria-checked')") == "false")
    assert page.run("return document.activeElement.id") == "camera"


def test_the_camera_is_paused_by_key_and_the_page_counts_down(page: Browser, room: Room) -> None:
    page.type("#pause summary", " ")
    page.type("#pause button[value='15']", " ")
    page.until(lambda: room.camera.seconds == [900])
    assert page.run("return document.activeElement.textContent") == "Pause"
    assert not page.shown("#pause form")
    room.status.put(status(PAUSED, camera_until=time.time() + 900))
    page.until(lambda: page.text("#until").endswith("in 15 min"))
    assert page.text("#until").startswith("On again at ")
    room.status.put(status(PAUSED, camera_until=time.time() + 30))
    page.until(lambda: re.search("in [12][0-9] s$", page.text("#until")))
    before = page.text("#until")
    page.until(lambda: page.text("#until") != before)
    room.status.put(status())
    page.until(lambda: not page.shown("#until"))


def test_a_pause_until_tomorrow_ends_at_six_in_the_morning(page: Browser, room: Room) -> None:
    page.click("#pause summary")
    page.click("#pause button[value='tomorrow']")
    page.until(lambda: room.camera.seconds)
    end = time.time() + (room.camera.seconds[0] or 0)
    hour = page.run(
        "const end = new Date(arguments[0]); return [end.getHours(), end.getMinutes()]", end * 1000 + 30_000
    )
    assert hour == [6, 0]


def test_the_menu_of_pauses_closes_with_escape_and_keeps_the_focus(page: Browser) -> None:
    page.click("#pause summary")
    assert page.shown("#pause form")
    page.type("#pause summary", "\ue00c")
    assert not page.shown("#pause form")
    assert page.run("return document.activeElement.textContent") == "Pause"


def test_the_camera_is_switched_by_mouse_and_by_key(page: Browser, room: Room) -> None:
    assert page.name("#camera").startswith("Camera")
    page.click("#camera")
    page.until(lambda: room.switched == [False])
    room.status.put(status(PAUSED))
    page.until(lambda: page.run("return document.getElementById('camera').getAttribute('aria-checked')") == "false")
    page.type("#camera", " ")
    page.until(lambda: room.switched == [False, True])
    assert page.complaints() == []


def test_another_fact_is_one_press_away(page: Browser) -> None:
    first = page.text("#fact-text")
    page.click("#another")
    page.until(lambda: page.text("#fact-text") != first)
    assert "(" in page.text("#fact-source")


def test_each_paper_of_a_fact_is_a_link_of_its_own(page: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edge.web.api.FACTS", (FACTS[2], FACTS[2]))
    page.click("#another")
    page.until(lambda: page.text("#fact-text") == FACTS[2].text)
    hrefs = "return [...document.querySelectorAll('#fact-source a')].map((one) => one.href)"
    assert page.run(hrefs) == ["https://doi.org/10.1037/a0036052", "https://doi.org/10.1037/h0030377"]
    assert page.text("#fact-source") == FACTS[2].source


def test_the_fact_is_one_of_the_new_mood_and_not_read_out_unasked(page: Browser, room: Room) -> None:
    room.status.put(status("sad"))
    page.until(lambda: mood(page) == "Sad")
    shown = "return Number(document.getElementById('another').dataset.shown)"
    page.until(lambda: "sad" in FACTS[page.run(shown)].moods)
    assert page.text("#fact-text") == FACTS[page.run(shown)].text
    live = "return document.getElementById('fact-text').ariaLive"
    assert page.run(live) == "off"
    page.click("#another")
    page.until(lambda: page.run(live) == "polite")
    assert page.complaints() == []


def test_the_resting_face_is_learned_from_the_page(page: Browser, room: Room) -> None:
    page.click("#calibrate")
    page.until(lambda: page.text("#calibration") == "Calibration: collecting: keep a calm face")
    page.click("#uncalibrate")
    page.until(lambda: page.text("#calibration") == "Calibration: none")
    room.calibration.problem = "calibration: nobody is in view; look at the camera first"
    page.click("#calibrate")
    page.until(lambda: page.text("#calibration-error") == f"It was not learned: {room.calibration.problem}")
    page.complaints()
