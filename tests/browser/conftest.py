"""A browser, and the page in it."""

import shutil
import time
from collections.abc import Iterator

import pytest

from edge.config import WebConfig
from edge.web.address import bind
from edge.web.server import Server
from tests.browser.driver import Browser
from tests.web.room import Room, status

VIEWERS = 3


@pytest.fixture(scope="session")
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
    running = Server(room.app(), bind("127.0.0.1", 0), threads=VIEWERS + 4)
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
