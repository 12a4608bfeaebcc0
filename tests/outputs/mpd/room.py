"""A room with music: a daemon's player at a real MPD, and somebody else who uses the MPD too."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from edge.config import PlayerConfig
from edge.records import ABSENT
from edge.status import Status
from tests.broker.samples import a_status
from tests.outputs.mpd.process import MpdProcess

HAPPY, SAD = a_status("happy"), a_status("sad")  # of a Spotify list: MPD is asked for the mood's word
NOBODY = a_status(ABSENT, playlist=None)
FOLDER = PlayerConfig(enabled=True, by="folder")


@dataclass
class Room:
    """A daemon's player at this MPD, the `status` it is told, and somebody else's client."""

    server: MpdProcess
    settings: PlayerConfig
    status: Status | None = HAPPY
    quiet: bool = False
    _player: Any = field(init=False)

    def __post_init__(self) -> None:
        from edge.outputs.mpd import Mpd

        self.person = self.server.client()
        self._player = Mpd(
            lambda: self.settings,
            lambda: self.status,
            lambda: self.quiet,
            look_seconds=0.02,
            retry_seconds=(0.05, 0.1, 0.1),
            rng=Random(0),
        )
        self._player.start()
        eventually(lambda: self._player.state == "connected")

    def leave(self) -> None:
        """The daemon ends."""
        self._player.close(5)

    def close(self) -> None:
        self.leave()
        self.person.disconnect()

    @property
    def state(self) -> str:
        state: str = self._player.state
        return state

    def files(self) -> list[str]:
        return [song["file"] for song in self.person.playlistinfo()]

    def shows(self, **expected: str) -> bool:
        status = self.person.status()
        return all(status.get(key, "") == value for key, value in expected.items())

    def starts(self, *files: str) -> None:
        """Somebody queues these, and lets them play."""
        self.person.clear()
        for file in files:
            self.person.add(file)
        self.person.play(0)
        eventually(lambda: self.shows(state="play"))

    def looks(self) -> None:
        """Long enough for the player to have looked several times: what it has not done by then it does not do."""
        time.sleep(0.4)

    @property
    def folders(self) -> set[str]:
        return {file.rpartition("/")[0] for file in self.files()}


Enter = Callable[..., Room]


def eventually(true: Callable[[], object], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.02)


def our_list_plays(enter: Enter, **settings: Any) -> Room:
    """Our happy list plays."""
    room = enter(replace(FOLDER, start_silent=True, **settings))
    eventually(lambda: room.shows(state="play", playlistlength="3"))
    assert room.folders == {"happy"}
    room.settings = replace(room.settings, start_silent=False)
    return room
