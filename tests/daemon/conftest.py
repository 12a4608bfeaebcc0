"""A reporter on clocks of its own; `outside` stands in for MQTT and the history."""

import pytest

from edge.daemon.reporter import Reporter
from edge.mailbox import Latest
from edge.status import Status
from tests.daemon.clocks import Clocks
from tests.daemon.reports import Recorder, made


@pytest.fixture
def clocks() -> Clocks:
    return Clocks()


@pytest.fixture
def outside() -> Recorder:
    return Recorder()


@pytest.fixture
def status() -> Latest[Status]:
    return Latest()


@pytest.fixture
def reporter(status: Latest[Status], outside: Recorder, clocks: Clocks) -> Reporter:
    return made(status, outside, clocks)
