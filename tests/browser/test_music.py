"""The page's playlist: another one, none for now, one to cheer up, and until when it is held."""

import re
import time

from edge.records import Music, MusicWish, Playlist
from tests.browser.driver import Browser
from tests.web.room import HAPPY_HITS, Room, status


def test_an_address_that_is_no_playlist_is_not_linked(page: Browser, room: Room) -> None:
    room.status.put(status("sad", playlist=Playlist("<b>Odd</b>", "javascript:alert(1)")))
    page.until(lambda: page.text("h1") == "Sad")
    assert page.text("#playlist-name") == "<b>Odd</b>"
    assert page.run("return document.getElementById('playlist').hasAttribute('href')") is False


def test_another_playlist_is_one_press_away_and_a_mood_that_has_one_only_says_so(page: Browser, room: Room) -> None:
    page.click("#another-playlist")
    page.until(lambda: room.wishes == [MusicWish("another")])
    page.until(lambda: page.text("#playlist-error") == "This mood has no other playlist in config.yaml.")
    assert not page.complaints()


def test_not_now_is_one_press_away_says_how_long_and_is_undone_as_easily(page: Browser, room: Room) -> None:
    page.click("#not-now")
    page.until(lambda: room.wishes == [MusicWish("quiet", 3600.0)])
    room.status.put(status(playlist=None, music=Music("happy", quiet_until=time.time() + 3600)))
    page.until(lambda: page.text("#playlist-note").startswith("No music until "))
    assert not page.shown("#playlist") and not page.shown("#another-playlist")
    page.click("#not-now")
    page.until(lambda: room.wishes[1:] == [MusicWish("quiet", 0.0)])


def test_who_is_sad_may_be_cheered_up_and_go_back(page: Browser, room: Room) -> None:
    assert not page.shown("#cheer")
    room.status.put(status("sad", music=Music("sad")))
    page.until(lambda: page.shown("#cheer"))
    page.click("#cheer")
    page.until(lambda: room.wishes == [MusicWish("cheer")])
    room.status.put(status("sad", playlist=HAPPY_HITS, music=Music("happy", cheering=True)))
    page.until(lambda: page.text("#cheer") == "Back to sad")
    assert page.text("#playlist-note") == "to cheer you up, until the mood changes"
    page.click("#cheer")
    page.until(lambda: room.wishes[1:] == [MusicWish("mood")])


def test_a_list_that_is_held_says_until_when(page: Browser, room: Room) -> None:
    room.status.put(status("neutral", playlist=HAPPY_HITS, music=Music("happy", held_until=time.time() + 300)))
    page.until(lambda: re.fullmatch(r"the room’s playlist, held until .*\d:\d\d.*", page.text("#playlist-note")))
