"""`report`: what only the device can tell, as Markdown for an issue. No picture, no password, no name, no address.

Figures are the running Moodcast's own, from /metrics; the rest is read from the system's files.
"""

import contextlib
import json
import os
import platform
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from edge import __version__
from edge.cli.checks import check
from edge.cli.pi import notes
from edge.config import Config
from edge.config.kinds import PASSWORD
from edge.config.options import walk
from edge.errors import EdgeError

SAMPLE_SECONDS = 15.0
ANSWER_SECONDS = 5.0
#: The newest lines of the journal that are looked through, and how many different warnings are shown of them.
JOURNAL_LINES, SHOWN_WARNINGS, LINE_CHARACTERS = 2000, 20, 300
_PACKAGES = ("opencv-python-headless", "ai-edge-litert", "tflite-runtime", "numpy", "paho-mqtt", "Flask", "waitress")
_PLACES = (
    (r"\b[a-z][a-z0-9+.-]*://[^\s|]+", "…://…"),
    (r"[^\s@|]+@[^\s@|]+", "…@…"),
    (r"\b([0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}\b", "…"),  # of a network card
    (r"\b\d{1,3}(\.\d{1,3}){3}\b(?!\.\d)", "…"),
    (r"(?<![\w:])(?:([0-9a-fA-F]{1,4}:){3,7}[0-9a-fA-F]{1,4}|[0-9a-fA-F:]*::[0-9a-fA-F:]*)(?![\w:])", "…"),
    (r"\b[\w-]+(\.[\w-]+)*\.(local|lan|home|internal|localdomain|box|arpa|org|net|com|de|eu|io)\b", "…"),
    (r"/(home|Users)/[^/\s]+", r"/\1/…"),
)

Sample = Mapping[str, float]


class Anonymous:
    """Takes out of a text what is the owner's own: what the configuration has of passwords, names and addresses, and
    what looks like an address wherever it comes from."""

    def __init__(self, config: Config, host: str) -> None:
        """`host` is this machine's name."""
        default = {key: value for key, _, value in walk(Config())}
        secrets, names = set[str](), {host}
        for key, option, value in walk(config):
            if option.kind is PASSWORD and value:
                secrets.add(value)
            elif value != default[key]:
                names.update(_texts(value))
        self._secrets = sorted(secrets, key=len, reverse=True)
        self._names = sorted(filter(None, names), key=len, reverse=True)

    def __call__(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "…")
        for name in self._names:
            text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", "…", text)
        for pattern, instead in _PLACES:
            text = re.sub(pattern, instead, text)
        return "".join(letter if letter.isprintable() and letter not in "|`<>" else " " for letter in text)


def _texts(value: Any) -> Iterator[str]:
    """Every text in an option's value: in lists, and in playlists too."""
    if isinstance(value, str | Path):
        yield str(value)
    elif isinstance(value, tuple):
        for each in value:
            yield from _texts(each)
    elif hasattr(value, "url"):
        yield from (value.name, value.url)


def parse_metrics(text: str) -> dict[str, float]:
    """The samples of /metrics by name, with their labels: `stage_seconds_total{stage="detect"}`. Other lines are
    passed over."""
    found = re.findall(r"^moodcast_(\w+(?:\{[^}]*\})?) (\S+)$", text, re.MULTILINE)
    samples = {}
    for name, value in found:
        with contextlib.suppress(ValueError):
            samples[name] = float(value)
    return samples


@dataclass(frozen=True, slots=True)
class Measured:
    """Rows of what was measured, each (what, figure); `seconds` between the first and the last sample."""

    seconds: float
    rows: tuple[tuple[str, str], ...]


def measured(samples: Sequence[tuple[float, Sample]]) -> Measured:
    """From (monotonic seconds, the metrics then), at least one. Rates are those between the first and the last."""
    (began, first), (ended, last) = samples[0], samples[-1]
    seconds, rows = ended - began, []
    frames = last.get("frames_total", 0.0) - first.get("frames_total", 0.0)

    def values(name: str, factor: float = 1.0) -> list[float]:
        return [sample[name] * factor for _, sample in samples if name in sample]

    def span(what: str, name: str, unit: str, factor: float = 1.0) -> None:
        if found := values(name, factor):
            rows.append((what, f"{found[-1]:.1f} {unit} ({min(found):.1f} to {max(found):.1f})"))

    if seconds > 0 and frames >= 0:  # less: it was started again meanwhile
        rows.append(("frames looked at a second", f"{frames / seconds:.2f}"))
    stages = sorted(name for name in last if name.startswith("stage_seconds_total"))
    for name in stages if frames > 0 else ():
        stage = name.partition('"')[2].partition('"')[0]
        rows.append((f"CPU a frame, {stage}", f"{(last[name] - first.get(name, 0.0)) * 1000 / frames:.2f} ms"))
    span("reading one face", "inference_seconds", "ms", 1000)
    span("CPU, of one core", "cpu_ratio", "%", 100)
    span("resident memory", "resident_memory_bytes", "MiB", 1 / 2**20)
    span("temperature", "temperature_celsius", "°C")
    if throttled := values("throttled"):
        rows.append(("throttled", f"in {sum(throttled):.0f} of {len(throttled)} looks"))
    if "uptime_seconds" in last:
        rows.append(("up for", f"{last['uptime_seconds'] / 60:.1f} min"))
    return Measured(seconds, tuple(rows))


class Page:
    """The running Moodcast's page on this machine. Raises EdgeError with one line where it does not answer."""

    def __init__(self, config: Config, token: str) -> None:
        if not config.web.enabled:
            raise EdgeError("web.enabled is false: without the page there are no figures")
        everywhere = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}
        self._address = f"http://{everywhere.get(config.web.host, config.web.host)}:{config.web.port}"
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def get(self, path: str) -> str:
        try:
            request = urllib.request.Request(self._address + path, headers=self._headers)
            with self._opener.open(request, timeout=ANSWER_SECONDS) as answer:
                return str(answer.read(1 << 20).decode("utf-8", "replace"))
        except urllib.error.HTTPError as error:
            error.close()
            if error.code == 401:
                raise EdgeError("the page has a password: --token FILE, with a token of POST /api/login in it "
                                "(docs/api.md, The password)") from error  # fmt: skip
            raise EdgeError(f"the page answers {error.code} to {path}") from error
        except (OSError, ValueError) as error:
            raise EdgeError(f"no Moodcast answers on port {self._address.rpartition(':')[2]}: start it first, and give "
                            "its configuration (--config)") from error  # fmt: skip


def take_samples(
    page: Page, seconds: float, clock: Callable[[], float], sleep: Callable[[float], None]
) -> list[tuple[float, Sample]]:
    """(clock, metrics) for so long, the first at once; Ctrl-C ends it sooner."""
    samples: list[tuple[float, Sample]] = [(clock(), parse_metrics(page.get("/metrics")))]
    until = samples[0][0] + seconds
    with contextlib.suppress(KeyboardInterrupt):
        while (left := until - clock()) > 0:
            sleep(min(left, SAMPLE_SECONDS))
            samples.append((clock(), parse_metrics(page.get("/metrics"))))
    return samples


def machine(anonymous: Anonymous, root: Path = Path("/")) -> Iterator[tuple[str, str]]:
    """Rows on the board, the system and the libraries."""
    yield "board", _text(root / "proc/device-tree/model") or f"no Raspberry Pi ({platform.machine()})"
    yield "system", next(iter(re.findall(r'^PRETTY_NAME="?([^"\n]*)', _text(root / "etc/os-release"), re.M)), "unknown")
    yield "kernel", f"{platform.release()} {platform.machine()}, userland of {sys.maxsize.bit_length() + 1} bits"
    memory = re.findall(r"^MemTotal: +(\d+) kB", _text(root / "proc/meminfo"), re.MULTILINE)
    yield "memory", f"{int(memory[0]) // 1024} MiB" if memory else "unknown"
    yield "Moodcast", __version__
    yield "Python", platform.python_version()
    for package in _PACKAGES:
        with contextlib.suppress(PackageNotFoundError):
            yield package, version(package)
    devices = sorted({_text(file) for file in (root / "sys/class/video4linux").glob("*/name")} - {""})
    yield "V4L2 devices", anonymous(", ".join(devices)) or "none"


def libcamera() -> str:
    """The cameras libcamera finds; empty where its tools are not installed, or fail."""
    program = shutil.which("rpicam-hello") or shutil.which("libcamera-hello")
    said = _said(program, "--list-cameras") if program else ""
    return ", ".join(re.findall(r"^\d+ : (\w+ \[[^\]]*\])", said, re.MULTILINE))


def journal_warnings(lines: Iterable[str], anonymous: Anonymous) -> list[str]:
    """Each warning once, with how often it came, the most frequent first, without names and addresses."""
    found = re.compile(r"(?:WARNING|ERROR|CRITICAL)\s+\S.*")
    told = Counter(anonymous(match[0])[:LINE_CHARACTERS] for line in lines if (match := found.search(line)))
    return [f"{count} × {line}" for line, count in told.most_common(SHOWN_WARNINGS)]


def report(config: Config, minutes: float, token: str, environ: Mapping[str, str]) -> Iterator[str]:
    """The lines. Raises EdgeError before the first one where there is no running Moodcast to ask."""
    page = Page(config, token)
    print(f"measuring for {minutes:g} min; Ctrl-C ends it sooner", file=sys.stderr)
    found = measured(take_samples(page, minutes * 60, time.monotonic, time.sleep))
    status = json.loads(page.get("/api/status"))
    anonymous = Anonymous(config, socket.gethostname())
    frame = status.get("frame") or {}
    source = config.camera.source
    kind = source if re.fullmatch(r"auto|demo|picamera(:\d)?|/dev/video\d+", source) else "a URL, a video or a folder"
    cameras = [
        ("camera.source", kind),
        ("libcamera finds", libcamera() or "nothing, or is not installed"),
        ("camera", f"{status['camera_state']}, {frame.get('width', '?')}×{frame.get('height', '?')} px"),
    ]
    yield "### The device\n"
    yield from _table([*machine(anonymous), *cameras, ("model", anonymous(str(status["model"])))])
    yield f"\n### While it ran: {found.seconds / 60:.1f} min\n"
    yield from _table(found.rows)
    yield "\n### What differs from what Moodcast comes with (the values are not told)\n"
    default = {key: value for key, _, value in walk(Config())}
    yield ", ".join(f"`{key}`" for key, _, value in walk(config) if value != default[key]) or "nothing"
    yield "\n### What `check` says\n"
    findings = [f"{'ok' if one.ok else 'PROBLEM'}: {one.subject}: {one.text}" for one in
                check(config, None, environ, offline=True) if one.subject != "config"]  # fmt: skip
    lines = [*findings, *(f"note: {note}" for note in notes(time.time()))]
    yield from (f"- {anonymous(line)}" for line in lines)
    yield "\n### Warnings of the journal\n"
    journal = _said("journalctl", "-u", "moodcast", "-o", "cat", "--no-pager", "-n", str(JOURNAL_LINES))
    yield from (f"- {line}" for line in journal_warnings(journal.splitlines(), anonymous) or ["none"])


def _table(rows: Iterable[tuple[str, str]]) -> Iterator[str]:
    yield "| | |\n|---|---|"
    yield from (f"| {what} | {figure} |" for what, figure in rows)


def _text(path: Path) -> str:
    try:
        return path.read_text(errors="replace").strip("\0\n ")
    except OSError:
        return ""


def _said(*command: str) -> str:
    """What a program prints; nothing where there is none, or it fails."""
    try:
        run = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=30, check=False,
                             env=os.environ | {"LC_ALL": "C"})  # fmt: skip
        return run.stdout + run.stderr
    except (OSError, subprocess.TimeoutExpired):
        return ""
