"""The history in the JSON API: as far back as asked, as a table, and forgotten."""

import csv
import io
import re
import time
import weakref
from collections.abc import Iterator
from datetime import datetime

import pytest

from edge.past import HistoryEntry
from edge.records import ABSENT
from edge.web import shapes
from edge.web.api import MAX_ENTRIES, PART_ENTRIES
from tests.web.room import HAPPY_HITS, NOON, RememberedHistory, Room


@pytest.fixture
def changes(room: Room) -> list[HistoryEntry]:
    now = time.time()
    entries = [
        HistoryEntry(now - 30 * 3600, "sad", ABSENT, 0.6, 1, None),
        HistoryEntry(now - 2 * 3600, "happy", "sad", 0.81234, 2, HAPPY_HITS),
        HistoryEntry(now - 600, ABSENT, "happy", 1.0, 0, None),
    ]
    assert room.history
    room.history.entries = entries
    return entries


def test_the_history_is_that_of_the_last_day(room: Room, changes: list[HistoryEntry]) -> None:
    said = room.client().get("/api/history").get_json()
    assert said["hours"] == 24
    assert [change["mood"] for change in said["changes"]] == ["happy", ABSENT]
    first = said["changes"][0]
    assert (first["previous"], first["strength"], first["faces"]) == ("sad", 0.8123, 2)
    assert first["playlist"]["name"] == "Happy Hits!"
    assert first["at"].endswith("+00:00")


def test_a_history_of_less_than_a_day_comes_whole(room: Room) -> None:
    room.days = 0.25
    answer = room.client().get("/api/history")
    assert (answer.status_code, answer.get_json()["hours"]) == (200, 6)


def test_the_history_goes_as_far_back_as_asked(room: Room, changes: list[HistoryEntry]) -> None:
    client = room.client()
    assert len(client.get("/api/history?hours=48").get_json()["changes"]) == 3
    assert len(client.get("/api/history?hours=0.5").get_json()["changes"]) == 1


def test_the_history_of_any_range_comes_as_json_and_as_a_table(room: Room, changes: list[HistoryEntry]) -> None:
    first, second, third = changes
    client = room.client()
    asked = {"from": shapes.iso(first.at - 1), "to": shapes.iso(second.at + 1)}
    said = client.get("/api/history", query_string=asked).get_json()["changes"]
    assert [change["mood"] for change in said] == [first.mood, second.mood]
    asked = {"from": shapes.iso(third.at - 1), "to": "2100-01-01T00:00:00Z"}
    rows = list(csv.DictReader(io.StringIO(client.get("/api/history.csv", query_string=asked).text)))
    assert [row["mood"] for row in rows] == [third.mood]


@pytest.mark.parametrize("asked", ["from=2026-11-29T18:00", "to=2026-11-29T18:00", "from=x&to=y", "from=&to="])
@pytest.mark.parametrize("path", ["/api/history", "/api/history.csv"])
def test_a_range_that_makes_no_sense_gets_one_line(room: Room, path: str, asked: str) -> None:
    for wrong in (asked, "from=2026-11-29T18:00&to=2026-11-29T18:00"):
        answer = room.client().get(f"{path}?{wrong}")
        assert answer.status_code == 400
        assert "from when to when" in answer.get_json()["error"]


def test_the_history_comes_as_a_table_too(room: Room, changes: list[HistoryEntry]) -> None:
    answer = room.client().get("/api/history.csv?hours=48")
    assert answer.mimetype == "text/csv"
    rows = list(csv.DictReader(io.StringIO(answer.get_data(as_text=True))))
    assert [row["mood"] for row in rows] == ["sad", "happy", ABSENT]
    assert rows[1]["url"] == HAPPY_HITS.url
    assert rows[0]["playlist"] == ""


def test_a_long_history_comes_in_pieces_and_is_never_in_memory(room: Room) -> None:
    now, alive = time.time(), 0

    class Watched(HistoryEntry):
        """One that can be referred to weakly."""

    class Endless(RememberedHistory):
        def walk(self, since: float, until: float | None = None) -> Iterator[HistoryEntry]:
            nonlocal alive
            for number in range(50_000):
                made = Watched(now - 50_000 + number, "happy", "sad", 0.5, 1, None)
                alive += 1
                weakref.finalize(made, gone)
                yield made

    def gone() -> None:
        nonlocal alive
        alive -= 1

    room.history = Endless()
    most, entries = 0, 0
    with room.client().get("/api/history", buffered=False) as answer:
        for piece in answer.iter_encoded():
            most = max(most, alive)
            entries += piece.count(b'"at":')
    assert entries == MAX_ENTRIES, "the newest are kept"
    assert most <= 2 * PART_ENTRIES + 2


def test_the_last_hours_a_range_or_all_is_forgotten(room: Room) -> None:
    client, history = room.client(), room.history
    assert history
    said = client.delete("/api/history?hours=1").get_json()["forgotten"]
    start, end = history.forgotten.pop()
    assert end - start == pytest.approx(3600)
    assert datetime.fromisoformat(said["to"]).timestamp() == pytest.approx(end, abs=1)
    client.delete("/api/history?from=2023-11-14T22:00:00Z&to=2023-11-14T22:13:20Z")
    assert history.forgotten.pop() == (NOON - 800, NOON)
    for long_ago in ("hours=17758762", "from=0001-01-02T00:00:00&to=2023-11-14T22:13:20Z"):
        answer = client.delete(f"/api/history?{long_ago}")
        assert answer.get_json()["forgotten"]["from"] == "1970-01-01T00:00:00+00:00"
        assert history.forgotten.pop()[0] == 0
    assert client.delete("/api/history?all=true").get_json()["forgotten"]["from"] is None
    assert history.forgotten.pop() == (float("-inf"), float("inf"))


@pytest.mark.parametrize(
    "asked",
    [
        "",
        "?hours=0",
        "?hours=-1",
        "?hours=nan",
        "?hours=x",
        "?all=1",
        "?from=2023-11-14",
        "?to=2023-11-14",
        "?from=x&to=y",
    ],
)
def test_what_is_to_be_forgotten_must_be_said(room: Room, asked: str) -> None:
    answer = room.client().delete(f"/api/history{asked}")
    assert answer.status_code == 400
    assert "say what to forget" in answer.get_json()["error"]
    assert room.history and room.history.forgotten == []


def test_a_history_that_cannot_be_written_says_that_nothing_was_forgotten(room: Room) -> None:
    assert room.history
    room.history.broken = True
    answer = room.client().delete("/api/history?all=true")
    assert answer.status_code == 503
    assert "nothing was forgotten" in answer.get_json()["error"]
    room.history = None
    assert room.client().delete("/api/history?all=true").status_code == 404


@pytest.mark.parametrize(("days", "hours"), [(30.0, "24"), (0.5, "12"), (0.04, "0.96")])
def test_the_page_s_csv_link_leads_to_a_table(room: Room, days: float, hours: str) -> None:
    room.days = days
    assert room.history
    room.history.entries = [HistoryEntry(time.time() - 60, "happy", "sad", 0.5, 1, None)]
    (link,) = re.findall(r'href="(/api/history\.csv[^"]*)"', room.client().get("/").get_data(as_text=True))
    assert link == f"/api/history.csv?hours={hours}"
    assert room.client().get(link).status_code == 200


@pytest.mark.parametrize("hours", ["", "x", "0", "-1", "nan", "inf", "1e9", "24h", "24,5"])
@pytest.mark.parametrize("path", ["/api/history", "/api/history.csv"])
def test_hours_that_make_no_sense_get_one_line(room: Room, path: str, hours: str) -> None:
    answer = room.client().get(path, query_string={"hours": hours})
    assert answer.status_code == 400
    assert "hours must be a number above 0 and at most 720" in answer.get_json()["error"]


def test_without_a_history_the_answer_says_how_to_have_one(room: Room) -> None:
    room.history = None
    answer = room.client().get("/api/history")
    assert answer.status_code == 404
    assert "history.enabled" in answer.get_json()["error"]


# the camera, the calibration, a fact
