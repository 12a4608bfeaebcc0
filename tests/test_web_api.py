"""The JSON API: every route of docs/api.md, and every bad input."""

import csv
import io
import threading
import time

import pytest
from flask.testing import FlaskClient
from web_room import NOON, PLAYLISTS, ReadPhoto, Room, face, status

from edge.config import WebConfig
from edge.records import ABSENT, Box, HistoryEntry


@pytest.fixture
def room() -> Room:
    made = Room()
    made.status.put(status())
    return made


def upload(client: FlaskClient, photo: bytes, name: str = "me.jpg") -> tuple[int, dict[str, object]]:
    answer = client.post("/api/photo", data={"photo": (io.BytesIO(photo), name)})
    return answer.status_code, answer.get_json()


def test_the_status_is_named_as_on_mqtt(room: Room) -> None:
    said = room.client().get("/api/status").get_json()
    assert said["mood"] == "happy"
    assert said["confidence"] == 0.7
    assert said["faces"] == 1
    assert said["since"] == "2023-11-14T22:13:20+00:00"
    assert said["playlist"] == {"name": "Happy Hits!", "url": PLAYLISTS["happy"][0].url}


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


def test_a_face_that_is_not_confirmed_yet_is_not_counted(room: Room) -> None:
    room.status.put(status(faces=(face(), face(confirmed=False))))
    said = room.client().get("/api/status").get_json()
    assert said["faces"] == 1
    assert len(said["view"]) == 1


def test_before_the_first_frame_there_is_no_status() -> None:
    answer = Room().client().get("/api/status")
    assert answer.status_code == 503
    assert answer.get_json() == {"error": "no status yet: the camera is starting"}


def test_a_paused_camera_is_off(room: Room) -> None:
    room.status.put(status("paused"))
    said = room.client().get("/api/status").get_json()
    assert (said["mood"], said["camera"], said["playlist"], said["faces"]) == ("paused", "OFF", None, 0)


# history


@pytest.fixture
def changes(room: Room) -> list[HistoryEntry]:
    now = time.time()
    entries = [
        HistoryEntry(now - 30 * 3600, "sad", ABSENT, 0.6, 1, None),
        HistoryEntry(now - 2 * 3600, "happy", "sad", 0.81234, 2, PLAYLISTS["happy"][0]),
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
    assert (first["previous"], first["confidence"], first["faces"]) == ("sad", 0.8123, 2)
    assert first["playlist"]["name"] == "Happy Hits!"
    assert first["at"].endswith("+00:00")


def test_the_history_goes_as_far_back_as_asked(room: Room, changes: list[HistoryEntry]) -> None:
    client = room.client()
    assert len(client.get("/api/history?hours=48").get_json()["changes"]) == 3
    assert len(client.get("/api/history?hours=0.5").get_json()["changes"]) == 1


def test_the_history_comes_as_a_table_too(room: Room, changes: list[HistoryEntry]) -> None:
    answer = room.client().get("/api/history.csv?hours=48")
    assert answer.mimetype == "text/csv"
    rows = list(csv.DictReader(io.StringIO(answer.get_data(as_text=True))))
    assert [row["mood"] for row in rows] == ["sad", "happy", ABSENT]
    assert rows[1]["url"] == PLAYLISTS["happy"][0].url
    assert rows[0]["playlist"] == ""


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


# a photo


def test_a_photo_gives_its_faces_largest_first(room: Room) -> None:
    code, said = upload(room.client(), b"a portrait")
    assert code == 200
    assert room.photos == [b"a portrait"]
    faces = said["faces"]
    assert isinstance(faces, list)
    assert [found["box"] for found in faces] == [[100, 100, 200, 200], [0, 0, 40, 40]]
    assert set(faces[0]) == {"box", "label", "confidence", "scores"}
    assert (faces[0]["label"], faces[0]["confidence"]) == ("happy", 0.7)
    assert sum(faces[0]["scores"].values()) == pytest.approx(1, abs=1e-3)
    assert said["image"] == {"width": 512, "height": 512}


def test_a_photo_gives_mood_playlist_and_fact_for_the_largest_face(room: Room) -> None:
    _, said = upload(room.client(), b"a portrait")
    assert said["mood"] == "happy"
    assert said["playlist"] == {"name": "Happy Hits!", "url": PLAYLISTS["happy"][0].url}
    assert isinstance(said["fact"], dict)
    assert said["fact"]["text"] and said["fact"]["source"]


def test_a_photo_may_be_the_body_itself(room: Room) -> None:
    answer = room.client().post("/api/photo", data=b"a portrait", content_type="image/jpeg")
    assert answer.get_json()["mood"] == "happy"
    assert room.photos == [b"a portrait"]


def test_a_photo_without_a_face_has_no_mood(room: Room) -> None:
    room.found = ReadPhoto(())
    code, said = upload(room.client(), b"a wall")
    assert (code, said["faces"], said["mood"], said["playlist"]) == (200, [], None, None)


def test_a_mood_without_a_playlist_suggests_none(room: Room) -> None:
    room.found = ReadPhoto((face("fear"),))
    _, said = upload(room.client(), b"a portrait")
    assert (said["mood"], said["playlist"]) == ("fear", None)


def test_what_is_no_picture_gets_the_one_line_of_the_analysis(room: Room) -> None:
    code, said = upload(room.client(), b"not a picture")
    assert code == 422
    assert said == {"error": "photo: this is no picture that can be read; send a JPEG or PNG"}


def test_no_photo_at_all_gets_one_line(room: Room) -> None:
    client = room.client()
    for answer in (
        client.post("/api/photo"),
        client.post("/api/photo", data={"photo": (io.BytesIO(), "")}),
        client.post("/api/photo", data={"picture": (io.BytesIO(b"x"), "x.jpg")}),
        client.post("/api/photo", data=b"broken", content_type="multipart/form-data"),
    ):
        assert answer.status_code == 400
        assert "the multipart field 'photo'" in answer.get_json()["error"]
    assert room.photos == []


@pytest.mark.parametrize("size", [2**19 + 1, 2**22])
def test_a_photo_that_is_too_large_is_refused_unread(size: int) -> None:
    room = Room(web=WebConfig(photo_max_mib=0.5))
    answer = room.client().post("/api/photo", data=bytes(size), content_type="image/png")
    assert (answer.status_code, answer.get_json()) == (413, {"error": "too large: at most 0.5 MiB (web.photo_max_mib)"})
    assert room.photos == []


def test_a_photo_of_exactly_the_limit_is_read() -> None:
    room = Room(web=WebConfig(photo_max_mib=0.5))
    answer = room.client().post("/api/photo", data=bytes(2**19), content_type="image/png")
    assert answer.status_code == 200


def test_photos_are_analysed_one_at_a_time(room: Room) -> None:
    app = room.app()
    codes: list[int] = []
    threads = [threading.Thread(target=lambda: codes.append(upload(app.test_client(), b"slow")[0])) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert codes == [200, 200, 200]
    assert not room.overlapped


def test_the_place_is_free_again_after_a_photo_that_failed(room: Room) -> None:
    client = room.client()
    upload(client, b"not a picture")
    assert upload(client, b"a portrait")[0] == 200


def test_photos_can_be_switched_off() -> None:
    room = Room(web=WebConfig(photo=False))
    code, said = upload(room.client(), b"a portrait")
    assert (code, said) == (404, {"error": "photos are off: set web.photo: true in config.yaml"})
    assert room.photos == []


def test_a_defect_in_the_analysis_is_told_without_a_traceback(room: Room, caplog: pytest.LogCaptureFixture) -> None:
    code, said = upload(room.client(), b"bug")
    assert (code, said) == (500, {"error": "internal error: the log on the device says more"})
    assert "POST /api/photo failed" in caplog.text


# the camera, the calibration, a fact


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
    assert client.post("/api/calibration").get_json() == {"calibration": "learning"}
    assert client.get("/api/calibration").get_json() == {"calibration": "learning"}
    assert client.get("/api/status").get_json()["calibration"] == "learning"
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


def test_faces_are_boxes_of_whole_pixels(room: Room) -> None:
    room.found = ReadPhoto((face(box=Box(1, 2, 3, 4)),))
    _, said = upload(room.client(), b"a portrait")
    assert isinstance(said["faces"], list)
    assert said["faces"][0]["box"] == [1, 2, 3, 4]


def test_the_clock_of_the_fixture_is_what_the_tests_say() -> None:
    assert time.gmtime(NOON)[:5] == (2023, 11, 14, 22, 13)
