"""The chart of the past as it is without scripts: as a table, compared, forgotten."""

import re
import time
from datetime import datetime

import pytest

from edge.languages import texts
from edge.past import Gap
from edge.records import ABSENT
from tests.web.reading import page, words
from tests.web.room import Room, entry, status

TITLES = texts("en")["moods"]


@pytest.fixture
def told(room: Room) -> Room:
    """A room with a past."""
    now = time.time()
    assert room.history
    room.history.entries = [
        entry(now - 50 * 3600, "sad", "happy"),
        entry(now - 12 * 3600, "happy", "sad"),
        entry(now - 5 * 3600, ABSENT, "happy"),
    ]
    room.status.put(status(ABSENT))
    return room


def test_the_day_is_named_and_told_as_a_table(told: Room) -> None:
    html = page(told, "/day")
    assert re.search(r'aria-label="The last 24 hours: sad 1[12] h[^,]*, happy 7 h, nobody here 5 h"', html)
    assert re.findall(r"<td>(\w[\w ]*)</td><td>(\d+ h)", html)[:2] == [("Nobody here", "5 h"), ("Happy", "7 h")]


def test_the_table_says_its_times_by_the_device_s_clock(told: Room) -> None:
    assert told.history
    for at, text in re.findall(r'<td><time datetime="([^"]+)">([^<]+)</time>', page(told, "/day")):
        there = datetime.fromisoformat(at).astimezone()
        assert text in (f"{there:%H:%M}", f"{there:%a %H:%M}")
        assert (there.date() == datetime.now().date()) is (text == f"{there:%H:%M}")


def test_a_table_of_some_says_of_how_many_and_where_they_are(told: Room) -> None:
    assert "The newest" not in words(page(told, "/day"))
    assert told.history
    now, moods = time.time(), ("happy", ABSENT)
    told.history.entries = [entry(now - 3000 + 40 * n, moods[n % 2], moods[n % 2 - 1]) for n in range(40)]
    html = page(told, "/day?span=hour")
    assert "The newest 12 of 40. All of it as CSV" in words(html)
    assert html.count("<td><time") == 12
    assert 'href="/api/history.csv?hours=1"' in html


@pytest.mark.parametrize(
    ("span", "name", "bins"),
    [("hour", "last hour", 60), ("day", "last 24 hours", 96), ("week", "last week", 56), ("month", "last 30 days", 30)],
)
def test_the_chart_is_of_an_hour_a_day_a_week_or_a_month(told: Room, span: str, name: str, bins: int) -> None:
    html = page(told, f"/?span={span}")
    assert f"The {name}</h2>" in html
    assert len(re.findall(r'<svg x="[^>]* data-at=', html)) == bins
    assert f'href="/?span={span}#day-title" data-span="{span}" aria-current="true"' in html


def test_a_span_that_is_none_is_the_day(told: Room) -> None:
    assert len(re.findall(r'<svg x="[^>]* data-at=', page(told, "/day?span=century"))) == 96


def test_the_page_says_when_moodcast_was_off(room: Room) -> None:
    now = time.time()
    assert room.history
    room.history.entries = [entry(now - 12 * 3600, "happy", "sad"), entry(now - 9 * 3600, ABSENT, "happy")]
    room.history.off = [Gap(now - 9 * 3600, now - 3600)]
    room.status.put(status(ABSENT))
    assert "hours: Moodcast off 8 h, happy 3 h, nobody here 1 h" in page(room, "/day")


def test_the_day_is_compared_with_the_same_a_week_ago(room: Room) -> None:
    now = time.time()
    assert room.history
    week = 7 * 86400
    room.history.entries = [
        entry(now - week - 3 * 3600, "happy", ABSENT),
        entry(now - week - 2 * 3600, ABSENT, "happy"),
        entry(now - 3 * 3600, "happy", ABSENT),
    ]
    room.status.put(status("happy", since=now - 3 * 3600))
    weekday = time.strftime("%A", time.localtime(now))
    assert f"2 h more happy than last {weekday}." in words(page(room, "/day"))


def test_without_scripts_the_past_is_forgotten_by_a_form_that_is_ticked(told: Room) -> None:
    client = told.client()
    assert told.history
    assert client.post("/forget", data={"what": "hour"}).status_code == 400
    assert told.history.forgotten == []
    ranged = {"what": "range", "from": "2026-11-29T18:00", "to": "2026-11-29T19:00"}
    for sent in ({"what": "hour"}, ranged, {"what": "all"}):
        assert client.post("/forget", data={**sent, "sure": "yes"}).status_code == 303
    (hour, till), _, (first, last) = told.history.forgotten
    assert till - hour == pytest.approx(3600)
    assert (first, last) == (float("-inf"), float("inf"))
    assert client.post("/forget", data={"what": "range", "sure": "yes", "from": "", "to": ""}).status_code == 400


def test_what_forget_does_not_take_is_named_with_where_it_is_forgotten(told: Room) -> None:
    form = page(told).partition('id="forget"')[2].partition("</details>")[0]
    for said in ("resting face", "corrections and kept faces", "changes", 'href="/settings"', 'href="/corrections"'):
        assert said in form.replace("'", '"'), said


def test_without_scripts_chart_and_range_go_by_the_device_s_clock(told: Room) -> None:
    (at, written) = re.search(r'data-at="([^"]+)" data-kind="time">(\d\d:\d\d)<', page(told)).groups()  # type: ignore[union-attr]
    there = datetime.fromisoformat(at).astimezone()
    assert written == f"{there:%H:%M}"
    sent = {"what": "range", "from": f"{there:%Y-%m-%dT%H:%M}", "to": "2100-01-01T00:00", "sure": "yes"}
    assert told.client().post("/forget", data=sent).status_code == 303
    assert told.history
    assert told.history.forgotten[0][0] == there.timestamp()


def test_without_a_history_the_page_says_how_to_have_one(room: Room) -> None:
    room.history = None
    assert "history.enabled: true" in words(page(room, "/day"))
    assert "history.enabled: true" in words(page(room))


def test_the_chart_ends_with_the_last_word_of_a_daemon_that_hangs(room: Room) -> None:
    now = time.time()
    assert room.history
    room.history.entries = [entry(now - 5 * 3600, "happy", ABSENT)]
    room.status.put(status(since=now - 5 * 3600, at=now - 3 * 3600))
    assert "hours: happy 5 h" in page(room, "/day")
    room.healthy = False
    assert "hours: happy 2 h" in page(room, "/day")
    assert "happy 2 h" in page(room, "/day?strip")
