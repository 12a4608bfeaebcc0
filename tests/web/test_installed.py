"""On a home screen: the manifest, its icons, and what a browser keeps."""

import cv2
import numpy as np
import pytest

from edge.config import WebConfig
from tests.web.room import Room


@pytest.fixture
def room() -> Room:
    return Room(web=WebConfig(password="guten tag mond", open="nothing", trusted_proxies=("127.0.0.1",)))


@pytest.mark.parametrize("prefix", ["", "/moodcast"])
def test_the_manifest_names_icons_of_the_sizes_it_says(room: Room, prefix: str) -> None:
    client = room.client()
    answer = client.get("/manifest.webmanifest", headers={"X-Forwarded-Prefix": prefix})
    assert answer.mimetype == "application/manifest+json"
    found = answer.get_json(force=True)
    assert (found["name"], found["start_url"], found["scope"]) == ("Moodcast", "./", "./")
    assert {(icon["sizes"], icon["purpose"]) for icon in found["icons"]} == {
        ("192x192", "any"),
        ("512x512", "any"),
        ("512x512", "maskable"),
    }
    for icon in found["icons"]:
        assert icon["src"].startswith(f"{prefix}/static/")
        with client.get(icon["src"].removeprefix(prefix)) as file:
            picture = cv2.imdecode(np.frombuffer(file.data, np.uint8), cv2.IMREAD_COLOR)
            assert picture is not None and f"{picture.shape[1]}x{picture.shape[0]}" == icon["sizes"]
            assert len(file.data) < 20_000


def test_the_shortcut_to_the_wall_is_in_the_reader_s_language(room: Room) -> None:
    for language, name in (("en", "Wall mode"), ("de", "Wandansicht"), ("fr", "Mode mural"), ("es", "Modo pared")):
        found = room.client().get("/manifest.webmanifest", headers={"Accept-Language": language}).get_json(force=True)
        assert found["shortcuts"] == [{"name": name, "url": "wall"}]


def test_what_a_browser_keeps_needs_no_password_and_says_no_more_than_the_log_in(room: Room) -> None:
    client = room.client()
    for path in ("/manifest.webmanifest", "/service-worker.js", "/offline"):
        assert client.get(path).status_code == 200, path
    assert "No word from Moodcast" in client.get("/offline").text
