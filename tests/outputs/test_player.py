"""What is done with a music player, and above all when nothing is."""

from dataclasses import replace

import pytest

from edge.outputs.player import (
    AGAIN_SECONDS,
    FADE_LATE_SECONDS,
    FADE_LEAD_SECONDS,
    FADE_SECONDS,
    Action,
    Brought,
    Player,
    Rules,
    Shown,
    Song,
    Wanted,
    wanted,
)
from edge.records import ABSENT, PAUSED, UNKNOWN, Music, Playlist
from tests.broker.samples import a_status

RULES = Rules(hands_off_seconds=600.0)
HAPPY, SAD, NOBODY = Wanted(("a://1", "happy")), Wanted(("a://2", "sad")), Wanted(nobody=True)
SILENT = Shown("stop")
THEIRS = (Song(1, "x"), Song(2, "y"))
OURS = (Song(11, "a"), Song(12, "b"), Song(13, "c"))


def playing(queue: tuple[Song, ...], song: int | None = None, left: float | None = 100.0) -> Shown:
    return Shown("play", queue, queue[0].id if song is None else song, left)


class Room:
    """A player, and a clock."""

    def __init__(self, *shown: Shown, rules: Rules = RULES) -> None:
        self.player, self.now, self.rules = Player(), 1000.0, rules
        for each in shown:
            self.sees(each)

    def sees(self, shown: Shown, after: float = 1.0, anew: bool = False) -> None:
        self.now += after
        self.player.see(shown, self.now, anew=anew)

    def does(self, want: Wanted) -> Action:
        return self.player.decide(want, self.rules, self.now)

    def brings(self, want: Wanted, crossfade: int | None = None, last: int | None = None) -> None:
        self.player.note_queued(want.names, Brought(OURS, last, crossfade), self.now)


def ours(rules: Rules = RULES) -> Room:
    """Our happy list plays: it was started in a silent room, as the owner had asked."""
    room = Room(SILENT, rules=replace(rules, start_silent=True, quiet=False))
    assert room.does(HAPPY) == "play"
    room.brings(HAPPY)
    room.sees(playing(OURS))
    room.rules = rules
    return room


def test_in_a_silent_room_nothing_starts() -> None:
    assert Room(SILENT).does(HAPPY) == "nothing"
    assert Room(Shown("stop", THEIRS, 1)).does(HAPPY) == "nothing"


def test_where_the_owner_asks_for_it_a_list_starts_in_a_silent_room_once() -> None:
    room = ours(replace(RULES, start_silent=True))
    assert room.does(HAPPY) == "nothing"


def test_before_anything_was_seen_nothing_is_done() -> None:
    assert Player().decide(HAPPY, RULES, 0.0) == "nothing"


def test_our_list_gives_way_at_the_end_of_the_song_or_is_faded_over() -> None:
    assert ours().does(HAPPY) == "nothing"
    assert ours().does(SAD) == "queue"
    assert ours(replace(RULES, fade=True)).does(SAD) == "fade"


def test_a_song_that_is_nearly_over_is_not_faded_over() -> None:
    room = ours(replace(RULES, fade=True))
    room.sees(playing(OURS, left=FADE_SECONDS + FADE_LEAD_SECONDS))
    assert room.does(SAD) == "queue"


def test_nor_is_one_after_which_the_player_stops() -> None:
    room = ours(replace(RULES, fade=True))
    room.sees(replace(playing(OURS), single=True))
    assert room.does(SAD) == "queue"


def test_a_station_has_no_end_to_wait_for() -> None:
    room = ours()
    room.sees(playing(OURS, left=None))
    assert room.does(SAD) == "play"


def test_what_plays_when_it_is_first_seen_is_left_alone_for_a_while() -> None:
    room = Room(playing(THEIRS))
    assert room.does(HAPPY) == "nothing"
    room.sees(playing(THEIRS), after=599)
    assert room.does(HAPPY) == "nothing"
    room.sees(playing(THEIRS), after=2)
    assert room.does(HAPPY) == "queue"


def test_what_somebody_adds_to_the_queue_makes_it_theirs() -> None:
    room = ours()
    room.sees(playing((*OURS, Song(14, "d"))))
    assert room.does(SAD) == "nothing"
    room.sees(playing((*OURS, Song(14, "d"))), after=600)
    assert room.does(SAD) == "queue"
    assert room.does(HAPPY) == "queue"  # what is theirs by then is not what we queued


def test_the_same_songs_queued_by_somebody_are_theirs() -> None:
    room = ours()
    room.sees(playing(tuple(Song(song.id + 10, song.file) for song in OURS)))
    assert room.does(SAD) == "nothing"


def test_every_choice_begins_the_while_anew_and_a_song_that_is_over_does_not() -> None:
    room = Room(playing(THEIRS))
    room.sees(playing((*THEIRS, Song(3, "z"))), after=500)
    room.sees(playing((*THEIRS, Song(3, "z"))), after=500)
    assert room.does(HAPPY) == "nothing"
    room.sees(playing((Song(2, "y"), Song(3, "z"))), after=101)  # consumed
    assert room.does(HAPPY) == "queue"


def test_somebody_who_lets_their_own_queue_play_has_chosen_it() -> None:
    room = Room(Shown("stop", THEIRS, 1))
    room.sees(playing(THEIRS), after=5000)
    assert room.does(HAPPY) == "nothing"


def test_who_takes_songs_out_of_our_list_or_moves_them_does_not_make_it_theirs() -> None:
    room = ours()
    room.sees(playing((OURS[2], OURS[0])))
    assert room.does(SAD) == "queue"


def test_a_song_that_came_in_while_the_list_was_brought_makes_the_queue_theirs() -> None:
    room = ours()
    assert room.does(SAD) == "queue"
    room.brings(SAD, last=11)
    room.sees(playing((*OURS, Song(77, "theirs"))))
    assert room.does(HAPPY) == "nothing"


def test_a_paused_player_is_left_as_it_is() -> None:
    room = ours(replace(RULES, start_silent=True))
    room.sees(Shown("pause", OURS, 11, 100.0), after=5000)
    assert room.does(SAD) == "nothing"
    room.sees(playing(OURS))
    assert room.does(SAD) == "queue"


def test_who_stops_it_has_silence_for_a_while() -> None:
    room = ours(replace(RULES, start_silent=True))
    room.sees(Shown("stop", OURS, 11))
    assert room.does(SAD) == "nothing"
    room.sees(Shown("stop", OURS, 11), after=600)
    assert room.does(HAPPY) == "nothing"  # the list that was stopped
    assert room.does(SAD) == "play"


def test_a_list_that_ended_by_itself_was_stopped_by_nobody() -> None:
    room = ours(replace(RULES, start_silent=True))
    room.sees(Shown("stop", OURS))
    assert room.does(SAD) == "play"


def test_who_comes_into_the_silent_room_again_is_greeted_with_the_same_list() -> None:
    room = ours(replace(RULES, start_silent=True))
    room.sees(Shown("stop", OURS))
    assert room.does(HAPPY) == "nothing"
    assert room.does(NOBODY) == "nothing"
    assert room.does(HAPPY) == "play"


def test_an_empty_room_stops_nothing() -> None:
    assert ours().does(NOBODY) == "nothing"


def test_quiet_hours_change_nothing() -> None:
    assert ours(replace(RULES, quiet=True)).does(SAD) == "nothing"
    room = Room(SILENT, rules=replace(RULES, quiet=True, start_silent=True))
    assert room.does(HAPPY) == "nothing"


def test_not_now_stops_our_list_once() -> None:
    room = ours()
    hush = Wanted(hush=True)
    assert room.does(hush) == "stop"
    room.sees(Shown("stop", OURS, 11))
    assert room.does(hush) == "nothing"
    room.sees(playing(OURS))  # somebody wants it after all
    assert room.does(hush) == "nothing"


@pytest.mark.parametrize(("start_silent", "action"), [(True, "play"), (False, "nothing")])
def test_after_not_now_the_list_comes_back_where_lists_start_in_silence(start_silent: bool, action: Action) -> None:
    room = ours(replace(RULES, start_silent=start_silent))
    assert room.does(Wanted(hush=True)) == "stop"
    room.sees(Shown("stop", OURS, 11))
    assert room.does(Wanted(hush=True)) == "nothing"
    assert room.does(HAPPY) == action


def test_not_now_does_not_stop_what_somebody_has_chosen() -> None:
    assert Room(playing(THEIRS)).does(Wanted(hush=True)) == "nothing"


def test_the_song_that_played_is_taken_away_once_it_is_over() -> None:
    room = ours()
    room.brings(SAD, last=11)
    room.sees(playing(OURS, song=11))
    assert room.does(SAD) == "nothing"
    room.sees(playing(OURS, song=12))
    assert room.does(SAD) == "tidy"
    assert room.player.last == 11
    room.player.last = None
    assert room.does(SAD) == "nothing"


@pytest.mark.parametrize(
    "shown",
    [playing(OURS, song=12), Shown("pause", OURS, 11), Shown("stop"), playing(THEIRS)],
    ids=["over", "paused", "stopped", "theirs"],
)
def test_the_players_own_crossfade_is_put_back_after_a_fade(shown: Shown) -> None:
    room = ours()
    room.brings(SAD, crossfade=2, last=11)
    room.sees(playing(OURS, song=11))
    assert room.does(SAD) == "nothing"
    room.sees(shown)
    room.rules = replace(RULES, quiet=True)
    assert room.does(SAD) == "unfade"
    assert room.player.crossfade == 2
    room.player.crossfade = None
    assert room.does(SAD) != "unfade"


def test_so_it_is_after_one_that_never_ends() -> None:
    room = ours()
    room.brings(SAD, crossfade=0, last=11)
    room.sees(playing(OURS, song=11), after=FADE_SECONDS + FADE_LEAD_SECONDS + FADE_LATE_SECONDS)
    assert room.does(SAD) == "unfade"


def test_what_the_player_lacks_is_tried_again_after_a_while_and_another_list_at_once() -> None:
    room = ours()
    room.player.note_missing(SAD.names, room.now)
    assert room.does(SAD) == "nothing"
    assert room.does(Wanted(("a://3", "angry"))) == "queue"
    room.sees(playing(OURS), after=AGAIN_SECONDS)
    assert room.does(SAD) == "queue"


def test_over_another_connection_files_tell_whose_the_queue_is() -> None:
    """A player that was started anew gives its songs other ids."""
    room = ours()
    room.sees(playing(tuple(Song(n, song.file) for n, song in enumerate(OURS))), anew=True)
    assert room.does(SAD) == "queue"
    room = ours()
    room.sees(playing(tuple(Song(song.id, f"other {song.file}") for song in OURS)), anew=True)
    assert room.does(SAD) == "nothing"


def test_a_player_that_was_started_anew_was_stopped_by_nobody() -> None:
    room = ours(replace(RULES, start_silent=True))
    room.sees(SILENT, anew=True)
    assert room.does(SAD) == "play"


def test_what_somebody_chose_is_not_chosen_anew_by_another_connection() -> None:
    room = Room(playing(THEIRS))
    room.sees(playing(tuple(Song(song.id + 50, song.file) for song in THEIRS)), after=600, anew=True)
    assert room.does(HAPPY) == "queue"


SLOW = Playlist("Slow", "slow")


def test_the_playlist_of_the_moment_is_wanted_by_its_address_or_by_the_mood_whose_list_it_is() -> None:
    status = replace(a_status("sad", playlist=SLOW), music=Music("happy", cheering=True))
    assert wanted(status) == Wanted(("slow", "happy"))
    assert wanted(a_status(PAUSED, playlist=SLOW)) == Wanted(("slow", PAUSED))


def test_nothing_is_wanted_before_the_first_status_without_a_picture_and_where_there_is_no_playlist() -> None:
    assert wanted(None) == Wanted()
    assert wanted(a_status(UNKNOWN)) == Wanted()
    assert wanted(a_status("sad", playlist=None)) == Wanted()
    assert wanted(a_status(ABSENT, playlist=None)) == Wanted(nobody=True)


def test_not_now_is_seen() -> None:
    status = replace(a_status("sad", playlist=None), music=Music("sad", quiet_until=2000.0))
    assert wanted(status) == Wanted(hush=True)
