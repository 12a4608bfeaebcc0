"""A real MPD, and a daemon's player at it."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from edge.config import PlayerConfig
from edge.status import Status
from tests.outputs.mpd.process import MpdProcess
from tests.outputs.mpd.room import FOLDER, HAPPY, Enter, Room


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MpdProcess]:
    with MpdProcess(tmp_path_factory.mktemp("mpd")) as process:
        process.playlist("Cheer", "happy/2.flac", "gone.flac", "happy/0.flac")
        yield process


@pytest.fixture
def server(shared: MpdProcess) -> MpdProcess:
    """It is silent, its queue is empty, and its options are MPD's."""
    client = shared.client()
    client.stop()
    client.clear()
    for option in (client.consume, client.random, client.repeat, client.single, client.crossfade):
        option(0)
    client.disconnect()
    return shared


@pytest.fixture
def enter(server: MpdProcess) -> Iterator[Enter]:
    entered: list[Room] = []

    def enter(settings: PlayerConfig = FOLDER, status: Status | None = HAPPY, at: MpdProcess = server) -> Room:
        if settings.host == "localhost":
            settings = replace(settings, host="127.0.0.1", port=at.port)
        room = Room(at, settings, status)
        entered.append(room)
        return room

    yield enter
    for room in entered:
        room.close()
