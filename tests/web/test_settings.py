"""/settings and /api/settings: what is told, what is changed, by whom, and what is refused."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from edge.config import CameraConfig, Config, MoodConfig, MqttConfig, PlaylistsConfig, WebConfig
from edge.config.options import walk
from edge.config.overlay import CHANGEABLE
from edge.records import Playlist
from edge.web.site import WRITES
from tests.web import owner
from tests.web.room import Room

HOLD = "playlists.hold_minutes"
RAIN = {"name": "Rain", "url": "library://playlist/12"}


def test_every_option_is_told_with_where_its_value_comes_from(room: Room) -> None:
    room.live.values = {HOLD: 30}
    found = room.client().get("/api/settings").get_json()["settings"]
    assert list(found) == [key for key, _, _ in walk(Config())]
    assert found[HOLD] == {"value": 30.0, "from": "live", "changeable": True}
    assert found["web.port"] == {"value": 8080, "from": "default", "changeable": False}
    assert {key for key, each in found.items() if each["changeable"]} == set(CHANGEABLE)


def test_what_is_told_is_what_may_be_sent_and_no_secret(room: Room) -> None:
    room.changed = Config(
        camera=CameraConfig(source="rtsp://me:hunter2@camera/1", password="hunter2", quiet_hours=((1350, 360),)),
        mqtt=MqttConfig(username="me", password="hunter2"),
        web=WebConfig(password="hunter2"),
        playlists=PlaylistsConfig(sad=(Playlist(**RAIN),)),
    )
    client = room.client()
    answer = client.get("/api/settings")
    assert "hunter2" not in answer.text
    found = answer.get_json()["settings"]
    assert found["camera.quiet_hours"]["value"] == ["22:30-06:00"] and found["playlists.sad"]["value"] == [RAIN]
    assert (found["web.password"]["value"], found["camera.source"]["value"]) == ("set", "rtsp://…@camera/1")
    everything = {key: found[key]["value"] for key in CHANGEABLE}
    assert client.post("/api/settings", json=everything).status_code == 202
    assert room.live.over(room.changed) == room.changed


def test_a_value_is_changed_and_null_goes_back(room: Room) -> None:
    client = room.client()
    answer = client.post("/api/settings", json={HOLD: 30, "camera.quiet_hours": ["22:30-06:00"]})
    assert answer.status_code == 202
    assert answer.get_json()["settings"][HOLD] == {"value": 30.0, "from": "live", "changeable": True}
    answer = client.post("/api/settings", json={HOLD: None})
    assert answer.get_json() == {"settings": {HOLD: {"value": 10.0, "from": "default", "changeable": True}}}
    assert room.live.values == {"camera.quiet_hours": ["22:30-06:00"]}


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (b"", "must be JSON"),
        (b"{}", "must be JSON"),
        (b"[1]", "must be JSON"),
        (b'{"playlists.hold_minutes": 30', "must be JSON"),
        (b"[" * 100_000, "must be JSON"),
        (b'{"x": "' + b"y" * 200_000 + b'"}', "must be JSON"),
        (b'{"playlists.hold_minutes": "30"}', 'found "30", must be a number of minutes from 0 to 1440'),
        (b'{"playlists.hold_minutes": NaN}', "must be a number"),
        (b'{"web.password": null}', "web.password: cannot be changed here"),
        (b'{"web.port": 80}', "web.port: cannot be changed here"),
        (b'{"mood.enter_share": 0.03}', "mood.leave_share: must not be above mood.enter_share"),
        (b'{"playlists.sad": [{"name": "x", "url": "javascript:1"}]}', "playlists.sad[0].url: found"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(room: Room, sent: bytes, said: str) -> None:
    answer = room.client().post("/api/settings", data=sent)
    assert answer.status_code == 400
    assert said in answer.get_json()["error"] and "\n" not in answer.get_json()["error"]
    assert room.live.values == {}


def test_a_disk_that_cannot_be_written_is_said(room: Room) -> None:
    room.live.broken = True
    client = room.client()
    assert client.post("/api/settings", json={HOLD: 30}).status_code == 503
    assert client.post("/settings", data={"key": HOLD, "value": "30"}).status_code == 503


def test_who_asks_too_often_waits(room: Room) -> None:
    client = room.client()
    codes = [client.post("/api/settings", json={HOLD: each}).status_code for each in range(WRITES + 2)]
    assert codes == [202] * WRITES + [429] * 2


@pytest.mark.parametrize("path", ["/settings", "/api/settings"])
def test_who_may_not_switch_the_camera_changes_no_setting(path: str) -> None:
    sent: dict[str, Any] = {"json": {HOLD: 30}} if "api" in path else {"data": {"key": HOLD, "value": "30"}}
    for opened in ("mood", "everything"):
        locked = owner.room(opened)
        assert owner.code(locked.client(), path, "POST", **sent) == 401
        assert locked.live.values == {}
        assert owner.code(owner.known(locked), path, "POST", **sent) in (202, 303)
        assert locked.live.values == {HOLD: 30}
    shows = Room(web=WebConfig(control=False))
    assert owner.code(shows.client(), path, "POST", **sent) == 403
    for stranger in ({"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert owner.code(Room().client(), path, "POST", headers=stranger, **sent) == 403


def test_who_only_may_look_is_shown_no_form() -> None:
    seen = owner.room("everything")
    assert "<form" not in seen.client().get("/settings").text and seen.client().get("/api/settings").status_code == 200
    assert "<form" not in Room(web=WebConfig(control=False)).client().get("/settings").text
    assert owner.room().client().get("/api/settings").status_code == 401


def test_every_field_of_the_page_has_a_label_and_every_setting_a_form(room: Room) -> None:
    html = room.client().get("/settings").text.partition("<main>")[2]
    fields = re.findall(r'<input id="([^"]+)"', html)
    assert len(fields) == len(set(fields)) and set(fields) == set(re.findall(r'<label for="([^"]+)"', html))
    assert re.findall(r'name="key" value="([^"]+)"', html) == list(CHANGEABLE)
    assert "Back to" not in html and "Changed here" not in html


def test_a_form_changes_a_setting_and_its_row_says_so(room: Room) -> None:
    room.changed = Config(mood=MoodConfig(lead=0.2), file=Path("/etc/moodcast/config.yaml"))
    client = room.client()
    client.get("/settings")
    answer = client.post("/settings", data={"key": "mood.lead", "value": "0.3"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/settings#mood.lead")
    html = client.get("/settings").text
    assert "Changed here; config.yaml says 0.2." in html and html.count("Back to config.yaml") == 1
    assert client.post("/settings", data={"key": "mood.lead", "back": "yes"}).status_code == 303
    assert room.live.values == {} and "Changed here" not in client.get("/settings").text


def test_hours_and_playlists_are_filled_in_as_people_write_them(room: Room) -> None:
    client = room.client()
    client.post("/settings", data={"key": "camera.quiet_hours", "value": " 22:30 – 06:00,12:00-13:00 "})
    assert room.live.values == {"camera.quiet_hours": ["22:30-06:00", "12:00-13:00"]}
    assert 'value="22:30-06:00, 12:00-13:00"' in client.get("/settings").text
    client.post("/settings", data={"key": "camera.quiet_hours", "value": ""})
    assert room.live.values == {"camera.quiet_hours": []}
    rows = {"name": ["", "Rain", " "], "url": ["", " library://playlist/12", ""]}
    client.post("/settings", data={"key": "playlists.sad", **rows})
    assert room.live.values["playlists.sad"] == [RAIN]
    client.post("/settings", data={"key": "playlists.sad", "name": "", "url": ""})
    assert room.live.values["playlists.sad"] == []


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"key": "mood.lead", "value": "<b>much</b>"}, "must be a number from 0 to 1"),
        ({"key": "mood.lead", "value": ""}, "must be a number from 0 to 1"),
        ({"key": "camera.quiet_hours", "value": "22:30"}, "must be a time of day and another"),
        ({"key": "playlists.sad", "name": "Rain", "url": ""}, "playlists.sad[0].url: found"),
        ({"key": "mood.enter_share", "value": "0.03"}, "mood.leave_share: must not be above mood.enter_share"),
    ],
)
def test_a_refusal_stands_beside_its_field_with_what_was_sent(room: Room, sent: dict[str, str], said: str) -> None:
    answer = room.client().post("/settings", data=sent)
    assert answer.status_code == 400 and answer.mimetype == "text/html"
    error = answer.text.partition(f'id="{sent["key"]}-error"')[2].partition("</p>")[0]
    assert said in error and answer.text.count("Not changed: ") == 1
    assert f'aria-describedby="{sent["key"]}-error"' in answer.text and answer.text.count("<details open>") == 1
    assert "<b>much" not in answer.text and room.live.values == {}


@pytest.mark.parametrize("key", ["web.port", "", "nonsense"])
def test_a_form_for_something_else_is_refused(room: Room, key: str) -> None:
    assert room.client().post("/settings", data={"key": key, "value": "1"}).status_code == 400
    assert room.live.values == {}


def test_a_photo_gets_the_playlist_that_is_in_force(room: Room) -> None:
    room.live.values = {"playlists.happy": [RAIN]}
    answer = room.client().post("/api/photo", data=b"a photo").get_json()
    assert json.dumps(RAIN) in json.dumps([answer["playlist"], answer["whole"]["playlist"]])
