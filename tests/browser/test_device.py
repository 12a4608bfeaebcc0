"""Health and settings in a real Chromium: reached from the page, narrow and wide, light and dark."""

import time
from dataclasses import replace
from pathlib import Path

import pytest

from edge.config import Config, DeviceConfig
from edge.past import Correction
from edge.records import PAUSED
from edge.web.server import Server
from tests.browser.driver import Browser
from tests.browser.test_looks import stands_out
from tests.web.room import HEALTH, Room, status

TEXTS = ["h1", ".hint", ".figures .value", ".figures .quiet", ".worry .value", ".beyond", ".log time", ".small-print"]
TEXTS += [".options dt", ".options dd", ".options .quiet", ".changed .quiet", ".steps li"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), [(320, 640), (1280, 800), (3840, 2160)])
def test_health_and_settings_fit_and_can_be_read(
    page: Browser, room: Room, width: int, height: int, scheme: str, tmp_path: Path
) -> None:
    room.status.put(status(health=replace(HEALTH, throttled=True, mqtt="unreachable")))
    room.warnings = [
        (1_700_000_000.0, "mqtt: a-host-of-a-name-without-a-space-that-is-long.example.lan:1883 " + "x" * 90)
    ]
    room.changed = Config(device=DeviceConfig(name="Kitchen"), file=Path("/etc/moodcast/config.yaml"))
    page.look(width, height, scheme, touch=width < 500)
    page.open(page.run("return document.querySelector(\"a[href='/health']\").href"))
    page.until(lambda: page.text("h1") == "Worth a look")
    assert page.run("return document.documentElement.scrollWidth <= innerWidth")
    page.look(width, 6000, scheme)
    assert stands_out(page, tmp_path / "health.png", TEXTS) >= 8
    page.look(width, height, scheme, touch=width < 500)
    page.click("a[href='/settings']")
    page.until(lambda: page.text("h1") == "Settings")
    assert page.run("return document.documentElement.scrollWidth <= innerWidth")
    page.look(width, 6000, scheme)
    assert stands_out(page, tmp_path / "settings.png", TEXTS) >= 7
    assert page.complaints() == []


def test_the_times_of_a_page_of_text_are_the_reader_s(served: Server, browser: Browser, room: Room) -> None:
    room.corrections.kept.append(Correction(1_700_000_000.0, "sad", "sad", 0.6, "neutral"))
    browser.open(f"http://127.0.0.1:{served.port}/corrections")
    browser.until(lambda: "Nov" in browser.text("time"))
    assert "UTC" not in browser.text("time")


@pytest.mark.parametrize("path", ["/health", "/settings", "/corrections"])
def test_the_camera_is_switched_and_paused_from_every_page(
    served: Server, browser: Browser, room: Room, path: str
) -> None:
    browser.look(320, 640, touch=True)
    browser.open(f"http://127.0.0.1:{served.port}{path}")
    browser.click("#camera")
    browser.until(lambda: room.switched == [False])
    room.status.put(status(PAUSED, camera_until=time.time() + 900))
    browser.until(lambda: browser.text("#until").startswith("On again at "))
    browser.click("#pause summary")
    browser.click("#pause button[value='60']")
    browser.until(lambda: room.camera.seconds == [None, 3600])
    browser.until(lambda: browser.run("return location.pathname") == path)
    browser.complaints()
