"""The page on a real port, for two viewers."""

from collections.abc import Iterator

import pytest

from edge.config import WebConfig
from edge.web.address import bind
from edge.web.server import Server, threads_for
from tests.web.room import Room, frame, status
from tests.web.server.viewer import VIEWERS


@pytest.fixture
def room() -> Room:
    made = Room(web=WebConfig(max_viewers=VIEWERS, photo_max_mib=1, snapshot=True, stream=True), picture=frame())
    made.status.put(status())
    return made


@pytest.fixture
def served(room: Room) -> Iterator[Server]:
    running = Server(room.app(), bind("127.0.0.1", 0), threads_for(VIEWERS))
    running.start()
    yield running
    room.status.close()
    running.close()
