"""The wall: one mood across the room, on screens from a Pi's to 4K."""

from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from edge.languages import LANGUAGES, texts
from edge.records import LABELS, MOODS, Playlist
from edge.web.address import bind
from edge.web.server import Server
from tests.browser.driver import Browser
from tests.web.room import HEALTH, Room, status

LONG = Playlist("Aufeinanderfolgendemitternachtsschlagermusik", "https://example.com/list")


@pytest.fixture
def wall(served: Server, browser: Browser) -> Browser:
    browser.open(f"http://127.0.0.1:{served.port}/wall?dim=off")
    browser.until(lambda: browser.run("return document.getElementById('connection').dataset.state") == "live")
    browser.complaints()
    return browser


def shows(page: Browser, mood: str) -> bool:
    return bool(page.run("return document.body.dataset.mood") == mood)


def side(page: Browser, selector: str) -> float:
    """The smaller side of an element in pixels."""
    box = f"document.querySelector('{selector}').getBoundingClientRect()"
    return float(page.run(f"return Math.min({box}.width, {box}.height)"))


@pytest.mark.parametrize(
    ("width", "height"),
    [(320, 640), (390, 844), (800, 480), (1024, 600), (1280, 800), (1920, 1080), (3840, 2160)],
)
def test_the_mood_fills_the_screen_and_nothing_scrolls(
    wall: Browser, room: Room, width: int, height: int, tmp_path: Path
) -> None:
    wall.look(width, height)
    room.status.put(status("disgust", playlist=LONG))
    wall.until(lambda: wall.text("h1") == "Disgusted")
    assert wall.run("return document.documentElement.scrollWidth <= innerWidth")
    assert wall.run("return document.documentElement.scrollHeight <= innerHeight")
    shorter = min(width, height)
    assert side(wall, ".portrait") >= 0.4 * shorter
    assert side(wall, "h1") >= 0.12 * shorter
    for seen in ("#clock", "#playlist", "#camera", "#pause summary", "#strip"):
        edges = wall.run(
            "const box = document.querySelector(arguments[0]).getBoundingClientRect();"
            "return [box.left, box.top, box.right, box.bottom]",
            seen,
        )
        assert edges[0] >= 0 and edges[1] >= 0 and edges[2] <= width and edges[3] <= height, seen
    wall.screenshot(tmp_path / "wall.png")


@pytest.mark.parametrize(("width", "height"), [(320, 640), (390, 844), (800, 480), (1024, 600), (1920, 1080)])
def test_trouble_and_the_demo_s_line_have_room_on_the_wall(
    room: Room, served: Server, browser: Browser, width: int, height: int, tmp_path: Path
) -> None:
    room.demo = True
    running = Server(room.app(), bind("127.0.0.1", 0), threads=8)
    running.start()
    browser.look(width, height)
    browser.open(f"http://127.0.0.1:{running.port}/wall?dim=off")
    room.status.put(status("disgust", playlist=LONG, health=replace(HEALTH, mqtt="unreachable")))
    browser.until(lambda: browser.text("h1") == "Disgusted")
    browser.until(lambda: "hear nothing" in browser.text("#trouble"))
    place = "return document.querySelector(arguments[0]).getBoundingClientRect()[arguments[1]]"
    browser.screenshot(tmp_path / "wall.png")
    assert "A demo" in browser.text("#demo")
    assert browser.run(place, ".wall-top", "bottom") <= browser.run(place, ".portrait", "top")
    for last in ("#trouble", "#demo", "#playlist"):
        assert browser.run(place, last, "bottom") <= browser.run(place, ".wall-foot", "top"), last
    browser.open("about:blank")
    running.close()


@pytest.mark.parametrize("path", ["/", "/wall?dim=off"])
@pytest.mark.parametrize("width", [320, 800, 1060, 1500, 1980])
def test_no_word_is_broken_or_cut(served: Server, browser: Browser, path: str, width: int) -> None:
    browser.look(width, 900)
    browser.open(f"http://127.0.0.1:{served.port}{path}")
    for title in {
        title for each in LANGUAGES for title in [*texts(each)["moods"].values(), *texts(each)["cameras"].values()]
    }:
        fits = browser.run(
            "const h1 = document.querySelector('h1'); h1.textContent = arguments[0];"
            "const words = document.createRange(); words.selectNodeContents(h1);"
            "const lines = words.getClientRects().length;"
            "return lines <= arguments[0].split(' ').length && h1.scrollWidth <= h1.clientWidth",
            title,
        )
        assert fits, title


def test_a_name_without_a_space_never_widens_the_page(page: Browser, room: Room) -> None:
    page.look(320, 640, touch=True)
    room.status.put(status("sad", playlist=LONG))
    page.until(lambda: page.text("h1") == "Sad")
    assert page.run("return document.documentElement.scrollWidth") == 320


@pytest.mark.parametrize(("width", "height"), [(800, 480), (1024, 600)])
def test_on_a_pis_display_the_page_shows_what_matters_without_a_scroll(
    page: Browser, room: Room, width: int, height: int
) -> None:
    page.look(width, height)
    for selector in (".portrait", "h1", "#details", "#now", "#playlist", "#camera", "#pause summary"):
        assert page.run(f"return document.querySelector('{selector}').getBoundingClientRect().bottom") <= height


def test_nothing_on_the_wall_moves(wall: Browser, room: Room) -> None:
    assert wall.run("return document.getAnimations().length") == 0
    room.status.put(status("sad"))
    wall.until(lambda: wall.text("h1") == "Sad")
    endless = "return document.getAnimations().filter((one) => one.effect.getTiming().iterations === Infinity).length"
    assert wall.run(endless) == 0


def test_the_wall_has_a_clock(wall: Browser) -> None:
    now = "new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' }).format(new Date())"
    wall.until(lambda: wall.text("#clock") == wall.run(f"return {now}"))


def test_the_camera_is_switched_and_paused_from_the_wall(wall: Browser, room: Room) -> None:
    wall.click("#camera")
    wall.until(lambda: room.switched == [False])
    wall.click("#pause summary")
    wall.click("#pause button[value='60']")
    wall.until(lambda: room.camera.seconds == [None, 3600])
    assert wall.complaints() == []


def test_the_theme_is_chosen_and_kept(wall: Browser, served: Server) -> None:
    shade = "return getComputedStyle(document.documentElement).backgroundColor"
    wall.look(1280, 800, "light")
    light = wall.run(shade)
    wall.click("#screen summary")
    wall.click("#theme")
    assert wall.text("#theme-name") == "light"
    wall.click("#theme")
    assert wall.run(shade) != light
    wall.open(f"http://127.0.0.1:{served.port}/wall?dim=off")
    wall.until(lambda: wall.run(shade) != light)
    wall.run("localStorage.clear()")


def test_at_night_the_wall_is_dark_and_can_be_kept_from_it(served: Server, browser: Browser) -> None:
    browser.look(1280, 800, "light")
    browser.open(f"http://127.0.0.1:{served.port}/wall?dim=0-0")
    browser.until(lambda: browser.run("return document.body.classList.contains('night')"))
    browser.until(
        lambda: browser.run("return getComputedStyle(document.body, '::before').backgroundColor") == "rgb(0, 0, 0)"
    )
    browser.click("#screen summary")
    browser.click("#dim")
    browser.until(lambda: not browser.run("return document.body.classList.contains('night')"))
    browser.run("localStorage.clear()")


def test_every_mood_is_shown_on_the_wall(wall: Browser, room: Room) -> None:
    for mood in MOODS:
        room.status.put(status(mood))
        wall.until(partial(shows, wall, mood))
        assert wall.run("return document.querySelector('.portrait use').getAttribute('href')") == f"#face-{mood}"
        assert wall.shown("#since")
        assert wall.shown("#playlist") == (mood in LABELS and mood in ("happy", "sad"))
    assert wall.complaints() == []
