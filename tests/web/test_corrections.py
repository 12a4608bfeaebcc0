"""Not quite? What people say the mood really was: by the API, by the page's form, and what the device got wrong."""

import pytest

from edge.config import WebConfig
from edge.records import PAUSED
from edge.web.site import WRITES
from tests.web.owner import code, known
from tests.web.owner import room as locked_room
from tests.web.reading import page, words
from tests.web.room import Room, status


@pytest.fixture
def room() -> Room:
    made = Room()
    made.status.put(status("sad", expression="sad", confidence=0.75))
    return made


def test_what_it_really_was_is_kept_with_what_was_said_and_shown(room: Room) -> None:
    answer = room.client().post("/api/corrections", json={"right": "neutral"})
    assert answer.status_code == 201
    said = answer.get_json()
    assert (said["said"], said["right"]) == ("sad", "neutral")
    assert said["expression"] == {"label": "sad", "confidence": 0.75}
    (kept,) = room.corrections.kept
    assert (kept.said, kept.expression, kept.right) == ("sad", "sad", "neutral")


def test_the_mood_that_is_meant_is_the_one_that_was_shown(room: Room) -> None:
    room.client().post("/api/corrections", json={"said": "happy", "right": "absent"})
    assert (room.corrections.kept[0].said, room.corrections.kept[0].right) == ("happy", "absent")


@pytest.mark.parametrize(
    "sent",
    [{}, {"right": "cheerful"}, {"right": 3}, {"right": ["sad"]}, {"right": PAUSED}, {"said": "x", "right": "sad"}],
)
def test_other_words_are_refused(room: Room, sent: dict[str, object]) -> None:
    answer = room.client().post("/api/corrections", json=sent)
    assert answer.status_code == 400
    assert "send what was right" in answer.get_json()["error"]
    assert room.corrections.kept == []


def test_before_the_first_status_there_is_nothing_to_correct() -> None:
    assert Room().client().post("/api/corrections", json={"right": "sad"}).status_code == 503


def test_they_are_counted_by_what_was_said_and_what_was_right(room: Room) -> None:
    client = room.client()
    for said, right in (("sad", "neutral"), ("happy", "neutral"), ("sad", "neutral"), ("sad", "angry")):
        client.post("/api/corrections", json={"said": said, "right": right})
    found = client.get("/api/corrections").get_json()
    assert found["counts"] == {"happy": {"neutral": 1}, "sad": {"neutral": 2, "angry": 1}}
    assert [one["right"] for one in found["corrections"]] == ["neutral", "neutral", "neutral", "angry"]
    assert client.get("/api/corrections.csv").headers["Content-Disposition"].endswith("moodcast-corrections.csv")
    seen = words(page(room, "/corrections"))
    assert "4 times somebody said what the mood really was" in seen
    assert "Sad 1 2" in seen
    assert "neutral, not sad" in seen


def test_they_are_forgotten_by_the_api_and_by_a_form_that_is_ticked(room: Room) -> None:
    client = room.client()
    client.post("/api/corrections", json={"right": "neutral"})
    assert client.post("/corrections/forget").status_code == 400
    assert len(room.corrections.kept) == 1
    assert client.post("/corrections/forget", data={"sure": "yes"}).status_code == 303
    assert room.corrections.kept == []
    client.post("/api/corrections", json={"right": "neutral"})
    assert client.delete("/api/corrections").get_json() == {"forgotten": 1}
    assert "Nothing yet" in words(page(room, "/corrections"))


def test_without_scripts_it_is_a_form(room: Room) -> None:
    html = page(room)
    assert 'name="said" value="sad"' in html
    assert 'name="right" value="neutral"' in html
    answer = room.client().post("/correction", data={"said": "sad", "right": "neutral"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/corrections")
    assert len(room.corrections.kept) == 1


def test_where_it_cannot_be_written_the_answer_says_so(room: Room) -> None:
    room.corrections.broken = True
    answer = room.client().post("/api/corrections", json={"right": "neutral"})
    assert answer.status_code == 503
    assert "cannot be written now" in answer.get_json()["error"]
    assert room.client().delete("/api/corrections").status_code == 503


def test_a_guest_corrects_nothing_and_does_not_see_what_was_corrected() -> None:
    made = locked_room()
    guest, owner = made.client(), known(made)
    assert code(guest, "/api/corrections", "POST", json={"right": "sad"}) == 401
    assert code(guest, "/correction", "POST", data={"right": "sad"}) == 401
    assert code(guest, "/api/corrections", "DELETE") == 401
    assert code(guest, "/corrections") == code(guest, "/api/corrections.csv") == 401
    assert made.corrections.kept == []
    assert code(owner, "/api/corrections", "POST", json={"right": "sad"}) == 201
    assert "Not quite?" not in guest.get("/").get_data(as_text=True)


def test_one_address_has_only_so_many_written(room: Room) -> None:
    client = room.client()
    codes = [client.post("/api/corrections", json={"right": "neutral"}).status_code for _ in range(WRITES + 5)]
    assert codes == [201] * WRITES + [429] * 5
    assert len(room.corrections.kept) == WRITES
    assert client.delete("/api/history?hours=1").status_code == 429
    assert room.history and room.history.forgotten == []


def test_a_face_is_kept_only_where_its_owner_turned_that_on(room: Room) -> None:
    client = room.client()
    client.post("/api/corrections", json={"right": "neutral"})
    assert room.faces.kept == {}
    assert "is kept on the device, to train with" not in client.get("/").text
    room.faces.wanted = True
    assert "is kept on the device, to train with" in client.get("/").text
    client.post("/api/corrections", json={"right": "neutral"})
    (name,) = room.faces.kept
    assert name.startswith("neutral/")


def test_faces_that_were_kept_are_shown_and_forgotten_one_by_one(room: Room) -> None:
    room.faces.kept = {"happy/1.png": b"one", "sad/2.png": b"two"}
    client = room.client()
    page = client.get("/corrections").text
    assert page.index("name=sad/2.png") < page.index("name=happy/1.png"), "the newest first"
    assert client.get("/corrections/face.png?name=happy/1.png").get_data() == b"one"
    assert client.get("/corrections/face.png?name=../state.json").status_code == 404
    assert client.post("/corrections/face/forget", data={"name": "happy/1.png"}).status_code == 303
    assert list(room.faces.kept) == ["sad/2.png"]


def test_with_the_corrections_the_faces_are_forgotten(room: Room) -> None:
    room.faces.kept = {"happy/1.png": b"one"}
    assert room.client().delete("/api/corrections").status_code == 200
    assert room.faces.kept == {}


def test_faces_that_cannot_be_taken_away_are_told_of(room: Room) -> None:
    room.faces.broken = True
    assert room.client().post("/corrections/face/forget", data={"name": "happy/1.png"}).status_code == 503
    assert room.client().delete("/api/corrections").status_code == 503


def test_who_does_not_know_the_password_sees_no_face_that_was_kept() -> None:
    room = Room(web=WebConfig(password="a password", open="everything"))
    room.status.put(status())
    room.faces.kept = {"happy/1.png": b"one"}
    client = room.client()
    assert "happy/1.png" not in client.get("/corrections").text
    assert client.get("/corrections/face.png?name=happy/1.png").status_code == 401
    assert client.post("/corrections/face/forget", data={"name": "happy/1.png"}).status_code == 401
