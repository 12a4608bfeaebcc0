"""/health and /settings: what they say, of what they warn, and what they never show."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from edge.config import CameraConfig, Config, DeviceConfig, MoodConfig, MqttConfig, WebConfig
from edge.config.options import walk
from edge.records import PAUSED
from edge.status import Counts
from edge.web.device import option_rows, worries
from tests.web import owner
from tests.web.room import COUNTS, HEALTH, Room, status


@pytest.mark.parametrize(
    ("changed", "worry"),
    [
        ({"camera": "recovering", "fps": 0.0}, "camera"),
        ({"fps": 0.9}, "fps"),
        ({"cpu_percent": 46.0}, "cpu"),
        ({"rss_mib": 230.0}, "memory"),
        ({"temperature_celsius": 75.0}, "temperature"),
        ({"throttled": True}, "throttled"),
        ({"mqtt": "refused"}, "broker"),
        ({"queue": 51}, "queue"),
        ({"history": "waiting"}, "history"),
        ({"player": "unreachable"}, "player"),
        ({"changes_per_hour": 31.0}, "changes"),
    ],
)
def test_each_number_is_worth_a_look_beyond_its_limit(room: Room, changed: dict[str, object], worry: str) -> None:
    assert worries(Config(), HEALTH, COUNTS, None) == frozenset()
    found = replace(HEALTH, **changed)  # type: ignore[arg-type]
    assert worries(Config(), found, COUNTS, None) == {worry}
    room.status.put(status(health=found))
    html = room.client().get("/health").text
    assert "<h1>Worth a look</h1>" in html
    assert html.count("Worth a look now.") == html.count('<div class="worry">') == 1


def test_slow_frames_and_a_full_disk_are_worth_a_look_too() -> None:
    slow = Counts(10, {"motion": 0.1, "detect": 1.0, "classify": 0.1})
    assert worries(Config(), HEALTH, slow, None) == {"frame"}
    assert worries(Config(), HEALTH, COUNTS, 100 * 2**20) == {"disk"}


def test_a_camera_that_is_off_and_what_is_switched_off_are_no_worry() -> None:
    off = replace(HEALTH, camera=PAUSED, fps=0.0, mqtt=None, history=None)
    assert worries(Config(), off, COUNTS, 5 * 2**30) == frozenset()


def test_a_player_is_shown_only_where_there_is_one(room: Room) -> None:
    assert "<span>Player</span>" not in room.client().get("/health").text
    room.status.put(status(health=replace(HEALTH, player="connected")))
    assert '<span>Player</span> <span class="value">connected</span>' in room.client().get("/health").text


def test_health_says_each_number_with_its_meaning(room: Room) -> None:
    room.warnings = [(1_700_000_000.0, "the <b>broker</b> is away")]
    html = room.client().get("/health").text
    assert "<h1>All is well</h1>" in html
    for said in ("7.9", "2.0 ms", "0.8 ms", "12 %", "80 MiB", "5.0 GiB free", "1 h", "connected with MQTT 5", "90.6 %"):
        assert f'<span class="value">{said}</span>' in html, said
    assert "PublicTest crowd accuracy" in html
    assert "the &lt;b&gt;broker&lt;/b&gt; is away" in html
    figures = html.count("Look at it when ")
    assert figures == 15 == len(re.findall(r"<dt><span>[^<]+</span> <span class=\"value\">[^<]+", html))


def test_what_is_fixed_is_said_in_the_reader_s_language_and_what_is_not_is_marked_as_english(room: Room) -> None:
    german = {"Accept-Language": "de"}
    room.status.put(status(health=replace(HEALTH, history="waiting", player="taken over", problem="an odd thing")))
    html = room.client().get("/health", headers=german).text
    for said in ("verbunden (MQTT 5)", "wartet auf den Datenträger", "von einem anderen Gerät übernommen"):
        assert f'<span class="value">{said}</span>' in html, said
    assert '<span lang="en">an odd thing</span>' in html
    for path in ("/", "/wall"):
        assert '<span lang="en">an odd thing</span>' in room.client().get(path, headers=german).text
    room.status.put(status(health=replace(HEALTH, camera="dark", problem="the picture is black")))
    html = room.client().get("/health", headers=german).text
    assert "Das Bild ist schwarz" in html and "the picture is black" not in html


def test_before_the_first_measurement_health_says_so(room: Room) -> None:
    for made in (Room(), room):
        made.status.put(status(health=None)) if made is room else None
        html = made.client().get("/health").text
        assert "<h1>Waking up</h1>" in html and "Look at it when" not in html


def test_a_daemon_that_hangs_is_not_called_well(room: Room) -> None:
    room.healthy = False
    assert "<h1>It hangs</h1>" in room.client().get("/health").text


def test_settings_shows_every_option_with_its_line_and_default(room: Room) -> None:
    room.changed = Config()
    html = room.client().get("/settings").text
    assert "Nothing differs" in html and "There is no file yet" in html
    assert html.count("<dt><code>") == len(list(walk(Config())))
    assert "what is seen without the password, where one is set" in html


def test_settings_shows_what_is_in_force_and_what_differs(room: Room) -> None:
    room.changed = Config(
        device=DeviceConfig(name="Kitchen"), mood=MoodConfig(lead=0.2), file=Path("/etc/moodcast/config.yaml")
    )
    html = room.client().get("/settings").text
    assert "2 differ from what Moodcast comes with" in html
    assert '<dd lang="en" class="changed">0.2 <span class="quiet" lang="en">instead of 0.1</span></dd>' in html
    assert "<code>python -m edge check --config /etc/moodcast/config.yaml</code>" in html


def test_values_are_shown_as_people_write_them() -> None:
    config = Config(
        camera=CameraConfig(quiet_hours=((1350, 360), (720, 795))), web=WebConfig(hosts=("a.b", "c.d"), snapshot=True)
    )
    found = {f"{one.section}.{one.name}": one.value for one in option_rows(config)}
    assert found["camera.quiet_hours"] == "22:30–06:00, 12:00–13:15"
    assert found["web.hosts"] == "a.b, c.d"
    assert (found["web.snapshot"], found["web.photo_max_mib"], found["model.path"]) == ("true", "8", "not set")
    assert (found["faces.ignore"], found["playlists.absent"], found[".log_level"]) == ("none", "none", "info")
    assert found["playlists.happy"].startswith("Happy Hits!")


def test_no_page_shows_a_secret(room: Room) -> None:
    room.changed = Config(
        camera=CameraConfig(source="rtsp://me:hunter2@camera/1", password="hunter2"),
        mqtt=MqttConfig(username="me", password="hunter2"),
        web=WebConfig(password="hunter2"),
    )
    for path in ("/settings", "/health"):
        html = room.client().get(path).text
        assert "hunter2" not in html
    assert room.client().get("/settings").text.count('<dd lang="en" class="changed">set ') == 3


@pytest.mark.parametrize("path", ["/health", "/settings"])
def test_they_are_for_who_may_see_everything(path: str) -> None:
    locked = owner.room()
    answer = locked.client().get(path)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/login")
    assert owner.code(owner.known(locked), path) == 200
    assert owner.code(owner.room("everything").client(), path) == 200
