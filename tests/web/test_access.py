"""The password: what is open without it, what it opens, and the lock."""

import pytest

from edge.config import WebConfig
from edge.web.access import ALWAYS, MOOD, READS, needs_control
from tests.web.owner import SECRET, SEEN, code, known, room
from tests.web.room import Room, status

NOW = ("/", "/wall", "/api/status", "/api/events", "/api/fact", "/favicon.ico")


# what is open


@pytest.mark.parametrize(
    ("opened", "seen", "now"), [("nothing", 401, 401), ("mood", 401, 200), ("everything", 200, 200)]
)
def test_without_the_password_so_much_is_seen_as_the_owner_opens(opened: str, seen: int, now: int) -> None:
    client = room(opened).client()
    for path in SEEN:
        assert code(client, path) in ((200, 503) if seen == 200 else (401,)), path
    for path in NOW:
        sent_on = 303 if opened == "nothing" else 200
        expected = {"/": sent_on, "/wall": sent_on, "/favicon.ico": 308}.get(path, now)
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
    """A new route is for who may see everything; one that changes something needs control. No list has dead ones."""
    rules = list(room().app().url_map.iter_rules())
    assert {rule.endpoint for rule in rules} >= ALWAYS | MOOD | READS
    changing = {rule.endpoint for rule in rules if (rule.methods or set()) & {"POST", "DELETE"}}
    control = {rule.endpoint for rule in rules if needs_control(rule)}
    photos, logs = {"api.photo", "pages.photo"}, {"login.enter", "login.leave", "login.token"}
    assert control - ALWAYS == (changing - photos - logs) | {"corrections.face"}
    assert not control & MOOD


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
