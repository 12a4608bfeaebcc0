"""A daemon that runs for a kind of hostile input, and what is asked of it from ever other addresses."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.daemon.process import Daemon
from tests.fuzz.outcome import Broken

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def running(folder: Path, **web: Any) -> Iterator[Daemon]:
    """The demo, without a broker. Raises Broken where the daemon has ended by itself, or a traceback is in its log."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    settings = {"mqtt": {"enabled": False}, "web": {"host": "127.0.0.1", "port": port} | web}
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": str(folder)}
    with Daemon(folder, env, settings, "--demo") as daemon:
        daemon.until(lambda: daemon.get("/healthz"), "the page")
        yield daemon
        if daemon.process is None or daemon.process.poll() is not None or daemon.get("/healthz") != b"ok\n":
            raise Broken(f"the daemon is not as before: {daemon.log[-2000:]}")
        if "Traceback" in daemon.log or "please report" in daemon.log:
            raise Broken(f"the log has a traceback: {daemon.log[-3000:]}")


def address(number: int) -> str:
    """One of 4,000 of this machine: who asks from one alone may not ask so often."""
    return f"127.0.{number % 16}.{number % 250 + 1}"


def peak_mib(daemon: Daemon) -> float:
    """The most memory that the daemon has had, in MiB."""
    assert daemon.process is not None
    lines = Path(f"/proc/{daemon.process.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))
