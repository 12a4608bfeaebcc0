"""The page in a real Chromium: it follows the room, takes photos, and looks right on a phone and on a desk."""

import http.client
import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from driver import Browser
from web_room import ReadPhoto, Room, face, frame, status

from edge.config import WebConfig
from edge.records import ABSENT, LABELS, MOODS, PAUSED, Box, HistoryEntry, Playlist
from edge.web import Server

VIEWERS = 3


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    chromedriver = shutil.which("chromedriver")
    if not chromedriver:
        pytest.skip("chromedriver is not installed: apt-get install chromium chromium-driver")
    with Browser(chromedriver, tmp_path_factory.mktemp("chromium")) as started:
        yield started


@pytest.fixture
def room() -> Room:
    made = Room(web=WebConfig(max_viewers=VIEWERS))
    made.status.put(status(since=time.time() - 25 * 60))
    return made


@pytest.fixture
def served(room: Room, browser: Browser) -> Iterator[Server]:
    running = Server(room.app(), "127.0.0.1", 0, threads=VIEWERS + 4)
    running.start()
    browser.look(1280, 800)
    yield running
    browser.open("about:blank")
    room.status.close()
    running.close()


@pytest.fixture
def page(served: Server, browser: Browser) -> Browser:
    """The page, open and live."""
    browser.open(f"http://127.0.0.1:{served.port}/")
    browser.until(lambda: browser.text("#connection") == "live")
    browser.complaints()
    return browser


def mood(page: Browser) -> str:
    return page.text("h1")


def wait_for(page: Browser, shown: str) -> None:
    page.until(lambda: page.run("return document.body.dataset.mood") == shown)


def test_the_page_follows_the_mood(page: Browser, room: Room) -> None:
    assert mood(page) == "Happy"
    assert page.text("#details") == "70 % sure\n1 face in view\nfor 25 min"
    room.status.put(status("sad", faces=(face("sad"), face("sad")), since=time.time()))
    page.until(lambda: mood(page) == "Sad")
    assert page.text("#count") == "2 faces in view"
    assert page.text("#since") in ("for 1 s", "for 2 s", "for 3 s")
    assert page.run("return document.body.className") == "m-sad"
    assert page.run("return document.title").startswith("Sad · ")
    assert page.run("return document.querySelector('.portrait use').getAttribute('href')") == "#face-sad"
    assert page.run("return document.getElementById('playlist').href") == "spotify:playlist:37i9dQZF1DX7qK8ma5wgG1"
    assert page.run("return document.querySelector('#scores .m-sad .bar-fill').getAttribute('width')") == "70.0%"
    assert page.complaints() == []


def test_nobody_and_nothing_are_shown_as_such(page: Browser, room: Room) -> None:
    room.status.put(status(ABSENT))
    page.until(lambda: mood(page) == "Nobody here")
    for hidden in ("#confidence", "#count", "#scores", "#playlist-line"):
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
    again = Server(room.app(), "127.0.0.1", served.port, threads=8)
    room.status.put(status("surprise"))
    again.start()
    page.until(lambda: page.text("#connection") == "live")
    assert mood(page) == "Surprised"
    assert not page.run("return document.body.classList.contains('stale')")
    page.open("about:blank")
    again.close()


def test_where_no_place_is_free_the_page_still_shows_the_mood(served: Server, browser: Browser, room: Room) -> None:
    with ExitStack() as others:
        for _ in range(VIEWERS):
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


def test_another_fact_is_one_press_away(page: Browser) -> None:
    first = page.text("#fact-text")
    page.click("#another")
    page.until(lambda: page.text("#fact-text") != first)
    assert "(" in page.text("#fact-source")


def test_the_resting_face_is_learned_from_the_page(page: Browser, room: Room) -> None:
    page.click("#calibrate")
    page.until(lambda: page.text("#calibration") == "Calibration: learning")
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


# photos


def portrait(root: Path) -> str:
    return str(root / "edge" / "demo" / "eileen_collins.png")


def result(page: Browser) -> str:
    return str(
        page.until(lambda: page.run("return document.querySelector('#result .found, #result .error')?.innerText"))
    )


def test_a_chosen_photo_is_read(page: Browser, room: Room, root: Path) -> None:
    room.found = ReadPhoto((face("happy", Box(180, 70, 90, 90)),))
    page.type("#photo", portrait(root))
    seen = result(page)
    assert "Happy" in seen
    assert "70 % sure" in seen
    assert "Happy Hits!" in seen
    assert room.photos[0][:2] == b"\xff\xd8", "made small by the browser, and JPEG"
    assert page.shown("#preview")
    assert page.complaints() == []


def test_the_faces_are_marked_on_the_photo(page: Browser, room: Room, root: Path) -> None:
    room.found = ReadPhoto((face("happy", Box(80, 60, 110, 110)),), width=268, height=280)
    page.type("#photo", portrait(root))
    result(page)
    marked = page.run(
        "const pen = document.getElementById('preview').getContext('2d');"
        "return [[80, 115], [135, 170], [135, 115]].map(([x, y]) => [...pen.getImageData(x, y, 1, 1).data].slice(0, 3))"
    )
    left, bottom, inside = marked
    assert left == bottom == [239, 171, 34], "the mood's colour on the left and the lower side of the box"
    assert inside != left


SEND = """
const canvas = document.createElement('canvas'); canvas.width = canvas.height = 64;
const photo = await new Promise((done) => canvas.toBlob(done));
const carried = new DataTransfer();
const [way, isPhoto] = arguments;
carried.items.add(new File([isPhoto ? photo : 'text'], 'sent', { type: isPhoto ? 'image/png' : 'text/plain' }));
const settings = { bubbles: true, cancelable: true };
const event = way === 'paste' ? new ClipboardEvent(way, { ...settings, clipboardData: carried })
  : new DragEvent(way, { ...settings, dataTransfer: carried });
document.getElementById('drop').dispatchEvent(event);
return event.defaultPrevented
"""


@pytest.mark.parametrize("way", ["paste", "drop"])
def test_a_pasted_or_dropped_photo_is_read(page: Browser, room: Room, way: str) -> None:
    assert page.run(f"return (async function () {{ {SEND} }}).apply(null, arguments)", way, True)
    assert "Happy" in result(page)
    assert len(room.photos) == 1


def test_dropped_text_is_no_photo_and_does_not_leave_the_page(page: Browser, room: Room) -> None:
    assert page.run(f"return (async function () {{ {SEND} }}).apply(null, arguments)", "drop", False)
    assert result(page) == "That is not a picture."
    assert room.photos == []


def test_a_picture_is_taken_with_the_camera_of_the_browser(page: Browser, room: Room) -> None:
    page.click("#take")
    page.until(lambda: page.run("return document.getElementById('viewfinder').videoWidth > 0"))
    page.click("#snap")
    assert "Happy" in result(page)
    assert len(room.photos) == 1
    assert not page.shown("#viewfinder")
    assert page.run("return document.getElementById('viewfinder').srcObject.getTracks()[0].readyState") == "ended"


def test_what_the_browser_cannot_read_is_left_to_the_device(page: Browser, room: Room, tmp_path: Path) -> None:
    file = tmp_path / "odd.tiff"
    file.write_bytes(b"not a picture")
    page.type("#photo", str(file))
    assert "this is no picture that can be read" in result(page)
    assert room.photos == [b"not a picture"]


def test_a_photo_that_is_too_large_is_not_even_sent(page: Browser, room: Room, tmp_path: Path) -> None:
    file = tmp_path / "huge.tiff"
    file.write_bytes(bytes(9 * 2**20))
    page.type("#photo", str(file))
    assert result(page) == "This photo is too large: at most 8 MiB."
    assert room.photos == []


def test_without_scripts_the_essentials_work(served: Server, browser: Browser, room: Room, root: Path) -> None:
    browser.cdp("Emulation.setScriptExecutionDisabled", value=True)
    try:
        browser.open(f"http://127.0.0.1:{served.port}/")
        assert mood(browser) == "Happy"
        browser.click("#camera")
        browser.until(lambda: room.switched == [False])
        browser.until(lambda: mood(browser) == "Happy")
        browser.type("#photo", portrait(root))
        browser.click("#photo-form noscript button")
        browser.until(lambda: "70 % sure" in browser.text("#result"))
        assert room.photos[0][:4] == b"\x89PNG"
    finally:
        browser.cdp("Emulation.setScriptExecutionDisabled", value=False)


# looks


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), [(320, 640), (390, 844), (768, 1024), (1280, 800), (1920, 1080)])
def test_nothing_is_wider_than_the_window(
    page: Browser, room: Room, width: int, height: int, scheme: str, tmp_path: Path
) -> None:
    page.look(width, height, scheme, touch=width < 500)
    for shown in ("disgust", ABSENT):
        room.status.put(
            status(shown, playlist=Playlist("A playlist with quite a long name, as some are", "https://a.b"))
        )
        wait_for(page, shown)
        assert page.run("return document.documentElement.scrollWidth <= innerWidth")
        assert page.run("return document.querySelector('h1').getBoundingClientRect().bottom < innerHeight")
    page.screenshot(tmp_path / f"page-{width}-{scheme}.png")


def luminance(colour: Any) -> float:
    """Relative luminance of red, green, blue of 0–255 (WCAG 2.2)."""
    share = np.asarray(colour, float) / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    return float(linear @ (0.2126, 0.7152, 0.0722))


TEXTS = ["h1", "#lead", "#since", "#day-title", ".ticks span", ".legend .quiet", ".bar-value", "#fact-source"]
TEXTS += ["#playlist-name", ".health dt", "#hint", ".small-print", ".foot p", "#connection-text"]
WHERE = """
const found = document.querySelector(arguments[0]);
if (!found || !found.getClientRects().length) return null;
const { left, top, width, height } = found.getBoundingClientRect();
const pen = new OffscreenCanvas(1, 1).getContext('2d');
pen.fillStyle = getComputedStyle(found).color;
pen.fillRect(0, 0, 1, 1);
return [[...pen.getImageData(0, 0, 1, 1).data].slice(0, 3), [left, top, width, height].map(Math.round)];
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_from_what_is_behind_it(page: Browser, room: Room, scheme: str, tmp_path: Path) -> None:
    page.look(1280, 1800, scheme, still=True)
    file = tmp_path / "page.png"
    for shown in MOODS:
        room.status.put(status(shown))
        wait_for(page, shown)
        page.screenshot(file)
        picture = cv2.cvtColor(np.asarray(cv2.imread(str(file))), cv2.COLOR_BGR2RGB)
        looked_at = 0
        for selector in TEXTS:
            found = page.run(WHERE, selector)
            if not found or not found[1][2]:
                continue
            ink, (x, y, w, h) = found
            behind = np.median(picture[y : y + h, x : x + w].reshape(-1, 3), axis=0)
            lighter, darker = sorted((luminance(ink), luminance(behind)), reverse=True)
            assert (lighter + 0.05) / (darker + 0.05) >= 4.5, f"{shown}, {selector}: {ink} on {behind}"
            looked_at += 1
        assert looked_at >= 9


def test_whoever_wants_no_motion_gets_none(page: Browser) -> None:
    assert page.run("return document.getAnimations().length") > 0
    page.look(1280, 800, still=True)
    assert page.run("return document.getAnimations().length") == 0


def test_everything_that_can_be_used_has_a_name_and_is_reached_by_key(page: Browser) -> None:
    count = page.run(
        "return [...document.querySelectorAll('button, a[href], input, summary')]"
        ".filter((one) => one.checkVisibility()).map((one, n) => { one.dataset.n = n; return one; }).length"
    )
    assert count >= 8
    for number in range(count):
        assert page.name(f"[data-n='{number}']"), page.run(
            f"return document.querySelector('[data-n=\"{number}\"]').outerHTML"
        )
        assert page.run(f"return document.querySelector('[data-n=\"{number}\"]').tabIndex") == 0
    landmarks = page.run(
        "return ['header', 'main', 'footer', 'h1'].map((name) => document.querySelectorAll(name).length)"
    )
    assert landmarks == [1, 1, 1, 1]
    assert page.run("return document.querySelector('h1').getAttribute('aria-live')") == "polite"


def test_the_snapshot_is_renewed(browser: Browser) -> None:
    seen = Room(web=WebConfig(snapshot=True), picture=frame())
    seen.status.put(status())
    running = Server(seen.app(), "127.0.0.1", 0, threads=8)
    running.start()
    browser.look(1280, 2000)
    browser.open(f"http://127.0.0.1:{running.port}/")
    browser.until(lambda: browser.run("return document.getElementById('snapshot').naturalWidth") == 640)
    browser.until(lambda: "?" in browser.run("return document.getElementById('snapshot').src"))
    seen.status.put(status(PAUSED))
    browser.until(lambda: not browser.shown("#snapshot"))
    browser.open("about:blank")
    seen.status.close()
    running.close()


def test_every_mood_has_a_colour_of_its_own(page: Browser) -> None:
    colours = page.run(
        "return arguments[0].map((mood) => { document.body.className = `m-${mood}`;"
        "return getComputedStyle(document.body).getPropertyValue('--mood'); })",
        [*LABELS, ABSENT, PAUSED],
    )
    assert len(set(colours)) == len(MOODS)
