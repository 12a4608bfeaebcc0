"""The daemon's own player and an MPD that dies, hangs, is not there, or is none."""

import logging
import socket
import threading
import time
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from edge.config import PlayerConfig
from tests.broker.mosquitto import free_port
from tests.outputs.mpd.process import MpdProcess
from tests.outputs.mpd.room import FOLDER, HAPPY, SAD, Enter, eventually


def test_mpd_may_die_and_come_back(server: MpdProcess, tmp_path: Path, enter: Enter) -> None:
    with MpdProcess(tmp_path / "mortal") as mortal:
        room = enter(replace(FOLDER, start_silent=True), at=mortal)
        eventually(lambda: room.shows(state="play", playlistlength="3"))
        mortal.kill()
        eventually(lambda: room.state.startswith("unreachable: no MPD at 127.0.0.1"))
        mortal.start()
        eventually(lambda: room.state == "connected")
        room.person.disconnect()
        room.person = mortal.client()
        room.status = SAD
        eventually(lambda: room.shows(state="play") and room.folders == {"sad"})


def test_one_that_hangs_is_left_and_keeps_nobody_waiting(
    tmp_path: Path, enter: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edge.outputs.mpd_connection.ANSWER_SECONDS", 0.3)
    with MpdProcess(tmp_path / "hangs") as hangs:
        room = enter(at=hangs)
        hangs.freeze(True)
        eventually(lambda: "does not answer" in room.state or "timed out" in room.state)
        hangs.freeze(False)
        eventually(lambda: room.state == "connected")
        room.leave()


def test_an_mpd_that_is_not_there_is_waited_for_and_named_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    from edge.outputs.mpd import Mpd

    caplog.set_level(logging.INFO)
    config = PlayerConfig(enabled=True, host="127.0.0.1", port=free_port())
    player = Mpd(lambda: config, lambda: HAPPY, lambda: False, retry_seconds=(0.01, 0.02, 0.02))
    player.start()
    eventually(lambda: player.state.startswith("unreachable"))
    time.sleep(0.3)
    player.close()
    assert ["no MPD at" in record.message for record in caplog.records] == [True]
    assert not player.alive


@pytest.mark.parametrize("said", [b"HTTP/1.1 400 \x1b[31mBad\r\n\r\n", b"OK MPD 0.23\n\xff\xfe\n", b"x" * 100_000, b""])
def test_what_is_no_mpd_is_told_from_one(said: bytes) -> None:
    from edge.outputs.mpd_connection import MpdConnection, MpdError

    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            with listening.accept()[0] as caller:
                caller.sendall(said)

        thread = threading.Thread(target=answer)
        thread.start()
        connection = MpdConnection(PlayerConfig(host="127.0.0.1", port=listening.getsockname()[1]), Random(0))
        with pytest.raises(MpdError) as raised:
            connection.open()
        connection.close()
        thread.join()
    said_of_it = str(raised.value)
    assert "127.0.0.1" in said_of_it and said_of_it.isprintable() and len(said_of_it) <= 300
