"""What the page refuses: other sites, strangers' names, and what would let either in."""

import pytest

from edge.config import WebConfig
from edge.web.guard import is_local_name
from tests.web.room import Room, frame, status


@pytest.mark.parametrize(
    "host",
    [
        "192.168.1.20:8080",
        "10.0.0.7",
        "[fe80::1]:8080",
        "localhost:8080",
        "moodcast",
        "moodcast.local:8080",
        "pi.fritz.box",
        "pi.lan",
        "moodcast.home.arpa",
        "MOODCAST.LOCAL",
        "moodcast.local.",
    ],
)
def test_an_address_or_a_name_of_the_lan_is_this_device(host: str) -> None:
    assert is_local_name(host, ())


@pytest.mark.parametrize(
    "host", ["evil.example.com", "evil.com:8080", "192.168.1.20.evil.com", "local.evil.com", "", "a]"]
)
def test_a_name_that_a_stranger_may_own_is_not(host: str) -> None:
    assert not is_local_name(host, ("mine.example.org",))


def test_a_name_the_owner_gave_is(room: Room) -> None:
    room.web = WebConfig(hosts=("Mood.Example.org",))
    assert room.client().get("/api/status", headers={"Host": "mood.example.org"}).status_code == 200


@pytest.mark.parametrize("path", ["/", "/api/status", "/api/events", "/snapshot.jpg", "/static/page.js"])
def test_a_page_whose_name_was_rebound_to_the_device_reads_nothing(room: Room, path: str) -> None:
    answer = room.client().get(path, headers={"Host": "evil.example.com"})
    assert answer.status_code == 421
    assert "web.hosts" in answer.get_data(as_text=True)


@pytest.mark.parametrize("method", ["POST", "DELETE"])
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example.com"},
        {"Origin": "null"},
        {"Origin": "http://localhost:8081"},
        {"Origin": ""},
        {"Origin": "http://[localhost"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_another_site_moves_nothing(room: Room, method: str, headers: dict[str, str]) -> None:
    client = room.client()
    for path in ("/api/camera", "/api/calibration", "/api/photo", "/camera", "/photo"):
        answer = client.open(path, method=method, json={"on": False}, headers=headers)
        assert answer.status_code == 403, path
    assert room.switched == []
    assert room.photos == []
    assert room.calibration.state == "none"


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example.com"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Referer": "http://evil.example.com/page"},
        {"Referer": "http://[localhost/"},
    ],
)
@pytest.mark.parametrize("path", ["/api/events", "/stream.mjpg"])
def test_another_site_has_no_visitor_follow_live(path: str, headers: dict[str, str]) -> None:
    room = Room(web=WebConfig(stream=True), picture=frame())
    room.status.put(status())
    with room.client().get(path, headers=headers) as answer:
        assert answer.status_code == 403
    for own in ({}, {"Referer": "http://localhost/"}, {"Sec-Fetch-Site": "same-origin"}):
        with room.client().get(path, headers=own) as answer:
            assert answer.status_code == 200


@pytest.mark.parametrize("headers", [{}, {"Origin": "http://localhost"}, {"Sec-Fetch-Site": "same-origin"}])
def test_the_page_itself_and_scripts_without_an_origin_do(room: Room, headers: dict[str, str]) -> None:
    assert room.client().post("/api/camera", json={"on": False}, headers=headers).status_code == 202
    assert room.switched == [False]


def test_every_answer_forbids_what_the_page_does_not_need(room: Room) -> None:
    client = room.client()
    for path in ("/", "/api/status", "/api/nothing", "/nothing", "/static/page.css", "/metrics"):
        with client.get(path) as answer:
            policy = answer.headers["Content-Security-Policy"]
            assert policy.startswith("default-src 'self'; ")
            assert "unsafe" not in policy
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["X-Frame-Options"] == "DENY"
            assert "Set-Cookie" not in answer.headers


def test_what_is_not_there_is_said_in_one_line(room: Room) -> None:
    answer = room.client().get("/admin.php")
    assert (answer.status_code, answer.get_data(as_text=True)) == (404, "there is nothing at /admin.php\n")
    assert answer.mimetype == "text/plain"


@pytest.mark.parametrize("path", ["/static/../app.py", "/static/%2e%2e/app.py", "/static//etc/passwd"])
def test_only_the_assets_are_served_as_files(room: Room, path: str) -> None:
    with room.client().get(path) as answer:
        assert answer.status_code in (404, 308)
