"""What is changed while the daemon runs: checked as the file is, and laid over it."""

from typing import Any

import pytest

from edge.config import CameraConfig, Config, MoodConfig, WebConfig
from edge.config.options import walk
from edge.config.overlay import CHANGEABLE, admit, lay_over, merge, plain
from edge.errors import ConfigError
from edge.records import Playlist

RAIN = {"name": "Rain", "url": "library://playlist/12"}


def refused(values: dict[str, Any], config: Config | None = None) -> list[str]:
    with pytest.raises(ConfigError) as raised:
        lay_over(config or Config(), values)
    return raised.value.problems


def test_a_value_wins_over_the_file_s_and_the_rest_stays() -> None:
    owners = Config(mood=MoodConfig(lead=0.2))
    changed = lay_over(
        owners,
        {"playlists.hold_minutes": 30, "camera.quiet_hours": ["22:30-06:00"], "playlists.sad": [RAIN]},
    )
    assert changed.playlists.hold_minutes == 30.0 and changed.camera.quiet_hours == ((1350, 360),)
    assert changed.playlists.sad == (Playlist(**RAIN),) and changed.playlists.happy == owners.playlists.happy
    assert changed.mood == owners.mood


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("playlists.hold_minutes", 3000, "found 3000, must be a number of minutes from 0 to 1440"),
        ("playlists.hold_minutes", True, "found true, must be a number"),
        ("playlists.hold_minutes", float("nan"), "found NaN, must be a number"),
        ("mood.lead", "much", 'found "much", must be a number from 0 to 1'),
        ("camera.quiet_hours", ["22:30"], "must be a time of day and another"),
        ("mood.enter_share", 0.03, "must not be above mood.enter_share, which is 0.03"),
        ("web.port", 80, "cannot be changed here; these can: camera.quiet_hours"),
        ("web.password", "x", "cannot be changed here"),
        ("nonsense", 1, "cannot be changed here"),
        ("a\nb", 1, "cannot be changed here"),
    ],
)
def test_what_the_file_may_not_say_is_refused_in_a_line(key: str, value: Any, said: str) -> None:
    (line,) = refused({key: value})
    assert said in line and "\n" not in line


@pytest.mark.parametrize("url", ["javascript:alert(1)", "https://me:secret@a.b/", "", "\ud800", "a\u202eb"])
def test_an_address_that_a_browser_would_run_or_that_cannot_be_sent_is_no_playlist(url: str) -> None:
    (line,) = refused({"playlists.happy": [{"name": "x", "url": url}]})
    assert line.startswith("playlists.happy[0].url: ") and "secret" not in line


def test_two_that_go_together_are_taken_together() -> None:
    both = {"mood.leave_share": 0.25, "mood.enter_share": 0.3}
    assert lay_over(Config(), both).mood.leave_share == 0.25
    assert refused({"mood.leave_share": 0.25}) == ["mood.leave_share: must not be above mood.enter_share, which is 0.2"]


def test_none_goes_back_to_the_file_and_an_unknown_key_is_named() -> None:
    assert merge({"mood.lead": 0.2, "mood.dwell_seconds": 2}, {"mood.lead": None}) == {"mood.dwell_seconds": 2}
    with pytest.raises(ConfigError, match=r"web\.port"):
        merge({}, {"web.port": None})


def test_what_a_later_file_does_not_admit_is_told_apart_whatever_its_order() -> None:
    kept, lines = admit(Config(), {"mood.leave_share": 0.25, "mood.enter_share": 0.3, "mood.lead": 7, "x.y": 1})
    assert kept == {"mood.enter_share": 0.3, "mood.leave_share": 0.25}
    assert list(lines) == ["mood.lead", "x.y"] and lines["mood.lead"].startswith("mood.lead: found 7")
    kept, lines = admit(Config(mood=MoodConfig(leave_share=0.15)), {"mood.enter_share": 0.1})
    assert not kept
    assert lines == {"mood.enter_share": "mood.leave_share: must not be above mood.enter_share, which is 0.1"}


def test_a_value_is_told_as_the_file_has_it() -> None:
    for key, option, value in walk(Config(camera=CameraConfig(quiet_hours=((1350, 360),)))):
        if key in CHANGEABLE:
            again = {name: each for name, _, each in walk(lay_over(Config(), {key: plain(option, value)}))}
            assert again[key] == value, key


def test_of_a_password_only_that_it_is_set_is_told() -> None:
    told = {key: plain(option, value) for key, option, value in walk(Config(web=WebConfig(password="hunter2")))}
    assert (told["web.password"], told["mqtt.password"]) == ("set", None)


def test_nothing_can_be_changed_here_that_waits_for_a_restart() -> None:
    live = {key for key, option, _ in walk(Config()) if option.live}
    assert set(CHANGEABLE) < live and "playlists.hold_minutes" in CHANGEABLE and "log_level" not in CHANGEABLE
