"""The JSON API: every route of docs/api.md, and every bad input."""

import time
from dataclasses import replace
from datetime import datetime

import pytest

from edge.config import WebConfig
from edge.records import Music, MusicWish
from tests.web.room import HAPPY_HITS, NOON, Room, status


def test_the_status_is_named_as_on_mqtt(room: Room) -> None:
    said = room.client().get("/api/status").get_json()
    assert said["mood"] == "happy"
    assert said["strength"] == 0.6
    assert said["shares"]["happy"] == 0.4
    assert said["expression"] == {"label": "happy", "confidence": 0.7, "since": "2023-11-14T22:13:50+00:00"}
    assert said["presence"] is True
    assert said["why"] == ["mood: happy"]
    assert said["faces"] == 1
    assert said["since"] == "2023-11-14T22:13:20+00:00"
    assert said["playlist"] == {"name": "Happy Hits!", "url": HAPPY_HITS.url}


@pytest.mark.parametrize(
    ("device", "asked", "why", "calibration"),
    [
        ("auto", {}, "mood: happy", "none"),
        ("auto", {"Accept-Language": "de"}, "Stimmung: fröhlich", "noch nichts"),
        ("fr", {"Accept-Language": "de"}, "humeur : joyeux", "rien encore"),
        ("fr", {}, "mood: happy", "none"),  # a program
    ],
)
def test_people_read_why_in_their_language(
    room: Room, device: str, asked: dict[str, str], why: str, calibration: str
) -> None:
    client = replace(room, language=device).client()
    said = client.get("/api/status", headers=asked).get_json()
    assert (said["why"], said["calibration"]) == ([why], calibration)
    assert client.get("/api/calibration", headers=asked).get_json() == {"calibration": calibration}


def test_the_status_says_what_the_device_reads_and_how_it_is(room: Room) -> None:
    said = room.client().get("/api/status").get_json()
    assert list(said["scores"]) == ["angry", "disgust", "fear", "happy", "neutral", "sad", "surprise"]
    assert said["scores"]["happy"] == 0.7
    assert (said["camera"], said["camera_state"], said["model"]) == ("ON", "ok", "expression")
    assert said["health"]["rss_mib"] == 80.0
    assert said["health"]["temperature_celsius"] is None
    assert said["calibration"] == "none"
    assert said["frame"] == {"width": 640, "height": 480}
    assert said["view"] == [{"box": [200, 120, 180, 180], "label": "happy", "confidence": 0.7}]


def test_before_the_first_frame_there_is_no_status() -> None:
    answer = Room().client().get("/api/status")
    assert answer.status_code == 503
    assert answer.get_json() == {"error": "no status yet: the camera is starting"}


def test_the_status_of_a_daemon_that_hangs_is_not_told_as_the_present_one(room: Room) -> None:
    room.healthy = False
    answer = room.client().get("/api/status")
    assert answer.status_code == 503
    assert answer.get_json()["error"].startswith("no word since 2023-11-14T22:14:20+00:00: the daemon hangs")


def test_a_paused_camera_is_off(room: Room) -> None:
    room.status.put(status("paused"))
    said = room.client().get("/api/status").get_json()
    assert (said["mood"], said["camera"], said["playlist"], said["faces"]) == ("paused", "OFF", None, 0)


def test_the_camera_is_off_for_a_while_and_the_answer_says_until_when(room: Room) -> None:
    answer = room.client().post("/api/camera", json={"on": False, "minutes": 15})
    assert answer.status_code == 202
    said = answer.get_json()
    assert said["camera"] == "OFF"
    assert datetime.fromisoformat(said["until"]).timestamp() == pytest.approx(time.time() + 900, abs=60)
    assert (room.switched, room.camera.seconds) == ([False], [900])


@pytest.mark.parametrize("minutes", [0, -1, 10_081, "15", True, [15], {}])
def test_a_pause_is_a_number_of_minutes_up_to_a_week(room: Room, minutes: object) -> None:
    answer = room.client().post("/api/camera", json={"on": False, "minutes": minutes})
    assert answer.status_code == 400
    assert "above 0 and at most 10080" in answer.get_json()["error"]
    assert room.switched == []


def test_only_off_has_an_end(room: Room) -> None:
    assert room.client().post("/api/camera", json={"on": True, "minutes": 15}).status_code == 400
    assert room.switched == []


def test_the_status_says_when_the_camera_goes_on_by_itself(room: Room) -> None:
    assert room.client().get("/api/status").get_json()["camera_until"] is None
    room.status.put(status("paused", camera_until=NOON))
    assert room.client().get("/api/status").get_json()["camera_until"] == "2023-11-14T22:13:20+00:00"


@pytest.mark.parametrize("on", [True, False])
def test_the_camera_is_switched(room: Room, on: bool) -> None:
    answer = room.client().post("/api/camera", json={"on": on})
    assert (answer.status_code, answer.get_json()) == (202, {"camera": "ON" if on else "OFF"})
    assert room.switched == [on]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"true",
        b"[]",
        b'{"on": 1}',
        b'{"on": "true"}',
        b'{"off": true}',
        b"\xff\xfe",
        b"[" * 500,
        b" " * 2000,
    ],
)
def test_a_command_that_is_nonsense_switches_nothing(room: Room, body: bytes) -> None:
    answer = room.client().post("/api/camera", data=body)
    assert answer.status_code == 400
    assert answer.get_json() == {"error": 'the body must be JSON, {"on": true} or {"on": false}'}
    assert room.switched == []


def test_the_neutral_face_is_learned_and_forgotten(room: Room) -> None:
    client = room.client()
    assert client.post("/api/calibration").get_json() == {"calibration": "collecting: keep a calm face"}
    assert client.get("/api/calibration").get_json() == {"calibration": "collecting: keep a calm face"}
    assert client.get("/api/status").get_json()["calibration"] == "collecting: keep a calm face"
    assert client.delete("/api/calibration").get_json() == {"calibration": "none"}


def test_a_calibration_that_cannot_start_says_why(room: Room) -> None:
    room.calibration.problem = "calibration: nobody is in view; look at the camera first"
    answer = room.client().post("/api/calibration")
    assert (answer.status_code, answer.get_json()["error"]) == (409, room.calibration.problem)


def test_another_fact_is_another_one(room: Room) -> None:
    client = room.client()
    shown = client.get("/api/fact").get_json()["id"]
    for _ in range(100):
        following = client.get(f"/api/fact?not={shown}").get_json()
        assert following["id"] != shown
        shown = following["id"]


@pytest.mark.parametrize("shown", ["x", "-1", "99999999999999999999", ""])
def test_a_fact_comes_whatever_was_shown(room: Room, shown: str) -> None:
    assert room.client().get("/api/fact", query_string={"not": shown}).get_json()["text"]


def test_every_refusal_of_the_api_is_one_line_of_json(room: Room) -> None:
    client = room.client()
    for method, path, code in [
        ("GET", "/api/nothing", 404),
        ("GET", "/api/", 404),
        ("PUT", "/api/camera", 405),
        ("GET", "/api/photo", 405),
        ("DELETE", "/api/status", 405),
        ("POST", "/api/events", 405),
    ]:
        answer = client.open(path, method=method)
        assert answer.status_code == code, path
        assert list(answer.get_json()) == ["error"]
        assert path in answer.get_json()["error"]
        assert "\n" not in answer.get_json()["error"]


def test_an_answer_of_the_moment_is_not_stored(room: Room) -> None:
    for path in ("/", "/api/status", "/metrics", "/healthz", "/snapshot.jpg"):
        assert room.client().get(path).headers["Cache-Control"] == "no-store"


def test_the_clock_of_the_fixture_is_what_the_tests_say() -> None:
    assert time.gmtime(NOON)[:5] == (2023, 11, 14, 22, 13)


@pytest.mark.parametrize(
    ("method", "path", "taken"),
    [
        ("PUT", "/api/camera", "POST"),
        ("PATCH", "/api/calibration", "DELETE, GET, POST"),
        ("POST", "/api/events", "GET"),
    ],
)
def test_another_method_is_told_what_is_taken(method: str, path: str, taken: str) -> None:
    answer = Room().client().open(path, method=method)
    assert answer.status_code == 405
    assert answer.json == {"error": f"{path} does not take {method}, only {taken}"}


@pytest.mark.parametrize("path", ["/api/events", "/stream.mjpg"])
def test_a_stream_cannot_be_asked_for_its_head(path: str) -> None:
    answer = Room(web=WebConfig(stream=True)).client().head(path)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, OPTIONS")


@pytest.mark.parametrize(
    ("sent", "wished"),
    [
        ({"another": True}, MusicWish("another")),
        ({"quiet": 60}, MusicWish("quiet", 3600.0)),
        ({"quiet": 0}, MusicWish("quiet", 0.0)),
        ({"cheer": True}, MusicWish("cheer")),
        ({"cheer": False}, MusicWish("mood")),
    ],
)
def test_a_wish_about_the_music_is_passed_on(room: Room, sent: dict[str, object], wished: MusicWish) -> None:
    room.status.put(status("sad"))
    answer = room.client().post("/api/playlist", json=sent)
    assert (answer.status_code, answer.get_json()) == (202, sent)
    assert room.wishes == [wished]


@pytest.mark.parametrize("sent", [{"other": 1}, {"quiet": -1}, {"quiet": 1441}, {"quiet": True}, {"cheer": 1}, []])
def test_another_wish_is_named_and_not_passed_on(room: Room, sent: object) -> None:
    answer = room.client().post("/api/playlist", json=sent)
    assert answer.status_code == 400
    assert '{"quiet": 60}' in answer.get_json()["error"]
    assert room.wishes == []


def test_nobody_is_cheered_up_who_is_not_sad(room: Room) -> None:
    answer = room.client().post("/api/playlist", json={"cheer": True})
    assert (answer.status_code, answer.get_json()) == (409, {"error": "nobody is sad now"})
    assert room.wishes == []


def test_the_status_says_whose_list_plays_and_until_when(room: Room) -> None:
    room.status.put(status("sad", music=Music("happy", True, NOON + 600, NOON + 3600)))
    assert room.client().get("/api/status").get_json()["music"] == {
        "mood": "happy",
        "cheering": True,
        "held_until": "2023-11-14T22:23:20+00:00",
        "quiet_until": "2023-11-14T23:13:20+00:00",
    }
