"""Several rooms as one home."""

from edge.mood.home import HOLD_SECONDS, HomeMood
from edge.mood.room import NO_SHARES
from edge.records import LABELS
from edge.status import HomeNow, RoomNow


def room(mood: str, strength: float = 0.8, faces: int = 1, presence: bool | None = True) -> RoomNow:
    if mood == "absent":
        return RoomNow("absent", 0.0, NO_SHARES, False, 0)
    return RoomNow(mood, strength, tuple(strength / 2 if label == mood else 0.0 for label in LABELS), presence, faces)


def step(home: HomeMood, now: float = 0.0, left: tuple[str, ...] = (), **rooms: RoomNow) -> HomeNow:
    return home.step(rooms, frozenset(left), now)


def mood_of(**rooms: str) -> str:
    """Of a home that has known these rooms for a while."""
    home, known = HomeMood(), {name: room(mood) for name, mood in rooms.items()}
    home.step(known, frozenset(), 0.0)
    return home.step(known, frozenset(), HOLD_SECONDS).mood


def test_a_home_of_which_no_room_is_known_is_unknown_and_claims_nothing() -> None:
    assert step(HomeMood()) == HomeNow("unknown", 0.0, NO_SHARES, None, None, ())


def test_it_is_absent_only_where_every_known_room_is() -> None:
    assert mood_of(kitchen="absent", hall="absent") == "absent"
    assert mood_of(kitchen="absent", hall="neutral") == "neutral"


def test_one_cheerful_room_beside_calm_and_empty_ones_makes_a_cheerful_home() -> None:
    assert mood_of(kitchen="neutral", hall="happy", attic="absent") == "happy"


def test_what_more_rooms_have_and_more_clearly_weighs_more() -> None:
    assert mood_of(kitchen="sad", hall="happy", attic="happy") == "happy"
    assert step(HomeMood(), kitchen=room("sad", 0.9), hall=room("happy", 0.3), attic=room("happy", 0.3)).mood == "sad"


def test_two_moods_that_weigh_about_as_much_leave_the_one_that_is() -> None:
    for first, second in (("happy", "sad"), ("sad", "happy")):
        home = HomeMood()
        assert step(home, 0, kitchen=room(first, 0.5), hall=room("neutral")).mood == first
        assert step(home, 1, kitchen=room(first, 0.5), hall=room(second, 0.6)).mood == first
        assert step(home, 2, kitchen=room(first, 0.5), hall=room(second, 0.9)).mood == second
        assert step(home, 3, kitchen=room(first, 0.5), hall=room(second, 0.4)).mood == second


def test_its_mood_ends_when_no_room_has_it_any_more() -> None:
    home = HomeMood()
    assert step(home, 0, kitchen=room("happy")).mood == "happy"
    assert step(home, 1, kitchen=room("neutral")).mood == "neutral"


def test_a_room_that_starts_again_does_not_empty_the_home() -> None:
    home = HomeMood()
    assert step(home, 0, kitchen=room("happy"), hall=room("absent")).mood == "happy"
    for now in (1, HOLD_SECONDS):
        held = step(home, now, hall=room("absent"))
        assert (held.mood, held.counted, held.presence, held.strength) == ("happy", ("hall",), False, 0.0)
    assert step(home, 1 + HOLD_SECONDS, hall=room("absent")).mood == "absent"


def test_for_a_room_whose_camera_was_switched_off_nothing_is_held() -> None:
    home = HomeMood()
    step(home, 0, kitchen=room("happy"), hall=room("absent"))
    assert step(home, 1, left=("kitchen",), hall=room("absent")).mood == "absent"


def test_where_all_start_again_an_empty_room_that_comes_first_is_no_empty_home() -> None:
    home = HomeMood()
    step(home, 0, kitchen=room("happy"), hall=room("absent"))
    assert step(home, 1).mood == "unknown"
    assert step(home, 2, hall=room("absent")).mood == "unknown"
    assert step(home, 5, kitchen=room("happy"), hall=room("absent")).mood == "happy"
    assert step(home, 6).mood == "unknown"
    assert step(home, 7, hall=room("absent")).mood == "unknown"
    assert step(home, 7 + HOLD_SECONDS, hall=room("absent")).mood == "absent"


def test_presence_and_faces_are_those_of_all_known_rooms() -> None:
    both = step(HomeMood(), kitchen=room("happy", faces=2), hall=room("neutral"), attic=room("absent"))
    assert (both.presence, both.face_count, both.counted) == (True, 3, ("attic", "hall", "kitchen"))
    assert step(HomeMood(), attic=room("absent")).presence is False
    assert step(HomeMood(), hall=room("neutral", presence=None)).presence is None


def test_shares_are_the_mean_of_the_rooms_in_which_somebody_is() -> None:
    now = step(HomeMood(), kitchen=room("happy", 0.8), hall=room("sad", 0.4), attic=room("absent"))
    assert now.shares == tuple({"happy": 0.2, "sad": 0.1}.get(label, 0.0) for label in LABELS)
    assert now.strength == 0.8
