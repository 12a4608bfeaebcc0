"""A real MPD on loopback and on a socket, whose output is nowhere."""

import shutil
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from tests.broker.mosquitto import free_port
from tests.local_process import LocalProcess
from tests.outputs.mpd.silence import song

#: Folder -> songs in it, with the blocks of each.
LIBRARY = {"happy": (3, 120), "sad": (3, 120), "moods/Calm": (2, 120), "brief": (2, 3), "other": (3, 120)}


def library(folder: Path) -> None:
    """`happy/0.flac` and so on, of the genre and the mood of their folder's name."""
    for name, (songs, blocks) in LIBRARY.items():
        word = name.rpartition("/")[2]
        for number in range(songs):
            song(folder / name / f"{number}.flac", blocks, title=f"{word} {number}", genre=word.title(), mood=word)


class MpdProcess(LocalProcess):
    """Use it as a context. `more` are further lines of its configuration."""

    def __init__(self, folder: Path, *more: str) -> None:
        self.port, self.socket = free_port(), folder / "socket"
        self._folder = folder
        if shutil.which("mpd") is None:
            pytest.skip("mpd is not installed: apt-get install mpd")
        for name in ("music", "playlists"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        library(folder / "music")
        self._config = folder / "mpd.conf"
        lines = [
            f'music_directory "{folder / "music"}"',
            f'playlist_directory "{folder / "playlists"}"',
            f'db_file "{folder / "database"}"',
            f'log_file "{folder / "log"}"',
            'bind_to_address "127.0.0.1"',
            f'bind_to_address "{self.socket}"',
            f'port "{self.port}"',
            'zeroconf_enabled "no"',
            'audio_output {\n type "null"\n name "nowhere"\n mixer_type "null"\n}',
            *more,
        ]
        self._config.write_text("\n".join(lines) + "\n")

    def playlist(self, name: str, *files: str) -> None:
        """One that MPD keeps."""
        (self._folder / "playlists" / f"{name}.m3u").write_text("".join(f"{file}\n" for file in files))

    def start(self) -> None:
        """Returns once it answers and knows its songs."""
        command = ["mpd", "--no-daemon", str(self._config)]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                break
            except OSError as error:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    raise AssertionError(f"mpd did not start: {(self._folder / 'log').read_text()}") from error
                time.sleep(0.02)
        client = self.client()
        songs = sum(number for number, _ in LIBRARY.values())
        while int(client.stats()["songs"]) < songs:
            assert time.monotonic() < deadline, "mpd does not find its songs"
            time.sleep(0.02)
        client.disconnect()

    def client(self) -> Any:
        """Somebody else's: connects over the socket, where no password is asked for."""
        import mpd

        client = mpd.MPDClient()
        client.timeout = 10
        client.connect(str(self.socket))
        return client
