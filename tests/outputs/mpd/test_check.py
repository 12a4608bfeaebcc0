"""What `check` says of the player and its MPD."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from edge.cli.checks import check
from edge.config import CameraConfig, Config, MqttConfig, PlayerConfig, PlaylistsConfig, WebConfig
from edge.records import Playlist
from tests.outputs.mpd.process import MpdProcess


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[MpdProcess]:
    more = ('password "open sesame@read,add,control,player"', 'default_permissions "read"')
    with MpdProcess(tmp_path / "guarded", *more) as process:
        yield process


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("open sesame", "has a folder for happy, sad"),
        ("wrong", "refuses the password; check player.password_file"),
        (None, "does not let us addid, crossfade, delete, playid, seekcur, stop without a password; check player.pass"),
    ],
)
def test_check_says_whether_the_password_is_right_and_which_lists_are_there(
    guarded: MpdProcess, password: str | None, said: str
) -> None:
    player = PlayerConfig(enabled=True, by="folder", host="127.0.0.1", port=guarded.port, password=password)
    assert said in checked(player)


def test_check_says_what_is_missing(server: MpdProcess) -> None:
    player = PlayerConfig(enabled=True, by="folder", host="127.0.0.1", port=server.port)
    assert "nothing will be queued for angry, disgust, fear, neutral, surprise: MPD has no folder" in checked(player)
    lists = PlaylistsConfig(angry=(Playlist("A", "nowhere"),), happy=(), sad=())
    assert "has no folder 'nowhere' and no folder 'angry'" in checked(player, lists)
    assert "no MPD at 127.0.0.1:1: Connection refused" in checked(replace(player, port=1))


def checked(player: PlayerConfig, playlists: PlaylistsConfig | None = None) -> str:
    """What `check` says of the player; the last word is whether all is well."""
    config = Config(
        camera=CameraConfig(source="demo"),
        mqtt=MqttConfig(enabled=False),
        web=WebConfig(enabled=False),
        playlists=playlists or PlaylistsConfig(),
        player=player,
    )
    found = [finding for finding in check(config, None, {}) if finding.subject == "player"]
    assert all(finding.ok for finding in found) == (" has a " in found[0].text)
    return "; ".join(finding.text for finding in found)
