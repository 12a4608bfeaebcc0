"""What the whole daemon holds in memory: page and MQTT on, a page open, a photo analysed, after a minute of the demo.

python -m benchmarks.memory [--seconds 60] [--megapixels N] [--photos N] [--imports] [--json FILE]

Starts a broker (mosquitto) and the daemon as processes of their own, as a user's are. `resident` is what `ps` and the
health message say; `private` is what would come free if the daemon ended; what differs are files mapped read-only,
which the system may drop. The photo is the demo's portrait, --megapixels enlarges it, --photos sends it that often, one
after the other. --imports instead shows what each library adds to a Python that imports one after the other.
"""

import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
GOAL_MIB = 110.0
PHOTO = ROOT / "edge/demo/eileen_collins.png"
#: In the order in which the daemon comes to need them; each brings what it itself imports.
IMPORTS = (
    *("logging", "json", "yaml", "numpy", "edge.config", "cv2", "ai_edge_litert.interpreter", "ssl"),
    *("paho.mqtt.client", "sqlite3", "edge.app", "jinja2", "flask", "waitress", "edge.daemon.website"),
)
_CHILD = """
import importlib, json, sys, time
def held():
    lines = (line.split() for line in open("/proc/self/smaps_rollup"))
    mib = {line[0]: int(line[1]) / 1024 for line in lines if line[-1] == "kB"}
    return mib["Rss:"], mib["Private_Clean:"] + mib["Private_Dirty:"]
found, before = [["Python", *held(), time.process_time()]], held()
for name in sys.argv[1:]:
    start = time.process_time()
    try:
        importlib.import_module(name)
    except ImportError:
        continue
    after = held()
    found.append([name, after[0] - before[0], after[1] - before[1], time.process_time() - start])
    before = after
print(json.dumps(found))
"""


def held(pid: int | str) -> dict[str, float]:
    """MiB that a process holds: resident, of it private (its alone), and its greatest resident size."""
    lines = [line.split() for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()]
    mib = {line[0]: int(line[1]) / 1024 for line in lines if line[-1] == "kB"}
    status = Path(f"/proc/{pid}/status").read_text().splitlines()
    peak = next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM"))
    private = mib["Private_Clean:"] + mib["Private_Dirty:"]
    return {"resident": round(mib["Rss:"], 1), "private": round(private, 1), "peak": round(peak, 1)}


def imported() -> list[tuple[str, float, float, float]]:
    """(module, MiB resident, MiB private, CPU seconds) of each of IMPORTS, imported one after the other."""
    done = subprocess.run(
        [sys.executable, "-c", _CHILD, *IMPORTS], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return [(name, resident, private, cpu) for name, resident, private, cpu in json.loads(done.stdout)]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def process(command: list[str], environ: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """Runs `command` while inside; its output is thrown away."""
    quiet = subprocess.DEVNULL
    running = subprocess.Popen(command, cwd=ROOT, env=dict(environ), stdout=quiet, stderr=quiet)
    try:
        yield running
    finally:
        running.terminate()
        running.wait(20)


@contextmanager
def mosquitto(port: int, environ: Mapping[str, str]) -> Iterator[None]:
    """A broker on `port` of loopback while inside; says so where mosquitto is not installed."""
    program = shutil.which("mosquitto", path=f"{environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        print("mosquitto is not installed: the daemon runs without a broker", file=sys.stderr)
        yield
        return
    with process([program, "-p", str(port)], environ):
        yield


def reach(url: str, seconds: float = 30.0) -> None:
    """Waits until something answers. Raises TimeoutError."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError(f"{url} does not answer")


def photo(megapixels: float | None) -> bytes:
    """The portrait as it is, or as a JPEG of about that size."""
    if megapixels is None:
        return PHOTO.read_bytes()
    import cv2  # its import is one of those that --imports times, in another process

    portrait = cv2.imread(str(PHOTO))
    assert portrait is not None
    factor = (megapixels * 1e6 / (portrait.shape[0] * portrait.shape[1])) ** 0.5
    done, data = cv2.imencode(".jpg", cv2.resize(portrait, None, fx=factor, fy=factor))
    assert done
    return data.tobytes()


def send_photo(page: str, data: bytes) -> None:
    request = urllib.request.Request(f"{page}api/photo", data, {"Content-Type": "application/octet-stream"})
    urllib.request.urlopen(request, timeout=60).close()


def whole_daemon(seconds: float, data: bytes, photos: int) -> dict[str, dict[str, float]]:
    """What the daemon holds when its page answers, after `seconds` with a page open, and after that many photos."""
    found = {}
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        broker, page = free_port(), free_port()
        (home / "config.yaml").write_text("{}\n")
        environ = {**os.environ, "HOME": str(home), "MOODCAST_MQTT_PORT": str(broker), "MOODCAST_WEB_PORT": str(page)}
        environ["MOODCAST_WEB_HOST"] = environ["MOODCAST_MQTT_HOST"] = "127.0.0.1"
        stack.enter_context(mosquitto(broker, environ))
        command = [sys.executable, "-m", "edge", "run", "--demo", "--config", str(home / "config.yaml")]
        daemon = stack.enter_context(process(command, environ))
        url = f"http://127.0.0.1:{page}/"
        reach(url)
        found["started"] = held(daemon.pid)
        stack.enter_context(urllib.request.urlopen(f"{url}api/events", timeout=60))
        time.sleep(seconds)
        found["page open"] = held(daemon.pid)
        for _ in range(photos):
            send_photo(url, data)
        time.sleep(1)
        found["photo analysed"] = held(daemon.pid)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description="What the daemon holds in memory.")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--megapixels", type=float, metavar="N", help="size of the photo; default: the portrait's own")
    parser.add_argument("--photos", type=int, default=1, metavar="N", help="how many are sent")
    parser.add_argument("--imports", action="store_true")
    parser.add_argument("--json", type=Path, metavar="FILE")
    arguments = parser.parse_args()
    if arguments.imports:
        print("| import | resident, MiB | private, MiB | CPU, ms |\n|---|---|---|---|")
        rows = imported()
        for name, resident, private, cpu in rows:
            print(f"| {name} | {resident:.1f} | {private:.1f} | {cpu * 1e3:.0f} |")
        resident, private, cpu = (sum(column) for column in zip(*(row[1:] for row in rows), strict=True))
        print(f"| all | {resident:.1f} | {private:.1f} | {cpu * 1e3:.0f} |")
        return 0
    found = whole_daemon(arguments.seconds, photo(arguments.megapixels), arguments.photos)
    print("| MiB | resident | private | peak |\n|---|---|---|---|")
    for when, each in found.items():
        print(f"| {when} | {each['resident']:.1f} | {each['private']:.1f} | {each['peak']:.1f} |")
    if arguments.json:
        arguments.json.write_text(json.dumps(found, indent=1) + "\n")
    over = found["photo analysed"]["resident"] > GOAL_MIB
    print(f"goal: at most {GOAL_MIB:g} MiB resident; {'missed' if over else 'met'}")
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())
