"""A page that has lost the device, or has no place of the stream: what it believes, and what it says."""

import http.client
import re
import time
from contextlib import ExitStack, closing

from edge.web.server import Server
from tests.browser.driver import Browser
from tests.browser.serving import serving
from tests.web.room import Room, status


def mood(page: Browser) -> str:
    return page.text("h1")


LATER = "const now = Date.now; const ms = arguments[0] * 1000; Date.now = () => now() + ms;"


def follow_everywhere(others: ExitStack, room: Room, served: Server) -> None:
    """Takes every place of the stream."""
    for _ in range(room.web.max_viewers):
        other = others.enter_context(closing(http.client.HTTPConnection("127.0.0.1", served.port, timeout=10)))
        other.request("GET", "/api/events")
        others.enter_context(closing(other.getresponse()))


def test_a_lost_connection_is_told_and_found_again(page: Browser, room: Room, served: Server) -> None:
    served.close()
    page.until(lambda: page.text("#connection") == "reconnecting…")
    assert page.run("return document.body.classList.contains('stale')")
    room.status.put(status("surprise"))
    with serving(page, room, served.port):
        page.until(lambda: page.text("#connection") == "live")
        assert mood(page) == "Surprised"
        assert not page.run("return document.body.classList.contains('stale')")


def test_a_device_that_says_nothing_more_is_not_believed_any_more(page: Browser, room: Room) -> None:
    room.healthy = False  # it hangs, and its connections stay open
    page.run(LATER, 3600)
    page.until(lambda: mood(page) == "Last seen: happy")
    assert re.fullmatch(r"No word since \d\d:\d\d( [AP]M)?", page.text("#lead"))
    assert page.text("#connection") == page.text("#lead")
    assert page.run("return document.title").startswith("No word since")
    assert page.run("return document.querySelector('link[rel=icon]').getAttribute('href')").endswith("grey.svg")
    lasted = page.text("#since")
    page.run(LATER, 3600)
    page.run("window.turns = 0; setInterval(() => { window.turns += 1; }, 1000)")
    page.until(lambda: page.run("return window.turns") >= 2)
    assert page.text("#since") == lasted, "how long it goes on is not known"
    room.healthy = True
    page.until(lambda: mood(page) == "Happy")
    assert page.text("#connection") == "live"
    assert page.run("return document.title").startswith("Happy")
    assert page.run("return document.querySelector('link[rel=icon]').getAttribute('href')").endswith("favicon.svg")
    page.complaints()


def test_a_page_without_a_place_does_not_believe_a_device_that_hangs(
    served: Server, browser: Browser, room: Room
) -> None:
    room.status.put(status(at=time.time() - 60))
    room.healthy = False
    with ExitStack() as others:
        follow_everywhere(others, room, served)
        browser.open(f"http://127.0.0.1:{served.port}/")
        polls = "return performance.getEntriesByType('resource').filter((one) => one.name.endsWith('/status')).length"
        for asked in (1, 2):
            browser.until(lambda asked=asked: browser.run(polls) >= asked)  # type: ignore[misc]
            assert mood(browser) == "Last seen: happy"
        browser.until(lambda: browser.text("#connection").startswith("No word since"))
        assert mood(browser) == "Last seen: happy"
        room.healthy = True
        browser.until(lambda: mood(browser) == "Happy")
    browser.complaints()


def test_where_no_place_is_free_the_page_still_shows_the_mood(served: Server, browser: Browser, room: Room) -> None:
    with ExitStack() as others:
        follow_everywhere(others, room, served)
        browser.open(f"http://127.0.0.1:{served.port}/")
        browser.until(lambda: browser.text("#connection") == "every few seconds")
        room.status.put(status("sad"))
        browser.until(lambda: mood(browser) == "Sad")
    browser.until(lambda: browser.text("#connection") == "live")
    browser.complaints()
