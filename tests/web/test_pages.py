"""The page as it is without scripts, and its forms."""

import io
import re
import time
from dataclasses import replace
from datetime import datetime

import pytest

from edge.config import WebConfig
from edge.languages import LANGUAGES, texts
from edge.past import Quarter
from edge.records import ABSENT, LABELS, MOODS, UNKNOWN, Playlist
from edge.status import CameraState
from edge.web.pages import player
from tests.web.reading import page, words
from tests.web.room import HEALTH, NOON, ReadPhoto, Room, entry, face, status

#: The pages of text, and their endpoints.
PLAIN = {"/health": "device.health", "/settings": "settings.page", "/corrections": "corrections.page"}
TITLES = texts("en")["moods"]


@pytest.fixture
def room() -> Room:
    made = Room()
    made.status.put(status(since=time.time() - 25 * 60))
    return made


def test_the_page_says_the_mood_how_sure_how_many_and_since_when(room: Room) -> None:
    seen = words(page(room))
    assert "Happy" in seen
    assert "probably happy 70 %" in seen
    assert "1 face in view" in seen
    assert "for 25 min" in seen


def test_the_wall_says_the_mood_alone_and_works_without_scripts(room: Room) -> None:
    html = page(room, "/wall")
    assert "Happy" in words(html)
    assert "for 25 min" in words(html)
    assert "Happy Hits!" in words(html)
    assert "Did you know?" not in words(html)
    assert 'http-equiv="refresh"' in html


def test_the_page_links_the_playlist(room: Room) -> None:
    link = re.search(r'<a class="playlist"[^>]*>', page(room))
    assert link
    assert 'href="https://open.spotify.com/playlist/37i9dQZF1DXdPec7aLTmlC"' in link[0]
    assert "noopener" in link[0]


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "//evil.example.com"])
def test_an_address_that_is_no_playlist_is_never_linked(room: Room, url: str) -> None:
    room.status.put(status(playlist=Playlist("Odd", url)))
    html = page(room)
    assert "Odd" in words(html)
    assert url not in html


def test_a_spotify_address_is_linked(room: Room) -> None:
    room.status.put(status("sad"))
    assert 'href="spotify:playlist:37i9dQZF1DX7qK8ma5wgG1"' in page(room)


def test_spotify_s_player_is_there_only_where_it_is_wanted() -> None:
    for wanted in (False, True):
        room = Room(web=WebConfig(spotify_player=wanted))
        room.status.put(status())
        answer = room.client().get("/")
        assert ('src="https://open.spotify.com/embed/playlist/37i9dQZF1DXdPec7aLTmlC"' in answer.text) is wanted
        assert ("; frame-src https://open.spotify.com" in answer.headers["Content-Security-Policy"]) is wanted
        assert "spotify" not in room.client().get("/wall").headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://open.spotify.com/playlist/37i9dQZF1DXdPec7aLTmlC?si=x", "playlist/37i9dQZF1DXdPec7aLTmlC"),
        ("spotify:album:4m2880jivSbbyEGAKfITCa", "album/4m2880jivSbbyEGAKfITCa"),
        ("https://open.spotify.com.example.org/playlist/37i9dQZF1DXdPec7aLTmlC", None),
        ("https://open.spotify.com/playlist/../../x", None),
        ("http://nas.local/rain.m3u", None),
    ],
)
def test_only_a_list_of_spotify_s_is_in_its_player(url: str, shown: str | None) -> None:
    assert player(Playlist("", url)) == (shown and f"https://open.spotify.com/embed/{shown}")


@pytest.mark.parametrize("language", LANGUAGES)
def test_page_and_wall_of_a_busy_day_are_small(room: Room, language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """By a clock of the late evening, which is a fake: the week's chart is largest then."""
    now, moods = datetime.now().replace(hour=23, minute=54).timestamp(), (*LABELS, ABSENT)
    monkeypatch.setattr(time, "time", lambda: now)
    room.status.put(status(since=now - 25 * 60))
    changes = [
        entry(now - 8 * 86400 + number * 400, moods[number % 8], moods[number % 8 - 1]) for number in range(1728)
    ]
    assert room.history
    room.history.entries = changes
    room.history.hours = [Quarter(now // 900 * 900 - 900 * number, (10.0,) * len(LABELS)) for number in range(768)]
    for path in ("/", "/wall", "/?span=week"):
        assert loaded(room, path, language) < 110_000


def loaded(room: Room, path: str, language: str) -> int:
    """Bytes of a page with all it loads, before compression."""
    client, sizes, asked = room.client(), dict[str, int](), [path]
    while asked:
        if (path := asked.pop()) not in sizes:
            with client.get(path, headers={"Accept-Language": language}) as answer:
                text = answer.get_data(as_text=True)
            sizes[path] = len(text.encode())
            asked += re.findall(r'(?:src|href)="(/static/[^"]+\.(?:css|js|svg))"', text)
            asked += [f"/static/{name}" for name in re.findall(r"(?:from |import\()'\./(\w+\.js)'", text)]
    assert "/static/words.js" in sizes, "modules count too, and those that are loaded when they are wanted"
    return sum(sizes.values())


def test_names_are_text_not_markup(room: Room) -> None:
    room.status.put(status(playlist=Playlist("<script>alert(1)</script>", "https://example.com/\"onmouseover='x'")))
    html = page(room)
    assert "<script>alert" not in html
    assert 'example.com/"' not in html


@pytest.mark.parametrize("mood", MOODS)
def test_every_mood_has_its_word_and_its_face(room: Room, mood: str) -> None:
    room.status.put(status(mood))
    html = page(room)
    assert f'<h1 id="mood" aria-live="polite">{TITLES[mood]}</h1>' in html
    assert f'id="face-{mood}"' in html
    assert f'href="#face-{mood}"' in html


def test_nobody_in_view_is_not_called_sure_of_anything(room: Room) -> None:
    room.status.put(status(ABSENT))
    assert '<p class="now" id="now" hidden>' in page(room)
    assert "When somebody comes into view" in words(page(room))


def test_before_the_first_frame_the_page_is_there_and_its_switch_means_off() -> None:
    room = Room()
    html = page(room)
    assert "Waking up" in words(html)
    assert 'role="switch" aria-checked="true" value="false"' in html


def test_a_camera_that_is_away_makes_the_headline_and_says_what_to_do(room: Room) -> None:
    room.status.put(status(UNKNOWN, camera=CameraState("failed", "/dev/video0 is not there: is it plugged in?")))
    seen = words(page(room))
    assert "No camera" in seen
    assert "/dev/video0 is not there: is it plugged in?" in seen


@pytest.mark.parametrize("path", ["/", "/wall"])
def test_while_the_camera_opens_nobody_is_not_claimed(room: Room, path: str) -> None:
    room.status.put(status(ABSENT, camera=CameraState("opening"), presence=None))
    html = page(room, path)
    assert ">Waking up</h1>" in html
    assert "The camera and the model are starting." in words(html)
    room.status.put(status(ABSENT))
    assert ">Nobody here</h1>" in page(room, path)
    room.status.put(status("happy", camera=CameraState("opening")))
    assert ">Happy</h1>" in page(room, path)


def test_a_page_of_a_daemon_that_hangs_says_of_when_it_is(room: Room) -> None:
    room.status.put(status(at=NOON))
    room.healthy = False
    assert 'data-word="2023-11-14T22:13:20+00:00"' in page(room)


@pytest.mark.parametrize("path", ["/", "/wall"])
def test_a_daemon_that_hangs_is_not_believed_without_scripts_either(room: Room, path: str) -> None:
    now = time.time()
    room.web = WebConfig(snapshot=True)
    room.status.put(status(since=now - 3600, at=now - 1800))
    assert "Last seen: happy" not in page(room, path)
    room.healthy = False
    html = page(room, path)
    silent = f"No word since {time.strftime('%H:%M', time.localtime(now - 1800))}"
    assert f'id="lead">{silent}</p>' in html and f"<title>{silent} · " in html
    assert ">Last seen: happy</h1>" in html and "for 30 min" in words(html), "how long it went on is not known"
    assert "m-happy stale silent" in html and "favicon-grey.svg" in html
    assert "Restart the device" in html
    for gone in ("now", "count", "correct-line", "snapshot"):
        assert path == "/wall" or re.search(rf'id="{gone}"[^>]* hidden', html), gone


@pytest.mark.parametrize("path", ["/", "/wall"])
def test_the_demo_is_named(room: Room, path: str) -> None:
    assert "A demo:" not in words(page(room, path))
    room.demo = True
    assert "A demo:" in words(page(room, path))


@pytest.mark.parametrize("path", ["/", "/wall"])
def test_trouble_beside_the_camera_is_a_line_on_page_and_wall(room: Room, path: str) -> None:
    assert "Home Assistant and others hear nothing" not in words(page(room, path))
    room.status.put(status(health=replace(HEALTH, mqtt="unreachable")))
    assert "Home Assistant and others hear nothing" in words(page(room, path))


def test_nothing_is_asked_of_another_place(room: Room) -> None:
    room.status.put(status(ABSENT))
    html = re.sub(r'<a [^>]*target="_blank"[^>]*>', "", page(room))  # what one may follow is not asked for
    asked = re.findall(r'(?:src|href|action)="([^"]+)"', html)
    assert asked
    assert all(address.startswith(("/", "#")) and not address.startswith("//") for address in asked)


def test_the_assets_are_there_and_ask_for_nothing_from_outside(room: Room) -> None:
    client = room.client()
    for path in re.findall(r'(?:src|href)="(/static/[^"]+)"', page(room)):
        with client.get(path) as answer:
            assert answer.status_code == 200, path
            text = answer.data.decode("utf-8", "replace").replace("http://www.w3.org/2000/svg", "")
            assert "://" not in text.replace("https?:\\/\\/", ""), path


def test_the_page_has_a_fact_with_its_source(room: Room) -> None:
    html = page(room)
    assert re.search(r'<blockquote id="fact-text"[^>]*>[^<]{30,}</blockquote>', html)
    assert re.search(r"<figcaption[^>]*>(<a [^>]*>)?[^<]{15,}", html)


def test_the_snapshot_is_on_the_page_only_when_it_is_on(room: Room) -> None:
    assert "/snapshot.jpg" not in page(room)
    assert "No picture leaves this device" in page(room)
    room.web = WebConfig(snapshot=True)
    assert "/snapshot.jpg" in page(room)
    assert "No picture leaves this device" not in page(room)


def test_the_stream_is_on_the_page_only_when_it_is_on(room: Room) -> None:
    assert "/stream.mjpg" not in page(room)
    room.web = WebConfig(stream=True)
    assert re.search(r'<details class="snapshot" id="moving" >.*src="/stream.mjpg"[^>]* loading="lazy"', page(room))
    room.healthy = False
    assert re.search(r'id="moving" hidden>', page(room))


def test_without_scripts_a_photo_is_answered_with_the_page(room: Room) -> None:
    answer = room.client().post("/photo", data={"photo": (io.BytesIO(b"a portrait"), "me.jpg")})
    seen = words(answer.get_data(as_text=True))
    assert "what both faces show together" in seen
    assert re.search(r"Face 1 Happy, ?probably, 70 %", seen)
    assert re.search(r"Face 2 Sad, ?probably, 70 %", seen)


def test_a_photo_without_a_face_says_so(room: Room) -> None:
    room.found = ReadPhoto(())
    answer = room.client().post("/photo?part", data=b"a wall", content_type="image/png")
    assert "No face found" in answer.get_data(as_text=True)


def test_a_photo_that_cannot_be_read_says_why_on_the_page(room: Room) -> None:
    for path in ("/photo", "/photo?part"):
        answer = room.client().post(path, data=b"not a picture", content_type="image/png")
        assert answer.status_code == 422
        assert "this is no picture that can be read" in words(answer.get_data(as_text=True))


def test_a_photo_with_an_odd_playlist_links_nothing(room: Room) -> None:
    room.found = ReadPhoto((face("fear"),))
    answer = room.client().post("/photo?part", data=b"a portrait", content_type="image/png")
    assert 'class="playlist"' not in answer.get_data(as_text=True)
