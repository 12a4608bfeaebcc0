"""Settings that are changed on the page, in a real Chromium: by hand, on a phone, without scripts."""

from pathlib import Path

import pytest

from edge.config import Config
from tests.browser.driver import Browser
from tests.browser.test_looks import stands_out
from tests.web.room import Room

FILE = Path("/etc/moodcast/config.yaml")


def row(key: str, inside: str) -> str:
    return f'[id="{key}"] {inside}'


@pytest.fixture
def settings(page: Browser, room: Room) -> Browser:
    room.changed = Config(file=FILE)
    page.open(page.run("return location.origin + '/settings'"))
    page.until(lambda: page.text("h1") == "Settings")
    return page


def test_a_value_is_changed_by_hand_and_taken_back(settings: Browser, room: Room) -> None:
    key = "playlists.hold_minutes"
    settings.click(row(key, "summary"))
    field = row(key, "input[name=value]")
    assert settings.run("return document.querySelector(arguments[0]).value", field) == "10"
    settings.run("document.querySelector(arguments[0]).value = ''", field)
    settings.type(field, "30")
    settings.click(row(key, "details button"))
    settings.until(lambda: settings.shown(row(key, ".here")))
    assert settings.text(row(key, ".here")) == "Changed here; config.yaml says 10."
    assert room.live.values == {key: 30.0} and settings.run("return location.hash") == f"#{key}"
    settings.click(row(key, "button[name=back]"))
    settings.until(lambda: not settings.run("return !!document.querySelector('.here')"))
    assert room.live.values == {} and settings.complaints() == []


def test_a_list_is_put_together_and_what_is_wrong_with_it_stands_beside_it(settings: Browser, room: Room) -> None:
    key = "playlists.absent"
    settings.click(row(key, "summary"))
    settings.type(row(key, "input[name=name]"), "Rain")
    settings.click(row(key, "details button"))
    settings.until(lambda: settings.shown(row(key, ".error")))
    assert "playlists.absent[0].url" in settings.text(row(key, ".error"))
    assert room.live.values == {}
    settings.type(row(key, "input[name=url]"), "library://playlist/12")
    settings.click(row(key, "details button"))
    settings.until(lambda: settings.shown(row(key, ".here")))
    assert room.live.values == {key: [{"name": "Rain", "url": "library://playlist/12"}]}


def test_everything_can_be_done_where_scripts_are_off(settings: Browser, room: Room) -> None:
    settings.cdp("Emulation.setScriptExecutionDisabled", value=True)
    try:
        key = "mood.dwell_seconds"
        settings.click(row(key, "summary"))
        settings.type(row(key, "input[name=value]"), "1")  # before the 0.9 that stands there
        settings.click(row(key, "details button"))
        settings.until(lambda: key in room.live.values)
        assert room.live.values == {key: 10.9}
    finally:
        settings.cdp("Emulation.setScriptExecutionDisabled", value=False)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), [(320, 640), (1280, 800)])
def test_the_open_forms_fit_can_be_read_and_are_large_enough_for_a_finger(
    settings: Browser, room: Room, width: int, height: int, scheme: str, tmp_path: Path
) -> None:
    room.live.values = {"mood.lead": 0.2, "playlists.sad": [{"name": "Rain", "url": "https://a.b/" + "x" * 300}]}
    settings.run("document.documentElement.dataset.old = 'yes'; location.reload()")
    settings.until(
        lambda: settings.run("return !document.documentElement.dataset.old && !!document.querySelector('.here')")
    )
    settings.look(width, height, scheme, touch=width < 500)
    settings.run("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    assert settings.run("return document.documentElement.scrollWidth <= innerWidth")
    small = (
        "return [...document.querySelectorAll('.own summary, .own input:not([type=hidden]), .own button')]"
        ".map((one) => [one.outerHTML.slice(0, 80), one.getBoundingClientRect()])"
        ".filter(([, { width, height }]) => width < 44 || height < 44).map(([name]) => name)"
    )
    assert settings.run(small) == []
    named = settings.run(
        "return [...document.querySelectorAll('.own summary, .own input:not([type=hidden]), .own button')]"
        ".map((one, n) => { one.dataset.n = n; return n; }).length"
    )
    for number in (0, 1, 2, named // 2, named - 1):
        assert settings.name(f"[data-n='{number}']")
    # Each as the last of its kind stands, for the first ones are out of the window.
    for selector in (
        ".here",
        ".own summary",
        ".own label",
        ".own legend",
        ".own [type=number]",
        ".own .quiet",
        ".primary",
    ):
        settings.run(
            "document.querySelector(arguments[0]).scrollIntoView({block: 'center', behavior: 'instant'})", selector
        )
        assert stands_out(settings, tmp_path / "settings.png", [selector]) == 1, selector
    settings.screenshot(tmp_path / "whole.png", whole=True)
