"""A real Home Assistant as a subprocess, from the test's side; see driver.py for what is said."""

import json
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

DRIVER = Path(__file__).with_name("driver.py")
#: Setting up everything takes about ten seconds on a small machine, and a minute on a busy one.
START_SECONDS = 180.0


class Assistant:
    """`command` starts a Python that has `homeassistant` installed; `files` are what its folder has (path, text). With
    the `folder` of one that has ended it is that one, started again. Use it as a context."""

    def __init__(
        self, command: Sequence[str], port: int, files: Mapping[str, str], log: Path, folder: str = ""
    ) -> None:
        self.changes: list[dict[str, Any]] = []
        self.calls: list[dict[str, Any]] = []
        self._replies: list[Any] = []
        self.folder = ""  # until it has started
        self._new = threading.Condition()
        self._command = [*command, "-c", DRIVER.read_text(), str(port), *filter(None, [folder])]
        self._files = files
        self._log = log

    def __enter__(self) -> Self:
        with self._log.open("w") as log:
            self._process = subprocess.Popen(
                self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True
            )
        threading.Thread(target=self._read, daemon=True).start()
        try:
            self._send(self._files)
            self._wait(lambda: bool(self.folder), "its start", START_SECONDS)
        except BaseException:  # whatever it is: the process must not outlive it
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        try:
            self._process.wait(60)
        finally:
            self._process.kill()
            self._process.wait()
            self._process.stdout.close()

    def ask(self, do: str, **request: Any) -> Any:
        """Sends a request and returns its answer."""
        with self._new:
            self._replies.clear()
        self._send({"do": do, **request})
        self._wait(lambda: bool(self._replies), f"an answer to {do}", 60)
        return self._replies[0]

    def state(self, entity: str) -> str:
        return str(self.ask("states").get(entity, {}).get("state"))

    def wait_for_state(self, entity: str, state: str, seconds: float = 90) -> None:
        """Fails the test where the entity is not in that state in time."""
        deadline = time.monotonic() + seconds
        while (found := self.state(entity)) != state:
            assert time.monotonic() < deadline, f"{entity} is {found!r}, not {state!r} after {seconds} s"
            time.sleep(0.1)

    def wait_for_call(self, service: str, seconds: float = 90) -> dict[str, Any]:
        """The data of the first call of a service, removed from `calls`."""

        def mine() -> list[dict[str, Any]]:
            return [call for call in self.calls if call["service"] == service]

        self._wait(lambda: bool(mine()), f"a call of {service}", seconds)
        with self._new:
            call = mine()[0]
            self.calls.remove(call)
        data: dict[str, Any] = call["data"]
        return data

    def called(self, service: str) -> int:
        """How many calls of a service nobody has waited for."""
        return sum(call["service"] == service for call in list(self.calls))

    def _send(self, line: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(line) + "\n")
        self._process.stdin.flush()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            said = json.loads(line)
            with self._new:
                if "state" in said:
                    self.changes.append(said["state"])
                elif "called" in said:
                    self.calls.append(said["called"])
                elif "reply" in said:
                    self._replies.append(said["reply"])
                else:
                    self.folder = said["started"]
                self._new.notify_all()

    def _wait(self, done: Callable[[], bool], what: str, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        with self._new:
            while not done():
                over = not self._new.wait(min(1.0, max(0.0, deadline - time.monotonic()))) and (
                    time.monotonic() > deadline or self._process.poll() is not None
                )
                assert not over or done(), f"Home Assistant: no {what}; its log:\n{self._log.read_text()[-3000:]}"
