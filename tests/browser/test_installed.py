"""What a browser keeps of the page, in a real Chromium, where it keeps anything: 127.0.0.1 counts as secure."""

from edge.web.server import Server
from tests.browser.driver import Browser
from tests.browser.serving import serving
from tests.web.room import Room, status

KEPT = """
return (async () => {
  const found = [];
  for (const name of await caches.keys()) {
    for (const request of await (await caches.open(name)).keys()) found.push(new URL(request.url).pathname);
  }
  return found.sort();
})()
"""


def test_without_the_device_the_page_says_so_and_comes_back_with_it(browser: Browser) -> None:
    room = Room()
    room.status.put(status("sad"))
    browser.look(1280, 800)
    with serving(browser, room) as address:
        browser.open(address)
        browser.until(lambda: browser.text("#connection") == "live")
        browser.until(lambda: browser.run(KEPT) == ["/offline", "/static/offline.js", "/static/page.css"])
        browser.run("return navigator.serviceWorker.ready.then(() => true)")

    for path in ("", "wall", "?span=week"):
        browser.open(address + path)
        assert browser.text("h1") == "No word from Moodcast"
        assert browser.run("return getComputedStyle(document.body).backgroundColor") is not None
        assert browser.run("return document.styleSheets[0].cssRules.length") > 100
    assert browser.run("return fetch('/api/status').then(() => 'kept', () => 'none')") == "none"

    room = Room()
    room.status.put(status("happy"))
    with serving(browser, room, int(address.rpartition(":")[2].strip("/"))):
        browser.until(lambda: browser.text("h1") == "Happy")
        assert browser.run(KEPT) == ["/offline", "/static/offline.js", "/static/page.css"]


def test_over_plain_http_nothing_is_kept(served: Server, browser: Browser) -> None:
    browser.complaints()
    browser.open(f"http://0.0.0.0:{served.port}/")  # this machine too, and no secure context
    browser.until(lambda: browser.text("#connection") == "live")
    assert browser.run("return window.isSecureContext") is False
    assert browser.run("return typeof navigator.serviceWorker") == "undefined"
    assert [line for line in browser.complaints() if "Cross-Origin-Opener-Policy" not in line] == []
