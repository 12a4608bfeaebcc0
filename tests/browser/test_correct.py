"""Not quite? in a real Chromium: one tap says what it really was, and a calm face is learned from there."""

from edge.records import PAUSED
from tests.browser.driver import Browser
from tests.web.room import Room, status


def test_one_tap_says_what_it_really_was_and_it_shows_at_once(page: Browser, room: Room) -> None:
    page.click("#correct summary")
    page.click("#correct button[value=surprise]")
    page.until(lambda: page.text("#corrected") == "Noted: surprised, not happy.")
    (kept,) = room.corrections.kept
    assert (kept.said, kept.right) == ("happy", "surprise")
    assert not page.shown("#correct form")
    assert page.run("return document.activeElement.textContent") == "Not quite?"
    assert page.complaints() == []


def test_the_mood_that_is_corrected_is_the_one_the_menu_was_opened_for(page: Browser, room: Room) -> None:
    page.click("#correct summary")
    room.status.put(status("sad"))
    page.until(lambda: page.text("h1") == "Sad")
    page.click("#correct button[value=neutral]")
    page.until(lambda: room.corrections.kept)
    assert room.corrections.kept[0].said == "happy"


def test_a_calm_face_is_learned_after_a_countdown(page: Browser, room: Room) -> None:
    page.click("#correct summary")
    page.click("#correct button[value=neutral]")
    page.until(lambda: "Noted: neutral" in page.text("#corrected"))
    page.type("#corrected button", " ")
    page.until(lambda: page.text("#corrected").endswith(": 2"))
    assert page.run("return document.activeElement.id") == "corrected", "the button is gone"
    assert room.calibration.state == "none", "not before the end"
    page.until(lambda: room.calibration.state.startswith("collecting"))


def test_what_cannot_be_kept_is_told(page: Browser, room: Room) -> None:
    room.corrections.broken = True
    page.click("#correct summary")
    page.click("#correct button[value=sad]")
    page.until(lambda: page.text("#correct-error").startswith("It was not kept: it cannot be written"))
    page.complaints()


def test_a_camera_that_is_off_is_not_to_be_corrected(page: Browser, room: Room) -> None:
    room.status.put(status(PAUSED))
    page.until(lambda: not page.shown("#correct-line"))
    room.status.put(status())
    page.until(lambda: page.shown("#correct-line"))


def test_what_it_got_wrong_fits_a_phone(page: Browser, room: Room) -> None:
    page.look(320, 640, touch=True)
    page.click("#correct summary")
    assert page.run("return document.documentElement.scrollWidth") == 320
    edges = "const box = document.querySelector('#correct form').getBoundingClientRect(); return [box.left, box.right]"
    left, right = page.run(edges)
    assert left >= 0 and right <= 320
    page.click("#correct button[value=sad]")
    page.until(lambda: room.corrections.kept)
    page.open(page.run("return location.origin") + "/corrections")
    assert page.text("h1") == "What it got wrong"
    assert page.run("return document.documentElement.scrollWidth") == 320
