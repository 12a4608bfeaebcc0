"""How the page looks and reads in a real Chromium: phones and desks, light and dark, keys, screen readers, motion."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from edge.config import Config, DeviceConfig, PlaylistsConfig, WebConfig
from edge.records import ABSENT, LABELS, MOODS, PAUSED, Playlist
from tests.browser.driver import Browser
from tests.browser.screenshots import READ_PHOTO, opened, shown
from tests.browser.serving import serving
from tests.web.room import ReadPhoto, Room, face, frame, status


def wait_for(page: Browser, mood: str) -> None:
    page.until(lambda: page.run("return document.body.dataset.mood") == mood)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    ("width", "height"), [(320, 640), (390, 844), (768, 1024), (800, 480), (1280, 800), (1920, 1080)]
)
def test_nothing_is_wider_than_the_window(
    page: Browser, room: Room, width: int, height: int, scheme: str, tmp_path: Path
) -> None:
    page.look(width, height, scheme, touch=width < 500)
    for mood in ("disgust", ABSENT):
        room.status.put(
            status(mood, playlist=Playlist("A playlist with quite a long name, as some are", "https://a.b"))
        )
        wait_for(page, mood)
        assert page.run("return document.documentElement.scrollWidth <= innerWidth")
        assert page.run("return document.querySelector('h1').getBoundingClientRect().bottom < innerHeight")
    page.screenshot(tmp_path / f"page-{width}-{scheme}.png")


EIGHTY = "Aufeinanderfolgendemitternachtsschlagermusikwunschkonzertmitschnittsammelalbumxx"


@pytest.mark.parametrize("path", ["/", "/wall", "/offline", "/login", "/health", "/settings", "/corrections"])
def test_a_name_of_eighty_letters_never_widens_a_page(browser: Browser, path: str) -> None:
    guarded = path == "/login"
    named = Room(name=EIGHTY, web=WebConfig(password="guten tag mond" if guarded else None))
    named.changed = Config(DeviceConfig(name=EIGHTY), file=Path(f"/{EIGHTY}"))
    named.status.put(status("sad", playlist=Playlist(EIGHTY, "https://a.b")))
    browser.look(320, 640, touch=True)
    with shown(named) as home:
        browser.open(home + path)
        assert EIGHTY in browser.run("return document.body.innerText")
        assert browser.run("return document.documentElement.scrollWidth") == 320
        cut = "return [...document.querySelectorAll('h1, .wordmark, .playlist')].filter((one) => one.clientWidth)"
        assert browser.run(f"{cut}.filter((one) => one.scrollWidth > one.clientWidth + 1).length") == 0
        browser.open("about:blank")


def test_a_list_s_name_of_eighty_letters_never_widens_a_photo_s_result(browser: Browser) -> None:
    lists = PlaylistsConfig(happy=(Playlist(EIGHTY, "https://a.b"),))
    made = Room(changed=Config(playlists=lists), found=ReadPhoto((face("happy"),)))
    made.status.put(status())
    browser.look(320, 640, touch=True)
    with shown(made) as home:
        browser.open(home)
        browser.run(READ_PHOTO)
        assert browser.text("#result .playlist") == EIGHTY
        assert browser.run("return document.documentElement.scrollWidth") == 320
        browser.open("about:blank")


def luminance(colour: Any) -> float:
    """Relative luminance of red, green, blue of 0–255 (WCAG 2.2)."""
    share = np.asarray(colour, float) / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    return float(linear @ (0.2126, 0.7152, 0.0722))


TEXTS = ["h1", "#lead", "#since", "#day-title", ".told .quiet", ".legend .quiet", ".bar-value", "#fact-source"]
TEXTS += ["#playlist-name", ".health dt", "#hint", ".small-print", ".foot p", "#connection-text", "#expression"]
TEXTS += ["#confidence", ".quiet-title", ".why summary", "#why li", "#playlist-line .quiet", "#no-password"]
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
    page.click(".why summary")
    file = tmp_path / "page.png"
    for mood in MOODS:
        room.status.put(status(mood))
        wait_for(page, mood)
        assert stands_out(page, file, TEXTS) >= 9, mood


def stands_out(page: Browser, file: Path, selectors: list[str], least: float = 4.5) -> int:
    """How many of the selectors are in view; all of them stand out from what is behind them."""
    page.screenshot(file)
    picture = cv2.cvtColor(np.asarray(cv2.imread(str(file))), cv2.COLOR_BGR2RGB)
    looked_at = 0
    for selector in selectors:
        found = page.run(WHERE, selector)
        if not found or not found[1][2]:
            continue
        ink, (x, y, w, h) = found
        behind = np.median(picture[y : y + h, x : x + w].reshape(-1, 3), axis=0)
        lighter, darker = sorted((luminance(ink), luminance(behind)), reverse=True)
        assert (lighter + 0.05) / (darker + 0.05) >= least, f"{selector}: {ink} on {behind}"
        looked_at += 1
    return looked_at


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_lost_page_is_as_readable_as_any(page: Browser, room: Room, scheme: str, tmp_path: Path) -> None:
    page.look(1280, 1800, scheme, still=True)
    for mood in ("happy", "fear", ABSENT):
        room.healthy = True
        room.status.put(status(mood))
        wait_for(page, mood)
        room.healthy = False
        page.run("const now = Date.now; Date.now = () => now() + 60000;")
        page.until(lambda: page.text("h1").startswith("Last seen"))
        assert stands_out(page, tmp_path / "page.png", TEXTS) >= 9


def test_on_a_phone_the_shares_follow_the_playlist(page: Browser) -> None:
    page.look(390, 844, touch=True)
    edge = "return document.querySelector(arguments[0]).getBoundingClientRect()[arguments[1]]"
    assert 0 <= page.run(edge, "#scores", "top") - page.run(edge, "#playlist-line", "bottom") <= 60


SMALL = """
for (const each of document.querySelectorAll('details')) each.open = true;
const target = (one) => (/radio|checkbox|file/.test(one.type) && one.closest('label')) || one;
const large = (one, side) => [one.getBoundingClientRect()[side], parseFloat(getComputedStyle(one, '::before')[side])]
  .some((size) => size >= 44);
return [...document.querySelectorAll('a, button, summary, input, select')].filter((one) => one.checkVisibility())
  .filter((one) => getComputedStyle(one).display !== 'inline' && one.getBoundingClientRect().right > 0).map(target)
  .filter((one) => !large(one, 'width') || !large(one, 'height')).map((one) => one.outerHTML.slice(0, 100))
"""


@pytest.mark.parametrize(("width", "height"), [(390, 844), (800, 480)])
@pytest.mark.parametrize("state", ["home", "wall", "settings", "corrections", "health", "login"])
def test_whatever_a_finger_uses_is_44_pixels_large(browser: Browser, state: str, width: int, height: int) -> None:
    """A link within a line of text may be smaller (WCAG 2.2, 2.5.8)."""
    with opened(browser, state, (width, height), "light"):
        browser.look(width, height, touch=True)
        assert browser.run("return matchMedia('(pointer: coarse)').matches")
        assert browser.run(SMALL) == []


def test_text_of_twice_the_size_loses_nothing(page: Browser) -> None:
    page.look(1280, 800)
    page.run("document.documentElement.style.fontSize = '200%'")
    assert page.run("return document.documentElement.scrollWidth <= innerWidth")
    cut = (
        "return [...document.querySelectorAll('h1, h2, p, button, a, dd, .bar-name')].filter((one) =>"
        "one.checkVisibility() && one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).display !== 'inline')"
        ".map((one) => one.outerHTML.slice(0, 80))"
    )
    assert page.run(cut) == []


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
    browser.look(1280, 2000)
    with serving(browser, seen) as address:
        browser.open(address)
        browser.until(lambda: browser.run("return document.getElementById('snapshot').naturalWidth") == 640)
        browser.until(lambda: "?" in browser.run("return document.getElementById('snapshot').src"))
        seen.status.put(status(PAUSED))
        browser.until(lambda: not browser.shown("#snapshot"))
        seen.status.put(status())
        browser.until(lambda: browser.shown("#snapshot"))
        seen.healthy = False
        browser.run("const now = Date.now; Date.now = () => now() + 60000;")
        browser.until(lambda: not browser.shown("#snapshot"))


def test_the_stream_is_shown_while_its_section_is_open_and_takes_no_place_else(browser: Browser) -> None:
    seen = Room(web=WebConfig(stream=True), picture=frame())
    seen.status.put(status())
    browser.look(1280, 2000)
    with serving(browser, seen) as address:
        browser.open(address)
        browser.until(lambda: not browser.run("return document.querySelector('#moving img').hasAttribute('src')"))

        def moves() -> bool:
            """Whether a picture is shown; one more comes, for Chromium shows a part once the next one begins."""
            seen.picture = frame()
            seen.status.put(status())
            return bool(browser.run(wide) == 640)

        wide = "return document.querySelector('#moving img').naturalWidth"
        browser.click("#moving summary")
        browser.until(moves)
        browser.click("#moving summary")
        browser.until(lambda: browser.run(wide) == 0)
        browser.click("#moving summary")
        browser.until(moves)
        seen.status.put(status(PAUSED))
        browser.until(lambda: not browser.shown("#moving") and browser.run(wide) == 0)
        assert browser.complaints() == []


def test_every_mood_has_a_colour_of_its_own(page: Browser) -> None:
    colours = page.run(
        "return arguments[0].map((mood) => { document.body.className = `m-${mood}`;"
        "return getComputedStyle(document.body).getPropertyValue('--mood'); })",
        [*LABELS, ABSENT, PAUSED],
    )
    assert len(set(colours)) == len(LABELS) + 2
