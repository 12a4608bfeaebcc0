"""POST /api/photo: what comes back for a photo, and for what is none."""

import io
import threading

import pytest
from flask.testing import FlaskClient

from edge.config import WebConfig
from edge.records import Box
from tests.web.room import HAPPY_HITS, ReadPhoto, Room, face


@pytest.fixture
def room() -> Room:
    return Room()


def upload(client: FlaskClient, photo: bytes, name: str = "me.jpg") -> tuple[int, dict[str, object]]:
    answer = client.post("/api/photo", data={"photo": (io.BytesIO(photo), name)})
    return answer.status_code, answer.get_json()


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
    assert said["playlist"] == {"name": "Happy Hits!", "url": HAPPY_HITS.url}
    assert isinstance(said["fact"], dict)
    assert said["fact"]["text"] and said["fact"]["source"]


def test_the_whole_picture_has_a_mood_to_which_each_face_counts_the_same(room: Room) -> None:
    room.found = ReadPhoto((face("sad", Box(0, 0, 300, 300)), face(), face()))
    _, said = upload(room.client(), b"a portrait")
    assert said["mood"] == "sad"
    assert said["whole"] == {"mood": "happy", "confidence": 0.4833, "playlist": HAPPY_HITS.to_json()}


def test_the_whole_of_a_picture_without_a_face_is_nothing(room: Room) -> None:
    room.found = ReadPhoto(())
    assert upload(room.client(), b"a wall")[1]["whole"] is None


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


def test_one_photo_is_read_and_one_waits_and_more_are_told_to_come_back_at_once(room: Room) -> None:
    app = room.app()
    answers: list[tuple[int, str | None]] = []

    def send() -> None:
        answer = app.test_client().post("/api/photo", data=b"slow", content_type="image/jpeg")
        answers.append((answer.status_code, answer.headers.get("Retry-After")))

    threads = [threading.Thread(target=send) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [(503, "5")] * 3 + [(200, None)] * 2
    assert not room.overlapped
    assert upload(app.test_client(), b"another")[0] == 200


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


def test_faces_are_boxes_of_whole_pixels(room: Room) -> None:
    room.found = ReadPhoto((face(box=Box(1, 2, 3, 4)),))
    _, said = upload(room.client(), b"a portrait")
    assert isinstance(said["faces"], list)
    assert said["faces"][0]["box"] == [1, 2, 3, 4]
