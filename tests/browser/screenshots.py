"""`scripts/screenshots`: every state of the page at every size, light and dark, of a made-up day, in a Chromium."""

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from edge import web
from edge.config import Config, DeviceConfig, PlaylistsConfig, WebConfig
from edge.past import Correction
from edge.records import ABSENT, PAUSED, UNKNOWN, Box, Music, Playlist
from edge.status import CameraState
from edge.web.address import bind
from edge.web.server import Server
from tests.browser.axe import source, violations
from tests.browser.driver import Browser
from tests.web.room import HEALTH, ReadPhoto, Room, entry, face, frame, status

SIZES = ((320, 640), (390, 844), (768, 1024), (800, 480), (1024, 600), (1280, 800), (1920, 1080), (3840, 2160))
SCHEMES = ("light", "dark")
#: What was shown, from so many hours ago on.
DAY = (
    (24.0, "neutral"), (23.2, "happy"), (22.6, "neutral"), (21.5, ABSENT), (14.0, "neutral"), (13.1, "happy"),
    (12.8, "surprise"), (12.6, "neutral"), (11.0, ABSENT), (6.5, "sad"), (6.1, "neutral"), (5.0, PAUSED),
    (4.2, "neutral"), (3.4, "happy"), (2.2, "neutral"), (1.1, "angry"), (0.9, "neutral"), (0.4, "happy"),
)  # fmt: skip
#: The README's: the file, the state, the scheme, the window, and the picture's width.
README = (
    ("screenshot.jpg", "home", "light", (1280, 880), 1010),
    ("wall.jpg", "wall", "dark", (1024, 576), 1010),
    ("phone.jpg", "home", "dark", (390, 844), 390),
    ("health.jpg", "health", "light", (1180, 844), 780),
)
#: What the page does with a photo that was chosen.
READ_PHOTO = (
    "return fetch('/photo?part', { method: 'POST', body: 'a photo' }).then((answer) => answer.text())"
    ".then((text) => { document.getElementById('result').innerHTML = text; })"
)
MOST_BYTES = 60_000  # of a picture in the README
#: Of an icon: its name, its side, and how much of that the face takes; launchers cut the last one's edges off.
ICONS = (("icon-192", 192, 0.78), ("icon-512", 512, 0.78), ("icon-maskable-512", 512, 0.6))


def rooms() -> dict[str, tuple[str, Room]]:
    """The states, by name: the page that shows it, and what is behind that."""
    happy = Playlist("Kitchen disco", "https://open.spotify.com/playlist/37i9dQZF1DXdPec7aLTmlC")
    gone = CameraState("failed", "The camera does not answer: is its cable in? It is tried again by itself.")
    worse = replace(HEALTH, temperature_celsius=78.0, throttled=True, mqtt="unreachable")
    corrected = day("neutral")
    for said, right, times in (("sad", "neutral", 9), ("angry", "neutral", 3), ("neutral", "happy", 4)):
        corrected.corrections.kept += [
            Correction(time.time() - 3600.0 * n, said, said, 0.6, right) for n in range(times)
        ]
    empty = Room()
    empty.status.put(status(ABSENT, since=time.time() - 40))
    guarded = day("happy")
    guarded.web = WebConfig(password="guten tag mond", open="nothing")
    settled = day("happy")
    lists = PlaylistsConfig(happy=(happy,))
    settled.changed = Config(DeviceConfig(name="Kitchen"), playlists=lists, file=Path("/etc/moodcast/config.yaml"))
    well = day("happy")
    well.warnings = [(time.time() - 7200, "the camera gave no picture for 5 s; it is opened again")]
    dark = CameraState("dark", "The picture is black: is the lens covered, or is the room dark?")
    signs = day("happy", playlist=None, music=Music("happy", quiet_until=time.time() + 3600))
    signs.demo, signs.picture, signs.web = True, frame(), WebConfig(snapshot=True, stream=True)
    kept = day("neutral")
    _, png = cv2.imencode(".png", np.full((48, 48), 128, np.uint8))
    kept.faces.kept = {f"{mood}/{n}.png": png.tobytes() for n, mood in enumerate(("happy", "neutral", "sad"))}
    read = day("happy", playlist=happy)
    read.found = ReadPhoto((face("sad", Box(20, 40, 60, 60)), face("happy"), face("neutral", Box(420, 60, 70, 70))))
    until = time.time() + 900
    return {
        "home": ("/", day("happy", playlist=happy)),
        "wall": ("/wall?dim=off", day("happy", playlist=happy)),
        "corrections": ("/corrections", corrected),
        "login": ("/login", guarded),
        "health": ("/health", well),
        "worries": ("/health", day("happy", health=worse)),
        "settings": ("/settings", settled),
        "off": ("/", day(PAUSED)),
        "unknown": ("/", day(UNKNOWN, camera=gone, presence=None)),
        "lost": ("/", day("happy", playlist=happy)),
        "empty": ("/", empty),
        "german": ("/", day("surprise", playlist=happy, language="de")),
        "sad": ("/", day("sad", playlist=happy)),
        "offline": ("/offline", day("happy")),
        "photo": ("/", read),
        "starting": ("/", Room()),
        "dark": ("/", day(UNKNOWN, camera=dark, presence=None, health=replace(HEALTH, mqtt="unreachable"))),
        "paused": ("/", day(PAUSED, camera_until=until)),
        "signs": ("/", signs),
        "faces": ("/corrections", kept),
        "wall-lost": ("/wall?dim=off", day("happy", playlist=happy)),
        "wall-off": ("/wall?dim=off", day(PAUSED, camera_until=until)),
        "wall-night": ("/wall?dim=0-0", day("sad", playlist=happy)),
    }


def day(mood: str, language: str = "en", **more: object) -> Room:
    """A room after a made-up day."""
    room, now = Room(language=language), time.time()
    assert room.history
    moods = [ABSENT, *(mood for _, mood in DAY)]
    room.history.entries = [entry(now - hours * 3600, mood, moods[n]) for n, (hours, mood) in enumerate(DAY)]
    well = {"health": replace(HEALTH, temperature_celsius=48.0, queue=0)}
    room.status.put(status(mood, **({"since": now - 24 * 60, "at": now} | well | more)))
    return room


@contextmanager
def shown(room: Room) -> Iterator[str]:
    """The address of a page of this room."""
    running = Server(room.app(), bind("127.0.0.1", 0), threads=12)
    running.start()
    yield f"http://127.0.0.1:{running.port}"
    room.status.close()
    running.close()


@contextmanager
def opened(browser: Browser, name: str, size: tuple[int, int], scheme: str) -> Iterator[None]:
    """The state of this name, to be looked at."""
    path, room = rooms()[name]
    browser.look(*size, scheme, touch=size[0] < 500, still=True)
    with shown(room) as home:
        browser.open(home + path)
        if room.status.peek() and browser.run("return Boolean(document.getElementById('connection'))"):
            browser.until(lambda: browser.run("return document.getElementById('connection').dataset.state") == "live")
        if name == "photo":
            browser.run(READ_PHOTO)
        if name in ("lost", "wall-lost"):
            room.healthy = False
            browser.run("const now = Date.now; Date.now = () => now() + 60000;")
            browser.until(lambda: browser.text("h1").startswith("Last seen"))
        browser.run("return document.fonts.ready.then(() => true)")
        yield
        browser.open("about:blank")


def take(browser: Browser, name: str, size: tuple[int, int], scheme: str, file: Path, *, whole: bool = False) -> None:
    with opened(browser, name, size, scheme):
        browser.screenshot(file, whole=whole)


def look_with_axe(browser: Browser, states: Iterable[str]) -> int:
    """Prints what axe finds; 1 where that is something."""
    axe = source()
    assert axe, "scripts/screenshots installs it"
    worst = 0
    for state in states:
        for size in SIZES:
            for scheme in SCHEMES:
                with opened(browser, state, size, scheme):
                    found = violations(browser, axe)
                print(f"{state} {size[0]} {scheme}: {len(found)} found", *found, sep="\n  ", flush=True)
                worst = max(worst, min(1, len(found)))
    return worst


def small(picture: Path, file: Path, width: int) -> None:
    """As a JPEG of this width that is no larger than MOST_BYTES."""
    taken = cv2.imread(str(picture))
    assert taken is not None
    height = round(taken.shape[0] * width / taken.shape[1])
    scaled = cv2.resize(taken, (width, height), interpolation=cv2.INTER_AREA)
    for quality in range(90, 20, -5):
        cv2.imwrite(str(file), scaled, [cv2.IMWRITE_JPEG_QUALITY, quality])
        if file.stat().st_size <= MOST_BYTES:
            return


def draw_icons(browser: Browser, folder: Path) -> None:
    """From the page's own face, on a ground of its colour."""
    room = Path(web.__file__).parent
    css, faces = (room / "static/page.css").read_text("utf-8"), (room / "templates/faces.svg").read_text("utf-8")
    for name, side, share in ICONS:
        page = folder / "icon.html"
        page.write_text(
            f"<!doctype html><meta charset=utf-8><style>{css} body::before {{ background: #f6e6c4; }}"
            f" svg.face {{ position: fixed; inset: {(1 - share) * 50}%; width: {share:.0%}; height: {share:.0%} }}"
            f"</style><body class=m-happy>{faces}<svg class=face viewBox='0 0 200 200'><use href='#face-happy'/></svg>",
            "utf-8",
        )
        browser.look(side, side)
        browser.open(page.as_uri())
        browser.screenshot(file := room / f"static/{name}.png")
        cv2.imwrite(str(file), cv2.imread(str(file)), [cv2.IMWRITE_PNG_COMPRESSION, 9])


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="scripts/screenshots", description="Every state of the page, as pictures.")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("folder", nargs="?", type=Path, help="where they go: home-1280-light.png …")
    what.add_argument("--readme", action="store_true", help="the README's four, into docs/")
    what.add_argument("--axe", action="store_true", help="no pictures: what axe-core finds in each")
    what.add_argument("--icons", action="store_true", help="the home screen's icons, into edge/web/static/")
    parser.add_argument("--state", action="append", choices=list(rooms()), help="only this one; may be given again")
    args = parser.parse_args(argv)
    chromedriver = shutil.which("chromedriver")
    if not chromedriver:
        parser.error("chromedriver is not installed: apt-get install chromium chromium-driver")
    with tempfile.TemporaryDirectory() as name, Browser(chromedriver, folder := Path(name)) as browser:
        if args.axe:
            return look_with_axe(browser, args.state or rooms())
        if args.icons:
            draw_icons(browser, folder)
        elif args.readme:
            for file, state, scheme, size, width in README:
                take(browser, state, size, scheme, folder / "taken.png")
                small(folder / "taken.png", Path("docs") / file, width)
        else:
            args.folder.mkdir(parents=True, exist_ok=True)
            for state in args.state or rooms():
                for size in SIZES:
                    for scheme in SCHEMES:
                        file = args.folder / f"{state}-{size[0]}-{scheme}.png"
                        take(browser, state, size, scheme, file, whole=not state.startswith("wall"))
                print(state, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
