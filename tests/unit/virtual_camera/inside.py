"""Run by `scripts/test-picamera` in a Debian with libcamera and picamera2, this repository as the working folder: the
daemon with the Pi camera's own driver. Prints what its memory is."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.unit.inside import run, status, switched, until

EDGE, PLAIN = ([sys.executable, "-m", module] for module in ("tests.unit.virtual_camera", "edge"))
CONFIG = Path("/tmp/moodcast.yaml")
SETTINGS = "mqtt: {enabled: false}\nweb: {host: 127.0.0.1}\ncamera: {source: %s}\n"
REOPENED = 10


def main() -> int:
    os.environ["STATE_DIRECTORY"] = "/tmp/state"
    begin(PLAIN, "demo", lambda pid: print(f"beside it, the demo: {resident(pid)}", flush=True))
    CONFIG.write_text(SETTINGS % "auto")
    said = run(*EDGE, "check", "--config", str(CONFIG))
    assert "ok      camera: picamera, 640×480 px" in said and "virtual camera" in said, said
    print("ok check finds the camera, and says that it is a virtual one", flush=True)
    begin(EDGE, "auto", watch)
    print("ok it ends when asked", flush=True)
    return 0


def begin(program: list[str], source: str, watch: Callable[[int], None]) -> None:
    """Starts the daemon, calls `watch` once it sees the portrait, and ends it."""
    CONFIG.write_text(SETTINGS % source)
    with subprocess.Popen([*program, "run", "--config", str(CONFIG)]) as daemon:
        try:
            until(sees("happy"), "an expression", 60)
            watch(daemon.pid)
        finally:
            daemon.send_signal(signal.SIGTERM)
        assert daemon.wait(30) == 0, daemon.returncode


def watch(pid: int) -> None:
    print(f"ok it sees the portrait: {status()['expression']}; {resident(pid)}", flush=True)
    for _ in range(REOPENED):
        switched("off", b'{"on": false}')
        until(lambda: status()["mood"] == "paused", "off")
        switched("on", b'{"on": true}')
        until(sees("happy"), "an expression after a reopen", 60)
    print(f"ok it sees it again after {REOPENED} times off and on; {resident(pid)}", flush=True)


def sees(label: str) -> Callable[[], bool]:
    return lambda: bool(status()["expression"]["label"] == label)


def resident(pid: int) -> str:
    lines = dict(line.split(":") for line in Path("/proc", str(pid), "status").read_text().splitlines())
    whole, own = (int(lines[name].split()[0]) / 1024 for name in ("VmRSS", "RssAnon"))
    return f"{whole:.0f} MiB resident, {own:.0f} its own"


if __name__ == "__main__":
    sys.exit(main())
