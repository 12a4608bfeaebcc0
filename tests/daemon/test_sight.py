"""What may still be claimed while no new frame comes."""

from edge.daemon.loop import MOOD_SECONDS, PRESENCE_SECONDS, Sight


def test_after_two_seconds_presence_is_not_known_and_after_five_nothing_is_claimed() -> None:
    sight = Sight(100.0)
    sight.record_look(110.0)
    claims = [sight.claim(110.0 + seconds) for seconds in (0.0, 1.9, 2.0, 4.9, 5.0, 3600.0)]
    assert claims == ["all", "all", "mood", "mood", "nothing", "nothing"]
    assert (PRESENCE_SECONDS, MOOD_SECONDS) == (2.0, 5.0)
    sight.record_look(3710.0)
    assert sight.claim(3711.0) == "all"


def test_before_the_first_frame_it_is_the_same() -> None:
    assert [Sight(100.0).claim(100.0 + seconds) for seconds in (1.0, 3.0, 6.0)] == ["all", "mood", "nothing"]


def test_who_wants_a_frame_seldom_misses_none_before_it_is_due() -> None:
    sight = Sight(100.0)
    sight.record_look(100.0, next_in=4.0)
    assert [sight.claim(100.0 + seconds) for seconds in (4.0, 6.5, 9.5)] == ["all", "mood", "nothing"]
