"""Logging in: what does, how long that holds, and what is refused."""

import pytest
from flask import Request
from werkzeug.test import EnvironBuilder

from edge import password
from edge.config import WebConfig
from edge.web import site
from edge.web.access import SESSION_SECONDS, Access
from tests.web.owner import SECRET, SEEN, bearer, code, known, room


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

    for _ in range(site.TRIES):
        assert guess("a wrong one", "192.168.1.66")[0] == 401
    code, after = guess(SECRET, "192.168.1.66")
    assert code == 429
    assert after is not None and 0 < int(after) <= site.TRY_SECONDS
    assert guess(SECRET, "192.168.1.7")[0] == 200
    assert caplog.text.count("a wrong password from 192.168.1.66") == site.TRIES
    assert "wrong one" not in caplog.text
