"""The password: what is open without it, what it opens, and how long that holds."""

import pytest
from flask import Request
from flask.testing import FlaskClient
from werkzeug.test import EnvironBuilder

from edge import password
from edge.config import WebConfig
from edge.web import login
from edge.web.access import ALWAYS, CONTROL, MOOD, SESSION_SECONDS, Access
from tests.web.room import Room, frame, status

SECRET = "guten tag mond"
SEEN = ("/day", "/api/history", "/api/history.csv", "/api/calibration", "/metrics", "/snapshot.jpg", "/stream.mjpg")
NOW = ("/", "/api/status", "/api/events", "/api/fact", "/favicon.ico")


def room(opened: str = "mood", kept: str = SECRET) -> Room:
    made = Room(web=WebConfig(password=kept, open=opened, snapshot=True, stream=True))
    made.status.put(status())
    made.picture = frame()
    return made


def code(client: FlaskClient, path: str, method: str = "GET", **sent: object) -> int:
    with client.open(path, method=method, **sent) as answer:  # type: ignore[arg-type]
        return answer.status_code


def known(made: Room, given: str = SECRET) -> FlaskClient:
    client = made.client()
    assert code(client, "/login", "POST", data={"password": given}) == 303
    return client


def bearer(made: Room) -> dict[str, str]:
    answer = made.client().post("/api/login", json={"password": SECRET})
    return {"Authorization": f"Bearer {answer.get_json()['token']}"}


# what is open


@pytest.mark.parametrize(
    ("opened", "seen", "now"), [("nothing", 401, 401), ("mood", 401, 200), ("everything", 200, 200)]
)
def test_without_the_password_so_much_is_seen_as_the_owner_opens(opened: str, seen: int, now: int) -> None:
    client = room(opened).client()
    for path in SEEN:
        assert code(client, path) in ((200, 503) if seen == 200 else (401,)), path
    for path in NOW:
        expected = {"/": 303 if opened == "nothing" else 200, "/favicon.ico": 308}.get(path, now)
        assert code(client, path) in (expected, now), path
    for path in ("/login", "/healthz", "/static/page.css"):
        assert code(client, path) == 200


@pytest.mark.parametrize("opened", ["nothing", "mood", "everything"])
@pytest.mark.parametrize(
    ("method", "path", "sent"),
    [
        ("POST", "/api/camera", {"json": {"on": True}}),
        ("POST", "/camera", {"data": {"on": "true"}}),
        ("POST", "/camera", {"data": {"locked": "false"}}),
        ("POST", "/api/calibration", {}),
        ("DELETE", "/api/calibration", {}),
    ],
)
def test_nobody_changes_anything_without_the_password(
    opened: str, method: str, path: str, sent: dict[str, object]
) -> None:
    made = room(opened)
    assert code(made.client(), path, method, **sent) == 401
    assert (made.switched, made.calibration.state) == ([], "none")


def test_a_photo_is_read_for_who_may_see_everything() -> None:
    for opened, expected in (("nothing", 401), ("mood", 401), ("everything", 200)):
        assert code(room(opened).client(), "/api/photo", "POST", data=b"a photo") == expected


def test_who_sees_the_mood_alone_is_not_told_how_the_device_is() -> None:
    guest = room().client().get("/api/status").get_json()
    assert guest["mood"] == "happy"
    assert guest["health"] is None
    assert "view" not in guest


def test_every_route_is_in_the_right_list() -> None:
    """A new route is for who may see everything, until somebody puts it elsewhere; the lists hold no dead ones."""
    app = room().app()
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()}
    assert endpoints >= ALWAYS | MOOD | CONTROL
    changing = {rule.endpoint for rule in app.url_map.iter_rules() if (rule.methods or set()) & {"POST", "DELETE"}}
    photos, logs = {"api.photo", "pages.photo"}, {"login.enter", "login.leave", "login.token"}
    assert changing == CONTROL | photos | logs


def test_without_a_password_all_is_as_ever_and_the_page_says_so() -> None:
    made = Room()
    made.status.put(status())
    client = made.client()
    assert code(client, "/api/history") == 200
    assert code(client, "/api/camera", "POST", json={"on": False}) == 202
    html = client.get("/").get_data(as_text=True)
    assert "No password is set" in html
    assert "python -m edge password" in html
    assert "web.password_file" in html
    assert "Log in" not in html
    assert code(client, "/login") == 303
    assert client.post("/api/login", json={"password": "anything"}).status_code == 404


# the page for guests and for its owner


def test_a_guest_s_page_has_the_mood_and_a_way_to_log_in_and_nothing_more() -> None:
    html = room().client().get("/").get_data(as_text=True)
    assert '<h1 id="mood"' in html
    assert 'href="/login"' in html
    for hidden in ('id="camera"', 'id="day"', 'id="photo-form"', 'id="calibrate"', 'id="rss"', "No password is set"):
        assert hidden not in html


def test_the_owner_s_page_has_it_all_and_a_way_out() -> None:
    html = known(room()).get("/").get_data(as_text=True)
    for shown in ('id="camera"', 'id="day"', 'id="photo-form"', 'id="calibrate"', 'id="rss"', 'action="/logout"'):
        assert shown in html
    assert 'href="/login"' not in html


@pytest.mark.parametrize("kept", [None, SECRET])
def test_a_page_that_only_shows_switches_nothing_for_anybody(kept: str | None) -> None:
    made = Room(web=WebConfig(password=kept, control=False))
    client = known(made) if kept else made.client()
    answer = client.post("/api/camera", json={"on": False})
    assert (answer.status_code, answer.get_json()["error"]) == (
        403,
        "this page only shows (web.control: false in config.yaml)",
    )
    assert made.switched == []
    assert 'id="camera"' not in client.get("/").get_data(as_text=True)
    assert code(client, "/api/history") == 200


# logging in


def test_the_cookie_is_for_this_page_alone_and_for_no_script() -> None:
    made = room()
    answer = made.client().post("/login", data={"password": SECRET})
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie and "Path=/" in cookie
    assert "Secure" not in cookie
    assert (
        "Secure"
        in made.client().post("/login", base_url="https://localhost", data={"password": SECRET}).headers["Set-Cookie"]
    )
    for headers in ({"X-Forwarded-Proto": "https"},):
        answer = made.client().post("/login", data={"password": SECRET}, headers=headers)
        assert "Secure" in answer.headers["Set-Cookie"]


@pytest.mark.parametrize("kept", [SECRET, password.make(SECRET)], ids=["plain", "hash"])
def test_the_password_opens_everything(kept: str) -> None:
    client = known(room("nothing", kept))
    for path in (*SEEN[:-1], "/", "/api/status"):
        assert code(client, path) == 200, path
    assert code(client, "/api/camera", "POST", json={"on": False}) == 202


def test_a_token_does_for_a_program_what_the_cookie_does_for_a_browser() -> None:
    made = room("nothing")
    headers = bearer(made)
    assert code(made.client(), "/api/history", headers=headers) == 200
    assert code(made.client(), "/api/camera", "POST", json={"on": False}, headers=headers) == 202
    assert made.switched == [False]


@pytest.mark.parametrize(
    "value",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer x",
        "Bearer t.1.ab.cd",
        "Basic YTpi",
        "Bearer " + "é" * 300,
        "Bearer t.x.y." + "0" * 64,
    ],
)
def test_what_is_no_token_opens_nothing(value: str) -> None:
    assert code(room().client(), "/api/history", headers={"Authorization": value.encode().decode("latin-1")}) == 401


def test_a_cookie_is_no_token_and_a_token_no_cookie() -> None:
    made = room()
    token = bearer(made)["Authorization"].removeprefix("Bearer ")
    client = made.client()
    client.set_cookie("moodcast-moodcast", token)
    assert code(client, "/api/history") == 401
    cookie = known(made).get_cookie("moodcast-moodcast")
    assert cookie
    assert code(made.client(), "/api/history", headers={"Authorization": f"Bearer {cookie.value}"}) == 401


def test_a_session_holds_over_a_restart_and_ends_with_a_change_of_the_password() -> None:
    first = known(room())
    cookie = first.get_cookie("moodcast-moodcast")
    assert cookie
    for kept, expected in ((SECRET, 200), ("another one", 401)):
        client = room(kept=kept).client()
        client.set_cookie("moodcast-moodcast", cookie.value)
        assert code(client, "/api/history") == expected


def test_a_session_ends_after_three_months_and_a_token_does_not() -> None:
    now = 1e9
    access = Access(WebConfig(password=SECRET), bytes(32), "cookie", lambda: now)
    browser = Request(EnvironBuilder(headers=[("Cookie", f"cookie={access.session()}")]).get_environ())
    program = Request(EnvironBuilder(headers=[("Authorization", f"Bearer {access.token()}")]).get_environ())
    assert access.rights(browser).known
    now += SESSION_SECONDS + 1
    assert not access.rights(browser).known
    assert access.rights(program).known
    now = 0  # a clock that was set back
    assert access.rights(browser).known


def test_who_logs_out_is_out() -> None:
    client = known(room())
    assert code(client, "/logout", "POST") == 303
    assert code(client, "/api/history") == 401


@pytest.mark.parametrize("sent", [{"json": {"password": "wrong one"}}, {"json": {"password": SECRET + " "}}])
def test_a_wrong_password_is_refused_in_a_line(sent: dict[str, object]) -> None:
    answer = room().client().post("/api/login", **sent)
    assert (answer.status_code, answer.get_json()) == (401, {"error": "that is not the password"})


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'{"password": 1}', b'{"password": ""}', b"x" * 10_000, b"[" * 4000]
)
def test_what_is_no_password_at_all_is_refused_in_a_line(body: bytes) -> None:
    answer = room().client().post("/api/login", data=body)
    assert answer.status_code == 400
    assert list(answer.get_json()) == ["error"]


def test_the_form_says_what_was_wrong_and_keeps_nothing() -> None:
    answer = room().client().post("/login", data={"password": "wrong one"})
    html = answer.get_data(as_text=True)
    assert answer.status_code == 401
    assert "That is not the password." in html
    assert "wrong one" not in html
    assert "Set-Cookie" not in answer.headers


def test_another_site_logs_nobody_in_or_out() -> None:
    client = room().client()
    for path in ("/login", "/logout", "/api/login"):
        assert code(client, path, "POST", data={"password": SECRET}, headers={"Origin": "http://evil.example"}) == 403


def test_guessing_is_slow_for_one_address_and_for_nobody_else(caplog: pytest.LogCaptureFixture) -> None:
    made = room()
    client = made.client()

    def guess(given: str, address: str) -> tuple[int, str | None]:
        answer = client.post("/api/login", json={"password": given}, environ_base={"REMOTE_ADDR": address})
        return answer.status_code, answer.headers.get("Retry-After")

    for _ in range(login.TRIES):
        assert guess("a wrong one", "192.168.1.66")[0] == 401
    code, after = guess(SECRET, "192.168.1.66")
    assert code == 429
    assert after is not None and 0 < int(after) <= login.TRY_SECONDS
    assert guess(SECRET, "192.168.1.7")[0] == 200
    assert caplog.text.count("a wrong password from 192.168.1.66") == login.TRIES
    assert "wrong one" not in caplog.text


# the lock


def test_the_owner_locks_the_camera_off_and_unlocks_it() -> None:
    made = room()
    client = known(made)
    answer = client.post("/api/camera", json={"locked": True})
    assert (answer.status_code, answer.get_json()) == (202, {"locked": True})
    assert made.camera.locked == "page"
    assert client.get("/api/status").get_json()["camera_locked"] is True
    answer = client.post("/api/camera", json={"on": True})
    assert (answer.status_code, answer.get_json()["error"]) == (409, "the camera is locked off: unlock it first")
    answer = client.post("/api/camera", json={"on": True, "locked": False})
    assert answer.get_json() == {"camera": "ON", "locked": False}
    assert made.switched == [True]


def test_the_lock_works_without_scripts() -> None:
    made = room()
    client = known(made)
    assert 'name="locked" value="true"' in client.get("/").get_data(as_text=True)
    assert code(client, "/camera", "POST", data={"locked": "true"}) == 303
    html = client.get("/").get_data(as_text=True)
    assert 'name="locked" value="false"' in html
    assert "locked off" in html


def test_without_a_password_there_is_no_lock_for_anybody_could_undo_it() -> None:
    made = Room()
    answer = made.client().post("/api/camera", json={"locked": True})
    assert answer.status_code == 403
    assert "web.password_file" in answer.get_json()["error"]
    assert made.camera.locked == ""


def test_what_the_configuration_has_locked_the_page_does_not_unlock() -> None:
    made = room()
    made.camera.locked = "config"
    client = known(made)
    for body in ({"locked": False}, {"on": True}, {"on": True, "locked": False}):
        assert client.post("/api/camera", json=body).status_code == 409
    assert "camera.locked_off" in client.get("/").get_data(as_text=True)
    assert made.switched == []
