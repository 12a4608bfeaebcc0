"""The mood of the room: what the last minutes were like, from the expressions told."""

from collections.abc import Iterator

import pytest

from edge.config import MoodConfig
from edge.mood.room import RoomMood
from edge.records import ABSENT, NONE, MoodChange, RoomExpression

ZEROS = (0.0,) * 7
Part = tuple[float, str]


def shown(label: str, seconds: float) -> Part:
    return seconds, label


def bouts(label: str, share: float, seconds: float, cycle: float = 10.0) -> Iterator[Part]:
    """`label` for `share` of the time, neutral between."""
    for _ in range(round(seconds / cycle)):
        yield cycle * share, label
        yield cycle * (1.0 - share), "neutral"


def changes(*parts: Part, looks_per_second: float = 4.0, config: MoodConfig | None = None) -> list[MoodChange]:
    """Every change of mood while these expressions are told, one after the other."""
    room, found, begins, number = RoomMood(config or MoodConfig()), [], 0.0, 0
    for seconds, label in parts:
        begins += seconds
        while number / looks_per_second < begins:
            now = number / looks_per_second
            change = room.update(RoomExpression(label, 1.0, ZEROS, now), int(label != NONE), now)[1]
            number += 1
            if change is not None:
                found.append(change)
    return found


def told(found: list[MoodChange]) -> list[str]:
    return [change.mood for change in found]


def delay(found: list[MoodChange], mood: str, since: float) -> float:
    """Seconds from `since` until `mood` was told."""
    return next(change.at for change in found if change.mood == mood and change.at >= since) - since


CALM = shown("neutral", 600)

# From now on.


@pytest.mark.parametrize("share", [0.6, 0.8, 1.0])
@pytest.mark.parametrize("mood", ["happy", "sad", "angry"])
def test_what_is_shown_most_of_the_time_is_told_within_45_seconds(mood: str, share: float) -> None:
    assert delay(changes(CALM, *bouts(mood, share, 200)), mood, 600) <= 45


@pytest.mark.parametrize("share", [0.7, 1.0])
def test_so_is_it_after_another_mood_that_lasted_for_long(share: float) -> None:
    found = changes(shown("sad", 3600), *bouts("happy", share, 200))
    assert delay(found, "happy", 3600) <= 45
    assert told(found) == ["neutral", "sad", "happy"]


@pytest.mark.parametrize("minutes", [1, 10, 120])
def test_that_it_is_over_is_told_within_three_minutes(minutes: float) -> None:
    seconds = minutes * 60.0
    assert 30 <= delay(changes(shown("happy", seconds), shown("neutral", 300)), "neutral", seconds) <= 180


def test_a_room_that_laughs_a_fifth_of_the_time_is_happy() -> None:
    found = changes(CALM, *bouts("happy", 0.22, 3600, cycle=20))
    assert told(found) == ["neutral", "happy"]


# What is no mood.


@pytest.mark.parametrize("wrong", ["surprise", "sad", "happy", "fear"])
@pytest.mark.parametrize("before", ["neutral", "happy"])
def test_one_wrong_expression_for_ten_seconds_changes_nothing(before: str, wrong: str) -> None:
    found = changes(shown(before, 600), shown(wrong, 10), shown(before, 600))
    assert wrong == before or wrong not in told(found)
    assert len(told(found)) == (1 if before == "neutral" else 2)


def test_a_man_who_smiles_as_he_talks_changes_the_mood_at_most_twice_after_the_first() -> None:
    """Bouts as long as those of a recording of natural talk: 1.4 to 36 s, for 200 s."""
    talk = [
        (1.4, "neutral"),
        (5, "happy"),
        (12, "neutral"),
        (1.4, "happy"),
        (20, "neutral"),
        (8, "happy"),
        (9, "neutral"),
    ]
    talk += [
        (36, "happy"),
        (25, "neutral"),
        (3, "happy"),
        (14, "neutral"),
        (6, "happy"),
        (30, "neutral"),
        (30, "neutral"),
    ]
    assert len(changes(*talk)) - 1 <= 2


def test_it_follows_the_time_and_not_the_number_of_looks() -> None:
    at = [delay(changes(CALM, shown("sad", 100), looks_per_second=rate), "sad", 600) for rate in (2.0, 4.0, 10.0, 30.0)]
    assert max(at) - min(at) <= 0.6


def test_between_two_looks_far_apart_nothing_is_claimed() -> None:
    room = RoomMood(MoodConfig())
    for now in (0.0, 20.0, 40.0):
        mood, _ = room.update(RoomExpression("happy", 1.0, ZEROS, now), 1, now)
    assert mood.label == "neutral"


# Coming and going.


def test_somebody_who_comes_is_neutral_until_a_first_mood_after_about_ten_seconds() -> None:
    found = changes(shown(NONE, 60), shown("happy", 60))
    assert told(found) == ["neutral", "happy"]
    assert found[0].at == 60.0
    assert 9.0 <= found[1].at - 60 <= 12.0


def test_nobody_for_half_a_minute_leaves_the_mood_as_it_is() -> None:
    found = changes(shown("happy", 100), shown(NONE, 30), shown("happy", 60))
    assert told(found) == ["neutral", "happy"]


def test_nothing_is_forgotten_while_nobody_is_in_view() -> None:
    away = delay(changes(shown("happy", 300), shown(NONE, 50), shown("neutral", 300)), "neutral", 300)
    here = delay(changes(shown("happy", 300), shown("neutral", 300)), "neutral", 300)
    assert away - 50 == pytest.approx(here, abs=2)


def test_an_empty_room_is_absent_after_a_minute_and_remembers_nothing() -> None:
    found = changes(shown("happy", 300), shown(NONE, 120), shown("neutral", 60))
    assert told(found) == ["neutral", "happy", ABSENT, "neutral"]
    assert found[2].at - 300 == pytest.approx(MoodConfig().absent_seconds, abs=0.5)
    assert (found[2].face_count, found[2].strength) == (0, 0.0)


def test_a_picture_leaves_nothing_behind() -> None:
    room = RoomMood(MoodConfig())
    for number in range(200):
        room.update(RoomExpression("sad", 1.0, ZEROS, 0.0), 1, number / 4, alive=False)
    room.discard_doubtful()
    mood, change = room.update(RoomExpression(NONE, 0.0, ZEROS, 50.0), 0, 50.0)
    assert mood.label == ABSENT
    assert change is not None


def test_what_a_picture_showed_is_taken_back_and_what_somebody_beside_it_showed_is_not() -> None:
    room = RoomMood(MoodConfig())
    for number in range(400):
        sad_picture = number < 200
        shown = RoomExpression("sad" if sad_picture else "happy", 1.0, ZEROS, 0.0)
        before, _ = room.update(shown, 1, number / 4, alive=not sad_picture)
    room.discard_doubtful()
    mood, _ = room.update(RoomExpression("happy", 1.0, ZEROS, 100.0), 1, 100.0)
    assert before.shares[5] > 0.2
    assert (mood.label, mood.shares[5]) == ("happy", 0.0)


def test_no_seen_time_at_all_is_no_number_that_is_none() -> None:
    room = RoomMood(MoodConfig(first_seconds=0.0))
    first, _ = room.update(RoomExpression("sad", 1.0, ZEROS, 0.0), 1, 0.0, alive=False)
    for number in range(1, 200):
        room.update(RoomExpression("sad", 1.0, ZEROS, 0.0), 1, number / 4, alive=False)
    room.discard_doubtful()
    taken_back, _ = room.update(RoomExpression("neutral", 1.0, ZEROS, 50.0), 1, 49.75)
    for mood in (first, taken_back):
        assert (mood.label, mood.strength) == ("neutral", 1.0)
        assert all(0.0 <= share <= 1.0 for share in mood.shares)


# What is said of it.


def test_the_shares_are_those_of_the_seen_time_and_the_strength_is_the_moods_own() -> None:
    room = RoomMood(MoodConfig())
    for number in range(4 * 600):
        label = "happy" if number % 40 < 16 else "neutral"
        mood, _ = room.update(RoomExpression(label, 1.0, ZEROS, 0.0), 1, number / 4)
    assert mood.label == "happy"
    assert sum(mood.shares) == pytest.approx(1.0)
    assert mood.shares[3] == pytest.approx(0.4, abs=0.05)
    assert mood.strength == pytest.approx(1.0, abs=0.1)


def test_where_the_moods_stand_says_who_leads_and_what_it_lacks() -> None:
    room = RoomMood(MoodConfig())
    for number in range(4 * 600):
        room.update(RoomExpression("sad" if number % 40 < 4 else "neutral", 1.0, ZEROS, 0.0), 1, number / 4)
    standing = room.standing()
    assert standing.leader == "sad"
    assert 0.0 < standing.evidence < standing.needed == MoodConfig().enter_share
    assert standing.held == 0.0


def test_changes_are_counted_for_an_hour() -> None:
    room = RoomMood(MoodConfig())
    room.update(RoomExpression("happy", 1.0, ZEROS, 0.0), 1, 0.0)
    assert room.changes_per_hour(1.0) == 1
    assert room.changes_per_hour(3601.0) == 0


def test_after_the_camera_was_switched_it_starts_from_absent() -> None:
    room = RoomMood(MoodConfig())
    for number in range(400):
        room.update(RoomExpression("happy", 1.0, ZEROS, 0.0), 1, number / 4)
    room.forget()
    mood, change = room.update(RoomExpression(NONE, 0.0, ZEROS, 500.0), 0, 500.0)
    assert (mood.label, change) == (ABSENT, None)
