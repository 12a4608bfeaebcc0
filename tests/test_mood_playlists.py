"""The playlist of a mood."""

from itertools import pairwise
from random import Random

import pytest

from edge.mood.playlists import Playlists
from edge.records import ABSENT, PAUSED, Playlist

A, B, C = (Playlist(name, f"https://example.org/{name}") for name in "abc")


@pytest.fixture
def playlists() -> Playlists:
    return Playlists({"happy": (A, B, C), "sad": (A,)}, Random(1))


def test_it_stays_until_the_mood_changes(playlists: Playlists) -> None:
    assert len({playlists.follow("happy") for _ in range(50)}) == 1


def test_every_one_of_several_gets_its_turn_and_none_twice_in_a_row(playlists: Playlists) -> None:
    heard = []
    for _ in range(50):
        heard.append(playlists.follow("happy"))
        playlists.follow("sad")
    assert set(heard) == {A, B, C}
    assert all(one != other for one, other in pairwise(heard))


def test_the_only_one_is_played_every_time(playlists: Playlists) -> None:
    assert [playlists.follow(mood) for mood in ("sad", "happy", "sad")][::2] == [A, A]


@pytest.mark.parametrize("mood", [ABSENT, PAUSED, "neutral"])
def test_a_mood_without_one_plays_nothing(playlists: Playlists, mood: str) -> None:
    playlists.follow("happy")
    assert playlists.follow(mood) is None
    assert playlists.current is None


def test_absent_may_have_one() -> None:
    assert Playlists({ABSENT: (B,)}, Random(1)).follow(ABSENT) == B


def test_the_same_seed_chooses_the_same() -> None:
    def heard(seed: int) -> list[Playlist | None]:
        one = Playlists({"happy": (A, B, C)}, Random(seed))
        return [one.follow(mood) for mood in ("happy", "sad") * 20]

    assert heard(3) == heard(3)
    assert heard(3) != heard(4)


def test_after_a_pause_it_chooses_anew(playlists: Playlists) -> None:
    playlists.follow("happy")
    playlists.forget()
    assert (playlists.mood, playlists.current) == (None, None)
