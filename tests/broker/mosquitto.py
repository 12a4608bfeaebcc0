"""A real mosquitto on loopback, with what a test wants of it: passwords, TLS, an access list, or nothing at all."""

import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.broker.certificates import Certificates
from tests.local_process import LocalProcess


def free_port() -> int:
    """A TCP port of loopback that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass(frozen=True, slots=True)
class Account:
    username: str
    password: str


class Mosquitto(LocalProcess):
    """Keeps nothing on disk, so a restart forgets every retained message. Use it as a context."""

    def __init__(
        self,
        folder: Path,
        account: Account | None = None,
        certificates: Certificates | None = None,
        client_certificates: bool = False,
        access: str = "",
        accounts: Mapping[str, str] | None = None,
        more: tuple[str, ...] = (),
    ) -> None:
        """`access` is the text of an access list; `client_certificates` asks for one of the same authority; `accounts`
        are further users with their passwords, `more` further lines of the configuration."""
        self.port = free_port()
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        lines = ["persistence false", f"listener {self.port} 127.0.0.1", "user root", "log_dest file " + str(self.log)]
        users = dict(accounts or {}) | ({account.username: account.password} if account else {})
        if not users:
            lines.append("allow_anonymous true")
        else:
            passwords = folder / "passwords"
            passwords.touch()
            for username, password in users.items():
                subprocess.run([program("mosquitto_passwd"), "-b", str(passwords), username, password], check=True)
            passwords.chmod(0o644)
            lines += ["allow_anonymous false", f"password_file {passwords}"]
        if certificates is not None:
            lines += [
                f"cafile {certificates.ca}",
                f"certfile {certificates.server}",
                f"keyfile {certificates.server_key}",
            ]
            lines += ["require_certificate true"] if client_certificates else []
        if access:
            (folder / "access").write_text(access)
            (folder / "access").chmod(0o600)
            lines.append(f"acl_file {folder / 'access'}")
        lines += more
        self._config = folder / "mosquitto.conf"
        self._config.write_text("\n".join(lines) + "\n")

    @property
    def log(self) -> Path:
        return self._folder / "mosquitto.log"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Returns once it listens."""
        self._process = subprocess.Popen([program("mosquitto"), "-c", str(self._config)], stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 10
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError as error:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    log = self.log.read_text() if self.log.exists() else "(no log)"
                    raise AssertionError(f"mosquitto did not start: {log}") from error
                time.sleep(0.02)

    def stop(self) -> None:
        """Its clients see the connection closed."""
        self._end(signal.SIGTERM)

    def restart(self) -> None:
        self.stop()
        self.start()


def program(name: str) -> str:
    """Debian installs mosquitto where only root's PATH leads."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin:/opt/homebrew/sbin")
    if found is None:
        pytest.skip(f"{name} is not installed: apt-get install mosquitto")
    return found
