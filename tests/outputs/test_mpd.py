"""The daemon's own player on a real MPD: what it queues, what it leaves alone, and how it bears its end."""

import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from edge.cli.checks import check
from edge.config import CameraConfig, Config, MqttConfig, PlayerConfig, PlaylistsConfig, WebConfig
from edge.outputs.player import FADE_SECONDS
from edge.records import ABSENT, Music, Playlist, Status
from tests.broker.mosquitto import free_port
from tests.broker.samples import a_status
from tests.outputs.mpd_process import MpdProcess

HAPPY, SAD = a_status("happy"), a_status("sad")  # of a Spotify list: MPD is asked for the mood's word
NOBODY = a_status(ABSENT, playlist=None)
FOLDER = PlayerConfig(enabled=True, by="folder")


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MpdProcess]:
    with MpdProcess(tmp_path_factory.mktemp("mpd")) as process:
        process.playlist("Cheer", "happy/2.flac", "gone.flac", "happy/0.flac")
        yield process


@pytest.fixture
def server(shared: MpdProcess) -> MpdProcess:
    """It is silent, its queue is empty, and its options are MPD's."""
    client = shared.client()
    client.stop()
    client.clear()
    for option in (client.consume, client.random, client.repeat, client.single, client.crossfade):
        option(0)
    client.disconnect()
    return shared


@dataclass
class Room:
    """A daemon's player at this MPD, the `status` it is told, and somebody else's client."""

    server: MpdProcess
    settings: PlayerConfig
    status: Status | None = HAPPY
    quiet: bool = False
    _player: Any = field(init=False)

    def __post_init__(self) -> None:
        from edge.outputs.mpd import Mpd

        self.person = self.server.client()
        self._player = Mpd(
            lambda: self.settings,
            lambda: self.status,
            lambda: self.quiet,
            look_seconds=0.02,
            retry_seconds=(0.05, 0.1, 0.1),
            rng=Random(0),
        )
        self._player.start()
        eventually(lambda: self._player.state == "connected")

    def leave(self) -> None:
        """The daemon ends."""
        self._player.close(5)

    def close(self) -> None:
        self.leave()
        self.person.disconnect()

    @property
    def state(self) -> str:
        state: str = self._player.state
        return state

    def files(self) -> list[str]:
        return [song["file"] for song in self.person.playlistinfo()]

    def shows(self, **expected: str) -> bool:
        status = self.person.status()
        return all(status.get(key, "") == value for key, value in expected.items())

    def starts(self, *files: str) -> None:
        """Somebody queues these, and lets them play."""
        self.person.clear()
        for file in files:
            self.person.add(file)
        self.person.play(0)
        eventually(lambda: self.shows(state="play"))

    def looks(self) -> None:
        """Long enough for the player to have looked several times: what it has not done by then it does not do."""
        time.sleep(0.4)

    @property
    def folders(self) -> set[str]:
        return {file.rpartition("/")[0] for file in self.files()}


Enter = Callable[..., Room]


@pytest.fixture
def enter(server: MpdProcess) -> Iterator[Enter]:
    entered: list[Room] = []

    def enter(settings: PlayerConfig = FOLDER, status: Status | None = HAPPY, at: MpdProcess = server) -> Room:
        if settings.host == "localhost":
            settings = replace(settings, host="127.0.0.1", port=at.port)
        room = Room(at, settings, status)
        entered.append(room)
        return room

    yield enter
    for room in entered:
        room.close()


def eventually(true: Callable[[], object], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.02)


def our_list_plays(enter: Enter, **settings: Any) -> Room:
    """Our happy list plays."""
    room = enter(replace(FOLDER, start_silent=True, **settings))
    eventually(lambda: room.shows(state="play", playlistlength="3"))
    assert room.folders == {"happy"}
    room.settings = replace(room.settings, start_silent=False)
    return room


def test_in_a_silent_room_nothing_is_touched(enter: Enter) -> None:
    room = enter()
    room.looks()
    assert room.shows(state="stop", playlistlength="0")


def test_the_other_moods_list_follows_the_song_that_plays_and_nothing_else_is_changed(enter: Enter) -> None:
    room = our_list_plays(enter)
    room.person.setvol(37)
    room.person.repeat(1)
    room.person.random(1)
    before, plays = room.person.status(), room.person.currentsong()
    room.status = SAD
    eventually(lambda: len(room.files()) == 4)
    eventually(lambda: room.folders == {"happy", "sad"})
    assert room.person.currentsong()["id"] == plays["id"]
    same = ("volume", "repeat", "random", "single", "consume", "state")
    assert [room.person.status().get(key) for key in same] == [before.get(key) for key in same]
    room.person.next()
    eventually(lambda: room.folders == {"sad"})
    assert room.shows(state="play", playlistlength="3")


def test_at_the_end_of_the_song_the_list_begins_by_itself(enter: Enter) -> None:
    room = enter(replace(FOLDER, hands_off_minutes=0.0), status=None)
    room.person.repeat(1)
    room.starts("brief")
    room.status = SAD
    eventually(lambda: room.folders == {"sad"})
    assert room.shows(state="play")


def test_modes_that_are_on_stay_on_and_the_list_comes(enter: Enter) -> None:
    room = our_list_plays(enter)
    room.person.consume(1)
    room.person.single(1)
    room.status = SAD
    eventually(lambda: "sad" in room.folders)
    room.person.next()
    eventually(lambda: room.folders == {"sad"})
    assert room.shows(consume="1", single="1", playlistlength="3")


def test_what_somebody_has_chosen_is_left_alone_for_a_while(enter: Enter, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    room = our_list_plays(enter)
    room.starts("other")
    room.status = SAD
    room.looks()
    assert room.folders == {"other"}
    assert "somebody has chosen what plays, or stopped it: left alone for 60 minutes" in caplog.text
    room.settings = replace(room.settings, hands_off_minutes=0.0)
    eventually(lambda: room.folders == {"other", "sad"})


def test_so_is_our_list_once_somebody_has_added_a_song_to_it(enter: Enter) -> None:
    room = our_list_plays(enter)
    room.person.add("other/1.flac")
    room.looks()
    room.status = SAD
    room.looks()
    assert room.folders == {"happy", "other"}


def test_a_paused_player_is_left_as_it_is(enter: Enter) -> None:
    room = our_list_plays(enter)
    room.person.pause(1)
    room.looks()
    room.status = SAD
    room.looks()
    assert room.folders == {"happy"} and room.shows(state="pause")
    room.person.pause(0)
    eventually(lambda: "sad" in room.folders)


def test_quiet_hours_change_nothing(enter: Enter) -> None:
    room = our_list_plays(enter)
    room.quiet, room.status = True, SAD
    room.looks()
    assert room.folders == {"happy"}
    room.quiet = False
    eventually(lambda: "sad" in room.folders)


def test_not_now_stops_our_list_and_the_empty_room_does_not(enter: Enter) -> None:
    room = our_list_plays(enter)
    room.status = NOBODY
    room.looks()
    assert room.shows(state="play")
    room.status = replace(a_status("happy", playlist=None), music=Music("happy", quiet_until=2000.0))
    eventually(lambda: room.shows(state="stop", playlistlength="3"))


def test_another_list_of_the_same_mood_is_another(enter: Enter) -> None:
    room = our_list_plays(enter)
    room.status = a_status("happy", playlist=Playlist("Slow", "moods/calm"))
    eventually(lambda: room.folders == {"happy", "moods/Calm"})


def test_a_fade_is_the_songs_last_seconds_with_mpds_crossfade_which_is_put_back(
    enter: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    lead = 30  # seconds: a busy machine sees the fade before it is over
    for module in ("player", "mpd_connection"):
        monkeypatch.setattr(f"edge.outputs.{module}.FADE_LEAD_SECONDS", lead)
    room = our_list_plays(enter, change="fade")
    room.person.crossfade(1)
    plays = room.person.currentsong()
    room.status = SAD
    eventually(lambda: room.shows(xfade=str(FADE_SECONDS)))
    eventually(lambda: float(room.person.status()["elapsed"]) > 10)
    status = room.person.status()
    assert status["songid"] == plays["id"]
    assert float(status["duration"]) - float(status["elapsed"]) <= FADE_SECONDS + lead + 0.1
    room.person.next()
    eventually(lambda: room.shows(xfade="1"))
    eventually(lambda: room.folders == {"sad"})


def test_the_daemons_end_puts_it_back_and_lets_the_music_play_on(enter: Enter) -> None:
    room = our_list_plays(enter, change="fade")
    room.status = SAD
    eventually(lambda: room.shows(xfade=str(FADE_SECONDS)))
    room.leave()
    assert room.shows(xfade="", state="play")
    assert room.state == "closed"


@pytest.mark.parametrize(
    ("by", "address", "files"),
    [
        ("playlist", "cheer", ["happy/2.flac", "happy/0.flac"]),
        ("folder", "/moods/calm/", ["moods/Calm/0.flac", "moods/Calm/1.flac"]),
        ("folder", "SAD", ["sad/0.flac", "sad/1.flac", "sad/2.flac"]),
        ("genre", "other", ["other/0.flac", "other/1.flac", "other/2.flac"]),
        ("genre", "https://open.spotify.com/playlist/1", ["happy/0.flac", "happy/1.flac", "happy/2.flac"]),
        ("mood", "calm", ["moods/Calm/0.flac", "moods/Calm/1.flac"]),
    ],
)
def test_lists_come_from_playlists_folders_and_tags(enter: Enter, by: str, address: str, files: list[str]) -> None:
    """Of a playlist in its order, and without the songs that are gone."""
    room = enter(replace(FOLDER, by=by, start_silent=True), status=None)
    if by == "mood" and "Mood" not in room.person.tagtypes():
        pytest.skip("this MPD is older than 0.24 and knows no such tag")
    room.status = a_status("happy", playlist=Playlist("A list", address))
    eventually(lambda: room.shows(state="play", playlistlength=str(len(files))))
    assert (room.files() if by == "playlist" else sorted(room.files())) == files


def test_of_a_long_list_so_much_is_queued_as_is_wanted(enter: Enter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edge.outputs.mpd_connection.MOST_SONGS", 2)
    room = enter(replace(FOLDER, start_silent=True))
    eventually(lambda: room.shows(state="play", playlistlength="2"))


@pytest.mark.parametrize(
    ("by", "said"),
    [
        ("folder", "MPD has no folder 'nowhere' and no folder 'angry', or it is empty (player.by)"),
        ("playlist", "MPD has no playlist 'nowhere' and no playlist 'angry', or it is empty (player.by)"),
        ("mood", "mood"),
    ],
)
def test_a_list_that_is_not_there_is_told_of_once(
    enter: Enter, caplog: pytest.LogCaptureFixture, by: str, said: str
) -> None:
    room = enter(replace(FOLDER, by=by, start_silent=True), a_status("angry", playlist=Playlist("No", "nowhere")))
    eventually(lambda: said in caplog.text)
    room.looks()
    assert [record.levelno for record in caplog.records if "nothing is queued" in record.message] == [logging.WARNING]
    assert room.state == "connected" and room.shows(state="stop", playlistlength="0")


def test_a_list_of_songs_that_are_all_gone_changes_nothing(
    enter: Enter, server: MpdProcess, caplog: pytest.LogCaptureFixture
) -> None:
    server.playlist("sad", "gone.flac", "far.flac")
    room = our_list_plays(enter)
    room.settings, room.status = replace(room.settings, by="playlist"), SAD
    eventually(lambda: "MPD takes none of 2 songs, such as 'gone.flac'" in caplog.text)
    assert room.folders == {"happy"} and room.shows(state="play", playlistlength="3")


def test_mpd_may_die_and_come_back(server: MpdProcess, tmp_path: Path, enter: Enter) -> None:
    with MpdProcess(tmp_path / "mortal") as mortal:
        room = enter(replace(FOLDER, start_silent=True), at=mortal)
        eventually(lambda: room.shows(state="play", playlistlength="3"))
        mortal.die()
        eventually(lambda: room.state.startswith("unreachable: no MPD at 127.0.0.1"))
        mortal.start()
        eventually(lambda: room.state == "connected")
        room.person.disconnect()
        room.person = mortal.client()
        room.status = SAD
        eventually(lambda: room.shows(state="play") and room.folders == {"sad"})


def test_one_that_hangs_is_left_and_keeps_nobody_waiting(
    tmp_path: Path, enter: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edge.outputs.mpd_connection.ANSWER_SECONDS", 0.3)
    with MpdProcess(tmp_path / "hangs") as hangs:
        room = enter(at=hangs)
        hangs.freeze(True)
        eventually(lambda: "does not answer" in room.state or "timed out" in room.state)
        hangs.freeze(False)
        eventually(lambda: room.state == "connected")
        room.leave()


def test_an_mpd_that_is_not_there_is_waited_for_and_named_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    from edge.outputs.mpd import Mpd

    caplog.set_level(logging.INFO)
    config = PlayerConfig(enabled=True, host="127.0.0.1", port=free_port())
    player = Mpd(lambda: config, lambda: HAPPY, lambda: False, retry_seconds=(0.01, 0.02, 0.02))
    player.start()
    eventually(lambda: player.state.startswith("unreachable"))
    time.sleep(0.3)
    player.close()
    assert ["no MPD at" in record.message for record in caplog.records] == [True]
    assert not player.alive


@pytest.mark.parametrize("said", [b"HTTP/1.1 400 \x1b[31mBad\r\n\r\n", b"OK MPD 0.23\n\xff\xfe\n", b"x" * 100_000, b""])
def test_what_is_no_mpd_is_told_from_one(said: bytes) -> None:
    from edge.outputs.mpd_connection import MpdConnection, MpdError

    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            with listening.accept()[0] as caller:
                caller.sendall(said)

        thread = threading.Thread(target=answer)
        thread.start()
        connection = MpdConnection(PlayerConfig(host="127.0.0.1", port=listening.getsockname()[1]), Random(0))
        with pytest.raises(MpdError) as raised:
            connection.open()
        connection.close()
        thread.join()
    said_of_it = str(raised.value)
    assert "127.0.0.1" in said_of_it and said_of_it.isprintable() and len(said_of_it) <= 300


def test_a_socket_does_as_well(enter: Enter, server: MpdProcess) -> None:
    room = enter(replace(FOLDER, host=str(server.socket), start_silent=True))
    eventually(lambda: room.shows(state="play", playlistlength="3"))


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[MpdProcess]:
    more = ('password "open sesame@read,add,control,player"', 'default_permissions "read"')
    with MpdProcess(tmp_path / "guarded", *more) as process:
        yield process


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("open sesame", "has a folder for happy, sad"),
        ("wrong", "refuses the password; check player.password_file"),
        (None, "does not let us addid, crossfade, delete, playid, seekcur, stop without a password; check player.pass"),
    ],
)
def test_check_says_whether_the_password_is_right_and_which_lists_are_there(
    guarded: MpdProcess, password: str | None, said: str
) -> None:
    player = PlayerConfig(enabled=True, by="folder", host="127.0.0.1", port=guarded.port, password=password)
    assert said in checked(player)


def test_check_says_what_is_missing(server: MpdProcess) -> None:
    player = PlayerConfig(enabled=True, by="folder", host="127.0.0.1", port=server.port)
    assert "nothing will be queued for angry, disgust, fear, neutral, surprise: MPD has no folder" in checked(player)
    lists = PlaylistsConfig(angry=(Playlist("A", "nowhere"),), happy=(), sad=())
    assert "has no folder 'nowhere' and no folder 'angry'" in checked(player, lists)
    assert "no MPD at 127.0.0.1:1: Connection refused" in checked(replace(player, port=1))


def checked(player: PlayerConfig, playlists: PlaylistsConfig | None = None) -> str:
    """What `check` says of the player; the last word is whether all is well."""
    config = Config(
        camera=CameraConfig(source="demo"),
        mqtt=MqttConfig(enabled=False),
        web=WebConfig(enabled=False),
        playlists=playlists or PlaylistsConfig(),
        player=player,
    )
    found = [finding for finding in check(config, None, {}) if finding.subject == "player"]
    assert all(finding.ok for finding in found) == (" has a " in found[0].text)
    return "; ".join(finding.text for finding in found)
