"""The playlist of a mood, and for how long it is held."""

from itertools import pairwise
from random import Random

import pytest

from edge.mood.playlists import ARRIVAL_SECONDS, Playlists
from edge.records import ABSENT, PAUSED, MusicWish, Playlist

A, B, C = (Playlist(name, f"https://example.org/{name}") for name in "abc")
HOLD = 600.0


@pytest.fixture
def playlists() -> Playlists:
    return Playlists({"happy": (A, B, C), "sad": (A,), "neutral": (B,)}, HOLD, Random(1))


def settle(playlists: Playlists, mood: str) -> Playlist | None:
    """Somebody came long ago, and the room has had this mood for an hour."""
    playlists.follow(mood, -3600.0)
    return playlists.follow(mood, 0.0)


def test_it_stays_while_the_mood_does(playlists: Playlists) -> None:
    assert len({playlists.follow("happy", now * 60.0) for now in range(50)}) == 1


def test_it_is_held_against_another_mood(playlists: Playlists) -> None:
    settle(playlists, "sad")
    happy = playlists.follow("happy", 10.0)
    assert happy in (A, B, C)
    assert playlists.follow("sad", 20.0) == happy
    assert playlists.held_seconds("sad", 20.0) == pytest.approx(HOLD - 10)
    assert playlists.follow("sad", 10.0 + HOLD) == A
    assert playlists.mood == "sad"


def test_a_mood_that_came_and_went_while_it_was_held_changes_nothing(playlists: Playlists) -> None:
    settle(playlists, "sad")
    happy = playlists.follow("happy", 10.0)
    playlists.follow("sad", 100.0)
    playlists.follow("happy", 300.0)
    assert playlists.follow("happy", 2000.0) == happy


def test_nobody_in_view_ends_it_and_the_next_list_begins_at_once(playlists: Playlists) -> None:
    settle(playlists, "happy")
    assert playlists.follow(ABSENT, 10.0) is None
    assert playlists.follow("sad", 20.0) == A


def test_the_neutral_with_which_an_arrival_begins_is_not_held(playlists: Playlists) -> None:
    playlists.follow(ABSENT, 0.0)
    assert playlists.follow("neutral", 100.0) == B
    assert playlists.follow("sad", 111.0) == A
    assert playlists.follow("neutral", 100.0 + ARRIVAL_SECONDS) == A, "from here on it is held"


def test_somebody_who_asks_gets_another_though_it_is_held(playlists: Playlists) -> None:
    first = settle(playlists, "happy")
    playlists.ask(MusicWish("another"))
    second = playlists.follow("happy", 10.0)
    assert second in (A, B, C) and second != first
    assert playlists.follow("sad", 20.0) == second, "and that one is held"


def test_not_now_is_no_list_for_so_long_whatever_happens_and_then_the_mood_s(playlists: Playlists) -> None:
    settle(playlists, "sad")
    playlists.ask(MusicWish("quiet", 3600.0))
    assert playlists.follow("sad", 10.0) is None
    assert playlists.music("sad", 10.0).quiet_until == 3610.0
    assert playlists.follow(ABSENT, 700.0) is None
    assert playlists.follow("neutral", 900.0) is None
    assert playlists.current is None
    assert playlists.follow("neutral", 3610.0) == B
    assert playlists.music("neutral", 3610.0).quiet_until is None


@pytest.mark.parametrize("wish", [MusicWish("quiet", 0.0), MusicWish("another")])
def test_whoever_wants_music_again_gets_it_at_once(playlists: Playlists, wish: MusicWish) -> None:
    settle(playlists, "sad")
    playlists.ask(MusicWish("quiet", 3600.0))
    playlists.follow("sad", 10.0)
    playlists.ask(wish)
    assert playlists.follow("sad", 20.0) == A


def test_the_happy_list_cheers_somebody_up_until_the_mood_changes(playlists: Playlists) -> None:
    settle(playlists, "sad")
    playlists.ask(MusicWish("cheer"))
    happy = playlists.follow("sad", 10.0)
    assert happy in (A, B, C)
    assert playlists.follow("sad", 10.0 + 3 * HOLD) == happy, "no hold ends it"
    music = playlists.music("sad", 10.0 + 3 * HOLD)
    assert (music.mood, music.cheering, music.held_until) == ("happy", True, None)
    assert playlists.follow("neutral", 20.0 + 3 * HOLD) == B
    assert not playlists.music("neutral", 20.0 + 3 * HOLD).cheering


def test_whoever_is_cheered_up_enough_gets_the_mood_s_list_again(playlists: Playlists) -> None:
    settle(playlists, "sad")
    playlists.ask(MusicWish("cheer"))
    playlists.follow("sad", 10.0)
    playlists.ask(MusicWish("mood"))
    assert playlists.follow("sad", 20.0) == A
    assert playlists.mood == "sad"


def test_without_a_happy_list_nobody_is_cheered_up() -> None:
    playlists = Playlists({"sad": (A,)}, HOLD, Random(1))
    settle(playlists, "sad")
    playlists.ask(MusicWish("cheer"))
    assert playlists.follow("sad", 10.0) == A


def test_until_when_a_list_is_held_is_told(playlists: Playlists) -> None:
    settle(playlists, "sad")
    playlists.follow("happy", 10.0)
    assert playlists.music("sad", 20.0).held_until == 10.0 + HOLD
    assert playlists.music("happy", 10.0 + HOLD).held_until is None


def test_no_minutes_hold_nothing() -> None:
    eager = Playlists({"happy": (A,), "sad": (B,)}, 0.0, Random(1))
    settle(eager, "happy")
    assert eager.follow("sad", 1.0) == B


def test_every_one_of_several_gets_its_turn_and_none_twice_in_a_row() -> None:
    eager = Playlists({"happy": (A, B, C), "sad": (A,)}, 0.0, Random(1))
    heard = []
    for step in range(50):
        heard.append(eager.follow("happy", step * 2.0))
        eager.follow("sad", step * 2.0 + 1.0)
    assert set(heard) == {A, B, C}
    assert all(one != other for one, other in pairwise(heard))


@pytest.mark.parametrize("mood", [ABSENT, PAUSED])
def test_a_mood_without_one_plays_nothing(playlists: Playlists, mood: str) -> None:
    playlists.follow("happy", 0.0)
    assert playlists.follow(mood, 1.0) is None
    assert playlists.current is None


def test_absent_may_have_one() -> None:
    assert Playlists({ABSENT: (B,)}, HOLD, Random(1)).follow(ABSENT, 0.0) == B


def test_the_same_seed_chooses_the_same() -> None:
    def heard(seed: int) -> list[Playlist | None]:
        one = Playlists({"happy": (A, B, C)}, 0.0, Random(seed))
        return [one.follow(mood, step * 1.0) for step, mood in enumerate(("happy", "sad") * 20)]

    assert heard(3) == heard(3)
    assert heard(3) != heard(4)


def test_after_a_pause_it_chooses_anew(playlists: Playlists) -> None:
    playlists.follow("happy", 0.0)
    playlists.forget()
    assert (playlists.mood, playlists.current) == (None, None)
