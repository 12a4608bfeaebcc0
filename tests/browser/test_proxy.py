"""The page below a path of a proxy, and inside another site's page, in a real Chromium."""

import http.server
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.config import WebConfig
from edge.web.address import bind
from edge.web.server import Server
from tests.browser.driver import Browser
from tests.browser.proxy import behind
from tests.web.room import Room, entry, frame, status

SECRET = "guten tag mond"


@pytest.fixture
def room() -> Room:
    made = Room(
        web=WebConfig(password=SECRET, open="nothing", trusted_proxies=("127.0.0.1",), snapshot=True), picture=frame()
    )
    made.status.put(status(since=time.time() - 25 * 60))
    assert made.history
    made.history.entries = [entry(time.time() - 3600, "sad", "absent")]
    return made


@pytest.fixture
def proxied(room: Room, browser: Browser) -> Iterator[tuple[str, list[str]]]:
    """The page's address behind the proxy, and what was asked of the proxy beside it."""
    running = Server(room.app(), bind("127.0.0.1", 0), threads=10)
    running.start()
    browser.look(1280, 800)
    browser.cdp("Network.clearBrowserCookies")  # a browser sends a cookie to every port of a host
    with behind(running.port, "/moodcast") as (port, strays):
        yield f"http://127.0.0.1:{port}/moodcast/", strays
        browser.open("about:blank")
        room.status.close()
    running.close()


def test_below_a_path_all_of_the_page_works(
    browser: Browser, room: Room, proxied: tuple[str, list[str]], root: Path
) -> None:
    address, strays = proxied
    browser.open(address)
    browser.complaints()
    browser.type("#password", SECRET)
    browser.click("form .primary")
    browser.until(lambda: browser.text("#connection") == "live")
    assert browser.run("return location.pathname") == "/moodcast/"

    browser.click("#span-hour")
    browser.until(lambda: browser.text("#day-title") == "The last hour")
    room.status.put(status("fear"))
    browser.until(lambda: browser.text("#mood") == "Afraid")
    browser.click("#camera")
    browser.until(lambda: room.switched == [False])
    browser.click("#another")
    browser.until(lambda: browser.run("return document.getElementById('snapshot').naturalWidth") == 640)
    browser.type("#photo", str(root / "edge/demo/grace_hopper.jpg"))
    browser.until(lambda: browser.run("return document.querySelector('#result .verdict')"))
    browser.until(lambda: "?" in browser.run("return document.getElementById('snapshot').src"))

    browser.until(
        lambda: browser.run("return navigator.serviceWorker.getRegistration().then((one) => one?.scope)") == address
    )

    browser.open(f"{address}wall")
    browser.until(lambda: browser.run("return document.querySelector('.connection').dataset.state") == "live")
    browser.open(f"{address}corrections")
    browser.click(".top > a.button")
    browser.until(lambda: browser.run("return location.pathname") == "/moodcast/")
    browser.click("form[action$=logout] button")
    browser.until(lambda: browser.run("return location.pathname") == "/moodcast/login")
    assert strays == []
    assert [line for line in browser.complaints() if "401" not in line] == []


@pytest.mark.parametrize("allowed", [True, False])
def test_a_dashboard_shows_the_page_where_its_owner_says_so(browser: Browser, allowed: bool) -> None:
    class Dashboard(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(f"<iframe src='http://127.0.0.1:{running.port}/wall'></iframe>".encode())

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Dashboard) as dashboard:
        threading.Thread(target=dashboard.serve_forever, daemon=True).start()
        # Another host, for the browser: the port is the dashboard's.
        origin = f"http://localhost:{dashboard.server_address[1]}"
        room = Room(web=WebConfig(frame_ancestors=(origin,) if allowed else ("http://localhost:1",)))
        room.status.put(status("sad"))
        running = Server(room.app(), bind("127.0.0.1", 0), threads=8)
        running.start()
        browser.complaints()
        browser.open(origin)
        if allowed:
            browser.enter("iframe")
            browser.until(lambda: browser.text("#mood") == "Sad")
            room.status.put(status("fear"))  # it is live there, too
            browser.until(lambda: browser.text("#mood") == "Afraid")
        else:
            browser.until(lambda: any("frame-ancestors" in line for line in browser.complaints()))
        browser.open("about:blank")
        dashboard.shutdown()
        room.status.close()
        running.close()
