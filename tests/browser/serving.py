"""A page of a test's own, or one that comes back where another was."""

from collections.abc import Iterator
from contextlib import contextmanager

from edge.web.address import bind
from edge.web.server import Server
from tests.browser.driver import Browser
from tests.web.room import Room


@contextmanager
def serving(browser: Browser, room: Room, port: int = 0) -> Iterator[str]:
    """Serves the room at the address it gives; at the end the browser leaves before the server does."""
    running = Server(room.app(), bind("127.0.0.1", port), threads=8)
    running.start()
    try:
        yield f"http://127.0.0.1:{running.port}/"
    finally:
        browser.open("about:blank")
        room.status.close()
        running.close()
