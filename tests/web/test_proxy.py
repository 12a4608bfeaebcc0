"""Behind a proxy that the owner named, and behind one that nobody named; inside another site's page."""

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from edge import web
from edge.config import WebConfig
from tests.web.room import Room, frame, status

SECRET = "guten tag mond"
BELOW = {"X-Forwarded-Prefix": "/moodcast"}
PROXY = {"environ_base": {"REMOTE_ADDR": "::ffff:127.0.0.1"}}


@pytest.fixture
def room() -> Room:
    made = Room(web=WebConfig(trusted_proxies=("127.0.0.1",), snapshot=True), picture=frame())
    made.status.put(status())
    return made


def locked(room: Room) -> FlaskClient:
    room.web = WebConfig(trusted_proxies=("127.0.0.1",), password=SECRET, open="nothing")
    return room.client()


@pytest.mark.parametrize("path", ["/", "/wall", "/day", "/corrections"])
def test_every_address_in_a_page_is_below_the_proxy_s_path(room: Room, path: str) -> None:
    answer = room.client().get(path, headers=BELOW, **PROXY)
    found = re.findall(r'\b(?:href|src|action)="(/[^"]*)"', answer.text)
    assert found
    assert [each for each in found if not each.startswith("/moodcast/")] == []


def test_no_script_names_an_address_from_the_host_s_root() -> None:
    for file in (Path(web.__file__).parent / "static").glob("*.js"):
        asked = re.findall(r"(?:fetch|EventSource|register)\(['\"`]/|\bsrc = ['\"`]/", file.read_text("utf-8"))
        assert asked == [], f"{file.name}: addressOf() makes it one below a proxy's path"


@pytest.mark.parametrize(
    ("method", "path", "form", "to"),
    [
        ("POST", "/camera", {"on": "false"}, "/moodcast/"),
        ("POST", "/forget", {"sure": "yes", "what": "all"}, "/moodcast/#day-title"),
        ("POST", "/correction", {"right": "sad"}, "/moodcast/corrections"),
        ("POST", "/corrections/forget", {"sure": "yes"}, "/moodcast/corrections"),
        ("POST", "/logout", {}, "/moodcast/"),
        ("GET", "/login", {}, "/moodcast/"),
        ("GET", "/favicon.ico", {}, "/moodcast/static/favicon.svg"),
    ],
)
def test_who_is_sent_on_stays_below_it(room: Room, method: str, path: str, form: dict[str, str], to: str) -> None:
    answer = room.client().open(path, method=method, data=form, headers=BELOW, **PROXY)  # type: ignore[arg-type]
    assert answer.headers["Location"] == to


def test_a_session_s_cookie_is_of_that_path_and_of_https(room: Room) -> None:
    client = locked(room)
    asked = client.get("/", headers=BELOW, **PROXY)
    assert asked.headers["Location"] == "/moodcast/login"
    sent = {"data": {"password": SECRET}, "headers": BELOW | {"X-Forwarded-Proto": "https"}, **PROXY}
    assert "Secure; HttpOnly; Path=/moodcast; SameSite=Strict" in client.post("/login", **sent).headers["Set-Cookie"]
    assert "Path=/moodcast" in client.post("/logout", headers=BELOW, **PROXY).headers["Set-Cookie"]


@pytest.mark.parametrize("prefix", ["//evil.example.com", "/a//b", "/a, /b", "moodcast", "/<b>", "/a b", "/"])
def test_a_prefix_that_is_no_path_is_passed_over(room: Room, prefix: str) -> None:
    answer = room.client().get("/login", headers={"X-Forwarded-Prefix": prefix}, **PROXY)
    assert answer.headers["Location"] == "/"


@pytest.mark.parametrize("asking", ["127.0.0.2", "192.168.1.9", "2001:db8::1", ""])
def test_whoever_is_not_named_is_not_believed(room: Room, asking: str) -> None:
    answer = room.client().get("/login", headers=BELOW, environ_base={"REMOTE_ADDR": asking})
    assert answer.headers["Location"] == "/"


def test_of_ipv6_the_one_address_is_trusted_and_not_its_network(room: Room) -> None:
    room.web = WebConfig(trusted_proxies=("2001:db8::1",))
    for asking, to in (("2001:db8::1", "/moodcast/"), ("2001:db8::2", "/")):
        answer = room.client().get("/login", headers=BELOW, environ_base={"REMOTE_ADDR": asking})
        assert answer.headers["Location"] == to


def tries(client: FlaskClient, who: str) -> int:
    sent = {"data": {"password": "wrong"}, "headers": {"X-Forwarded-For": f"10.9.9.9, {who}"}, **PROXY}
    return client.post("/login", **sent).status_code


def test_behind_it_each_client_has_a_share_of_its_own(room: Room) -> None:
    client = locked(room)
    assert [tries(client, "192.168.1.20") for _ in range(6)] == [401] * 5 + [429]
    assert tries(client, "192.168.1.21") == 401
    assert [tries(client, f"no address {n}") for n in range(6)][-1] == 429  # all of these are the proxy itself


def test_the_same_names_and_sites_are_refused_behind_it(room: Room) -> None:
    client = room.client()
    for headers, code in (
        ({"Host": "evil.example.com"}, 421),
        ({"Host": "evil.example.com", "X-Forwarded-Host": "moodcast.local"}, 421),
        ({"Origin": "http://evil.example.com", "X-Forwarded-Host": "evil.example.com"}, 403),
        ({"Origin": "http://localhost"}, 202),
    ):
        answer = client.post("/api/camera", json={"on": False}, headers=BELOW | headers, **PROXY)
        assert answer.status_code == code, headers


@pytest.mark.parametrize(
    ("ancestors", "policy", "option"),
    [
        ((), "'none'", "DENY"),
        (("self",), "'self'", "SAMEORIGIN"),
        (("http://homeassistant.local:8123",), "http://homeassistant.local:8123", None),
        (("Self", "https://a.b"), "'self' https://a.b", None),
    ],
)
def test_who_may_frame_the_page_is_said_in_both_headers(
    room: Room, ancestors: tuple[str, ...], policy: str, option: str | None
) -> None:
    room.web = WebConfig(frame_ancestors=ancestors)
    for path in ("/", "/api/status", "/nothing"):
        answer = room.client().get(path)
        assert answer.headers["Content-Security-Policy"].endswith(f"; frame-ancestors {policy}")
        assert answer.headers.get("X-Frame-Options") == option
