"""What the page says in words."""

from dataclasses import replace

import pytest

from edge.records import MOODS, UNKNOWN
from edge.web.words import TITLES, headline, sure_percent, sureness, trouble
from tests.web.room import HEALTH


@pytest.mark.parametrize(
    ("confidence", "word", "percent"),
    [(1.0, "clearly", 99), (0.8, "clearly", 80), (0.7, "probably", 70), (0.54, "perhaps", 54), (0.15, "perhaps", 15)],
)
def test_how_sure_is_said_in_a_word_and_never_as_a_hundred_per_cent(confidence: float, word: str, percent: int) -> None:
    assert (sureness(confidence), sure_percent(confidence)) == (word, percent)


@pytest.mark.parametrize(
    ("camera", "said"),
    [("failed", "No camera"), ("recovering", "Camera lost"), ("dark", "Too dark"), ("frozen", "Picture stuck")],
)
def test_without_a_picture_the_headline_says_how_the_camera_is(camera: str, said: str) -> None:
    assert headline(UNKNOWN, camera) == said


def test_with_a_picture_the_headline_is_the_mood_whatever_the_camera_says() -> None:
    for mood in set(MOODS) - {UNKNOWN}:
        assert headline(mood, "recovering") == TITLES[mood]


def test_what_is_wrong_beside_the_camera_is_told_with_what_it_means() -> None:
    assert trouble(HEALTH) == ""
    assert trouble(None) == ""
    assert "Home Assistant and others hear nothing" in trouble(replace(HEALTH, mqtt="unreachable"))
    both = trouble(replace(HEALTH, mqtt="tls", history="waiting"))
    assert "mqtt.tls" in both
    assert "room on the disk" in both
