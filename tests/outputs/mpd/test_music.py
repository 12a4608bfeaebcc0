"""The daemon's own player on a real MPD: what it queues, and what it leaves alone."""

import logging
from dataclasses import replace

import pytest

from edge.outputs.player import FADE_SECONDS
from edge.records import Music, Playlist
from tests.broker.samples import a_status
from tests.outputs.mpd.process import MpdProcess
from tests.outputs.mpd.room import FOLDER, NOBODY, SAD, Enter, eventually, our_list_plays


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


def test_a_socket_does_as_well(enter: Enter, server: MpdProcess) -> None:
    room = enter(replace(FOLDER, host=str(server.socket), start_silent=True))
    eventually(lambda: room.shows(state="play", playlistlength="3"))
