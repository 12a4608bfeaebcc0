"""What the page says in words."""

from dataclasses import replace

import pytest

from edge.languages import texts
from edge.records import MOODS, UNKNOWN
from edge.status import CameraState
from edge.web.words import headline, trouble
from tests.web.room import HEALTH, Room, status

ENGLISH = texts("en")


@pytest.mark.parametrize(
    ("camera", "said"),
    [("failed", "No camera"), ("recovering", "Camera lost"), ("dark", "Too dark"), ("frozen", "Picture stuck")],
)
def test_without_a_picture_the_headline_says_how_the_camera_is(camera: str, said: str) -> None:
    assert headline(ENGLISH, UNKNOWN, camera) == said


def test_with_a_picture_the_headline_is_the_mood_whatever_the_camera_says() -> None:
    for mood in set(MOODS) - {UNKNOWN}:
        assert headline(ENGLISH, mood, "recovering") == ENGLISH["moods"][mood]


def test_what_is_wrong_beside_the_camera_is_told_with_what_it_means() -> None:
    assert trouble(ENGLISH, HEALTH) == ""
    assert trouble(ENGLISH, None) == ""
    assert "Home Assistant and others hear nothing" in trouble(ENGLISH, replace(HEALTH, mqtt="unreachable"))
    both = trouble(ENGLISH, replace(HEALTH, mqtt="tls", history="waiting"))
    assert "mqtt.tls" in both
    assert "room on the disk" in both


@pytest.mark.parametrize(
    ("asked", "language"),
    [
        ("de-AT,de;q=0.9,en;q=0.5", "de"),
        ("fr", "fr"),
        ("es-MX", "es"),
        ("en-GB", "en"),
        ("pl,uk;q=0.8", "en"),
        ("", "en"),
    ],
)
def test_the_page_speaks_the_language_that_its_reader_s_browser_asks_for(room: Room, asked: str, language: str) -> None:
    html = room.client().get("/", headers={"Accept-Language": asked}).text
    assert f'<html lang="{language}">' in html
    assert f">{texts(language)['moods']['happy']}</h1>" in html
    assert texts(language)["page"]["no_pictures"] in html.replace("&#39;", "'")


def test_the_owner_s_language_is_everybody_s(room: Room) -> None:
    room.language = "de"
    for path in ("/", "/wall", "/health", "/settings", "/corrections", "/offline"):
        assert '<html lang="de">' in room.client().get(path, headers={"Accept-Language": "fr"}).text, path


def test_what_goes_wrong_is_said_in_the_reader_s_language_too(room: Room) -> None:
    room.status.put(replace(status(UNKNOWN), camera=CameraState("dark", "the lens is covered")))
    assert "the lens is covered" in room.client().get("/").text
    html = room.client().get("/", headers={"Accept-Language": "de"}).text
    assert "Ist das Objektiv verdeckt" in html
    assert ">Zu dunkel</h1>" in html
    refused = room.client().post("/photo?part", data=b"", headers={"Accept-Language": "es"})
    assert "No llegó ninguna foto." in refused.text


def test_the_api_speaks_one_language(room: Room) -> None:
    answer = room.client().post("/api/camera", json={}, headers={"Accept-Language": "de"})
    assert answer.json and answer.json["error"].startswith("the body must be JSON")
