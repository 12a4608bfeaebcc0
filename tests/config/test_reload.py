"""A configuration that is read again: what can be applied at once, and what needs a restart."""

from dataclasses import replace
from pathlib import Path

import pytest

from edge.config import Config, PlaylistsConfig
from edge.config.overlay import compare
from edge.records import Playlist
from tests.config.loading import load


@pytest.mark.parametrize(
    ("text", "applied", "restart"),
    [
        ("mood: {dwell_seconds: 3, lead: 0.2}", ("mood.lead", "mood.dwell_seconds"), ()),
        ("pace: {max_fps: 5}\nlog_level: debug", ("pace.max_fps", "log_level"), ()),
        ("pace: {threads: 2, cpu_percent: 50}", ("pace.cpu_percent",), ("pace.threads",)),
        ("playlists: {sad: null}", ("playlists.sad",), ()),
        ("mqtt: {port: 8883, tls: {enabled: true}}", (), ("mqtt.port", "mqtt.tls.enabled")),
        ("device: {id: hall}\nweb: {photo: false}\nhistory: {days: 3}", (), ("device.id", "web.photo", "history.days")),
        ("", (), ()),
    ],
)
def test_thresholds_pace_and_playlists_are_applied_and_the_rest_is_named(
    file: Path, text: str, applied: tuple[str, ...], restart: tuple[str, ...]
) -> None:
    read = load(file, f"# a comment\n{text}\n")
    found = compare(Config(), read)
    assert (found.applied, found.restart) == (applied, restart)
    # Of what needs a restart nothing has changed for whoever looks.
    assert found.config == replace(
        Config(), mood=read.mood, playlists=read.playlists, log_level=read.log_level, pace=replace(read.pace, threads=1)
    )


def test_a_password_is_named_and_not_shown() -> None:
    changed = replace(Config(), mqtt=replace(Config().mqtt, username="me", password="hunter2"))
    assert compare(Config(), changed).restart == ("mqtt.username", "mqtt.password")


def test_what_is_not_applied_is_named_again_the_next_time() -> None:
    changed = replace(Config(), log_level="debug", device=replace(Config().device, id="hall"))
    first = compare(Config(), changed)
    assert compare(first.config, changed).restart == ("device.id",)
    assert compare(first.config, changed).applied == ()


def test_another_playlist_is_a_change(file: Path) -> None:
    one = replace(Config(), playlists=PlaylistsConfig(angry=(Playlist("A", "spotify:a"),)))
    assert compare(Config(), one).applied == ("playlists.angry",)
    assert compare(one, one).applied == compare(one, one).restart == ()
