"""The daemon as its owner runs it: a process of its own, with a configuration, a log, a page and a broker."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Self

import cv2
import numpy as np
import yaml

#: A mood of seconds, for tests that cannot wait for minutes.
QUICK = {"memory_seconds": 8.0, "first_seconds": 1.0, "absent_seconds": 3.0}
PORTRAIT = Path(__file__).resolve().parents[2] / "edge" / "demo" / "eileen_collins.png"


class Daemon:
    """`python -m edge run` with `settings` as its config.yaml. Use it as a context; its log is in `log`."""

    def __init__(
        self, folder: Path, env: Mapping[str, str], settings: Mapping[str, Any], *arguments: str, module: str = "edge"
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        config = folder / "config.yaml"
        config.write_text(yaml.safe_dump(dict(settings)))
        self._command = [sys.executable, "-m", module, "run", "--config", str(config), *arguments]
        self._env, self.folder = dict(env), folder
        self._log = folder / "log"
        self.port: int = settings.get("web", {}).get("port", 8080)
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self._log.open("ab") as log:
            # Under nohup the daemon would ignore SIGHUP, as it should, and the tests send it.
            command = ["env", "--default-signal=HUP", *self._command]
            self.process = subprocess.Popen(command, cwd=self.folder, env=self._env, stdout=log, stderr=log)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    @property
    def log(self) -> str:
        return self._log.read_text(errors="replace")

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Asks it to end; its exit status."""
        assert self.process is not None
        self.process.send_signal(how)
        return self.process.wait(60)

    def kill(self) -> None:
        """What a power cut does."""
        self.stop(signal.SIGKILL)

    def wait(self, timeout: float = 30) -> int:
        """Waits for it to end by itself; its exit status."""
        assert self.process is not None
        return self.process.wait(timeout)

    def until(self, condition: Callable[[], Any], what: str, timeout: float = 30) -> Any:
        """Waits until `condition` gives something true, and returns that."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if found := condition():
                return found
            assert self.process is not None
            assert self.process.poll() is None, f"the daemon ended while waiting for {what}:\n{self.log}"
            time.sleep(0.05)
        raise AssertionError(f"waited {timeout} s for {what}:\n{self.log}")

    def get(self, path: str) -> bytes | None:
        """The page's answer; None while there is none."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                body: bytes = answer.read()
                return body
        except OSError:
            return None

    def json(self, path: str) -> Any:
        body = self.get(path)
        return None if body is None else json.loads(body)

    def post(self, path: str, body: bytes, content_type: str = "application/json") -> tuple[int, Any]:
        """Status and JSON of the answer."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", data=body, headers={"Content-Type": content_type}
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)


def film(
    path: Path,
    face_seconds: float,
    empty_seconds: float,
    fps: float = 10.0,
    size: tuple[int, int] = (640, 480),
    *,
    talks: bool = False,
) -> Path:
    """A recording of a portrait that sways a little before a wall, then of the wall alone. One that `talks`, with a
    patch where its mouth is, is alive for longer than a minute, in which it would become a picture else."""
    portrait = cv2.imread(str(PORTRAIT))
    assert portrait is not None
    portrait = cv2.resize(portrait, None, fx=1.4, fy=1.4)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), fps, size)
    noise = np.random.default_rng(1)
    for number in range(round((face_seconds + empty_seconds) * fps)):
        frame = np.full((480, 640, 3), 150, np.uint8)
        if number < face_seconds * fps:
            x = 150 + round(6 * np.sin(2 * number / fps))
            seen = portrait[:480, : 640 - x]
            frame[: seen.shape[0], x : x + seen.shape[1]] = seen
            if talks and number / fps % 2 < 1:
                frame[196:214, x + 150 : x + 215] = 90
        grain = noise.integers(-3, 4, frame.shape)
        picture = np.clip(frame + grain, 0, 255).astype(np.uint8)
        writer.write(picture if size == (640, 480) else cv2.resize(picture, size, interpolation=cv2.INTER_AREA))
    writer.release()
    return path


def settings(broker_port: int, web_port: int, **sections: Any) -> dict[str, Any]:
    """A configuration for loopback."""
    return {
        "mqtt": {"host": "127.0.0.1", "port": broker_port},
        "web": {"host": "127.0.0.1", "port": web_port},
    } | sections


def edge(env: Mapping[str, str], folder: Path, *arguments: str | os.PathLike[str]) -> subprocess.CompletedProcess[str]:
    """Runs `python -m edge …` to its end."""
    command = [sys.executable, "-m", "edge", *map(str, arguments)]
    return subprocess.run(command, cwd=folder, env=dict(env), capture_output=True, text=True, timeout=120, check=False)
