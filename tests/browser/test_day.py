"""The chart of the past in a real Chromium: read by mouse, finger and key, chosen, renewed, and forgotten."""

import re
import time
from datetime import datetime

import pytest

from edge.past import Gap, Quarter
from edge.records import ABSENT, PAUSED, UNKNOWN
from edge.web.server import Server
from tests.browser.driver import Browser
from tests.browser.serving import serving
from tests.web.room import Room, entry, status

LEFT, RIGHT, HOME, END = "\ue012", "\ue014", "\ue011", "\ue010"


@pytest.fixture
def past(room: Room, served: Server, browser: Browser) -> Browser:
    """The page of a room that was happy and sad, and of which at times nobody knew."""
    now = time.time() // 900 * 900
    history = room.history
    assert history
    history.entries = [
        entry(now - 9 * 3600, "happy", ABSENT),
        entry(now - 6 * 3600, ABSENT, "happy"),
        entry(now - 5 * 3600, UNKNOWN, ABSENT),
        entry(now - 4 * 3600, PAUSED, UNKNOWN),
        entry(now - 3 * 3600, "sad", PAUSED),
    ]
    history.off = [Gap(now - 9.5 * 3600, now - 9 * 3600)]
    history.hours = [Quarter(now - 9 * 3600, (0.0, 0.0, 0.0, 31.0, 69.0, 0.0, 0.0))]
    room.status.put(status("sad", since=now - 3 * 3600))
    browser.open(f"http://127.0.0.1:{served.port}/")
    browser.until(lambda: browser.text("#connection") == "live")
    browser.complaints()
    return browser


def value(page: Browser) -> int:
    return int(page.run("return document.getElementById('chart').getAttribute('aria-valuenow')"))


def point(page: Browser, kind: str, share: float) -> None:
    """Moves a pointer to a share of the chart's width."""
    page.run(
        "const chart = document.getElementById('chart'); const box = chart.getBoundingClientRect();"
        "chart.dispatchEvent(new PointerEvent(arguments[0], { bubbles: true, pointerType: arguments[1],"
        "clientX: box.left + box.width * arguments[2], clientY: box.top + 5 }))",
        "pointermove" if kind == "mouse" else "pointerdown",
        kind,
        share,
    )


@pytest.mark.parametrize("kind", ["mouse", "touch"])
def test_a_pointer_reads_what_was_when(past: Browser, kind: str) -> None:
    happy = past.run(
        "const all = [...document.querySelectorAll('.chart svg svg')];"
        "return [all.findIndex((one) => one.dataset.said.startsWith('Happy:')), all.length]"
    )
    point(past, kind, (happy[0] + 0.5) / happy[1])
    time_and_mood = re.compile(r"\d\d:\d\d( [AP]M)?–\d\d:\d\d( [AP]M)? Happy: neutral 69 %, happy 31 %")
    past.until(lambda: time_and_mood.fullmatch(past.text("#told")))


def test_the_arrow_keys_read_it_and_a_screen_reader_is_told(past: Browser) -> None:
    past.type("#chart", HOME)
    assert value(past) == 0
    assert past.text("#told").endswith("Nothing is known")
    past.type("#chart", END + LEFT * 8)
    assert value(past) == 87
    spoken = past.run("return document.getElementById('chart').getAttribute('aria-valuetext')")
    assert spoken == past.text("#told")
    assert "Sad" in spoken
    past.type("#chart", RIGHT)
    assert value(past) == 88
    assert past.run("return document.getElementById('chart').role") == "slider"
    assert past.complaints() == []


def test_nobody_unknown_paused_and_off_have_a_look_each(past: Browser) -> None:
    fills = past.run(
        "return arguments[0].map((mood) => getComputedStyle(document.querySelector(`.chart .m-${mood}`)).fill)",
        [ABSENT, UNKNOWN, PAUSED, "off"],
    )
    assert len(set(fills)) == 4
    assert all("hatch" in fill for fill in fills)


@pytest.mark.parametrize(
    ("span", "name", "bins"), [("hour", "hour", 60), ("week", "week", 56), ("month", "30 days", 30)]
)
def test_an_hour_a_week_and_a_month_are_a_tap_away_and_so_is_the_day(
    past: Browser, span: str, name: str, bins: int
) -> None:
    count = "return document.querySelectorAll('.chart svg svg').length"
    past.click(f"#span-{span}")
    past.until(lambda: past.run(count) == bins)
    past.until(lambda: past.text("#day-title") == f"The last {name}")
    assert past.run("return document.activeElement.id") == f"span-{span}"
    assert past.run("return document.documentElement.scrollWidth <= innerWidth")
    past.click("#span-day")
    past.until(lambda: past.run(count) == 96)
    assert past.complaints() == []


def test_a_chart_that_did_not_come_is_told_in_words_until_the_device_is_back(
    past: Browser, room: Room, served: Server
) -> None:
    served.close()
    past.until(lambda: past.text("#connection") == "reconnecting…")
    past.click("#span-week")
    past.until(lambda: past.text("#day-error").startswith("The chart was not shown: the device does not answer."))
    assert past.text("#day-title") == "The last 24 hours"
    with serving(past, room, served.port):
        past.until(lambda: not past.shown("#day-error"))
    past.complaints()


def test_the_week_names_its_days(past: Browser) -> None:
    past.click("#span-week")
    days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    names = "return [...document.querySelectorAll('.ticks text')].map((one) => one.textContent)"
    past.until(lambda: sorted(past.run(names)) == sorted(days))


def test_the_chart_follows_the_mood_and_keeps_the_focus_and_what_is_read(past: Browser, room: Room) -> None:
    past.type("#chart", END + LEFT * 20)
    read = past.text("#told")
    assert room.history
    room.history.entries.append(entry(time.time() - 60, "surprise", "sad"))
    room.status.put(status("surprise", since=time.time() - 60))
    past.until(lambda: "Surprised" in past.text("#day .legend"))
    assert past.run("return document.activeElement.id") == "chart"
    assert past.text("#told") == read


def test_the_table_stays_open_and_keeps_the_focus(past: Browser, room: Room) -> None:
    past.click("#rows summary")
    rows = past.run("return document.querySelectorAll('#day tbody tr').length")
    assert room.history
    room.history.entries.append(entry(time.time() - 60, "surprise", "sad"))
    room.status.put(status("surprise", since=time.time() - 60))
    past.until(lambda: past.run("return document.querySelectorAll('#day tbody tr').length") == rows + 1)
    assert past.shown("#day table")
    assert past.run("return document.activeElement.id") == "rows-summary"


@pytest.mark.parametrize("kept", ["csv", "json"])
def test_the_links_below_the_table_keep_the_focus_when_the_chart_is_renewed(
    past: Browser, room: Room, kept: str
) -> None:
    past.click("#rows summary")
    past.run(f"document.getElementById('{kept}').focus()")
    room.status.put(status("surprise", since=time.time() - 60))
    past.until(lambda: "Surprised" in past.text("#day .legend"))
    assert past.run("return document.activeElement.id") == kept


def test_the_last_hour_is_forgotten_once_it_is_ticked(past: Browser, room: Room) -> None:
    assert room.history
    past.click("#forget summary")
    past.click("#forget-button")
    assert room.history.forgotten == [], "not ticked"
    past.click("#forget [name=sure]")
    past.click("#forget-button")
    past.until(lambda: past.text("#forgotten") == "It is forgotten.")
    ((start, end),) = room.history.forgotten
    assert end - start == pytest.approx(3600)


def test_a_range_goes_by_the_clock_of_the_chart(past: Browser, room: Room) -> None:
    past.cdp("Emulation.setTimezoneOverride", timezoneId="Pacific/Kiritimati")  # 14 hours ahead of UTC
    try:
        past.open(past.run("return location.href"))
        written = past.until(lambda: past.run("return document.querySelector('.ticks text').textContent"))
        at = past.run("return document.querySelector('.ticks text').dataset.at")
        past.click("#forget summary")
        assert "by the chart’s clock" in past.name("#forget [name=from]")
        past.click("#forget [value=range]")
        day = past.run("return new Date(arguments[0]).toLocaleDateString('sv')", at)
        hour = past.run(
            "return new Date(arguments[0]).toLocaleTimeString('sv', { hour: '2-digit', minute: '2-digit' })", at
        )
        assert written.startswith(f"{int(hour[:2]) % 12 or 12:02}"), "the chart's own clock is the visitor's"
        past.run("document.querySelector('#forget [name=from]').value = arguments[0]", f"{day}T{hour}")
        past.run("document.querySelector('#forget [name=to]').value = arguments[0]", "2100-01-01T00:00")
        past.click("#forget [name=sure]")
        past.click("#forget-button")
        past.until(lambda: past.text("#forgotten") == "It is forgotten.")
    finally:
        past.cdp("Emulation.setTimezoneOverride", timezoneId="")
    assert room.history
    assert room.history.forgotten[0][0] == datetime.fromisoformat(at).timestamp()


def test_a_range_without_its_times_and_a_disk_that_cannot_be_written_are_told(past: Browser, room: Room) -> None:
    assert room.history
    past.click("#forget summary")
    past.click("#forget [value=range]")
    past.click("#forget [name=sure]")
    past.click("#forget-button")
    past.until(lambda: past.text("#forget-error") == "Nothing was forgotten: say from when to when")
    room.history.broken = True
    past.click("#forget [value=all]")
    past.click("#forget-button")
    past.until(lambda: "the history cannot be written now" in past.text("#forget-error"))
    past.complaints()
