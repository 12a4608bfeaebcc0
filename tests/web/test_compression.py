"""Answers in gzip: which, for whom, and the same to whoever asks again."""

import gzip

import pytest

from edge.config import WebConfig
from tests.web.room import Room, frame, status

GZIP = {"Accept-Encoding": "gzip, deflate, br"}


@pytest.fixture
def room() -> Room:
    made = Room(web=WebConfig(snapshot=True, stream=True), picture=frame())
    made.status.put(status())
    return made


@pytest.mark.parametrize(
    "path", ["/wall", "/login", "/static/page.css", "/static/page.js", "/api", "/api/status", "/metrics"]
)
def test_what_is_read_comes_smaller_and_the_same(room: Room, path: str) -> None:
    room.web = WebConfig(password="guten tag mond", open="everything") if path == "/login" else room.web
    client = room.client()
    with client.get(path) as plain, client.get(path, headers=GZIP) as packed:
        assert "Content-Encoding" not in plain.headers
        assert packed.headers["Content-Encoding"] == "gzip"
        assert int(packed.headers["Content-Length"]) == len(packed.data) < len(plain.data) / 1.5
        assert plain.headers["Vary"] == packed.headers["Vary"] == "Accept-Encoding"
        assert packed.content_type == plain.content_type
        if path != "/wall":  # which says the time
            assert gzip.decompress(packed.data) == plain.data


def test_whoever_takes_no_gzip_gets_none(room: Room) -> None:
    for accepted in ("", "br", "gzip;q=0, br", "identity"):
        with room.client().get("/static/page.css", headers={"Accept-Encoding": accepted}) as answer:
            assert "Content-Encoding" not in answer.headers
            assert answer.data.startswith(b"/* Moodcast")


@pytest.mark.parametrize(
    "path", ["/snapshot.jpg", "/stream.mjpg", "/api/events", "/api/history", "/api/history.csv", "/healthz"]
)
def test_streams_pictures_and_what_is_short_are_left_as_they_are(room: Room, path: str) -> None:
    with room.client().get(path, headers=GZIP) as answer:
        assert answer.status_code == 200
        assert "Content-Encoding" not in answer.headers


def test_a_file_that_has_not_changed_is_not_sent_again(room: Room) -> None:
    client = room.client()
    for headers in (GZIP, {}, GZIP):
        with client.get("/static/page.css", headers=headers) as first:
            tag = first.headers["ETag"]
        assert tag.startswith("W/") == ("Accept-Encoding" in headers)
        for again in (GZIP, {}):
            with client.get("/static/page.css", headers={"If-None-Match": tag, **again}) as answer:
                assert (answer.status_code, answer.data) == (304, b"")
                assert answer.headers["Vary"] == "Accept-Encoding"


def test_a_part_of_a_file_is_a_part_of_its_plain_bytes(room: Room) -> None:
    with room.client().get("/static/page.css", headers={"Range": "bytes=0-11", **GZIP}) as answer:
        assert (answer.status_code, answer.data) == (206, b"/* Moodcast.")
