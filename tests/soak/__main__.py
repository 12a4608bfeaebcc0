"""`scripts/soak`: the real daemon for as long as one likes, and a table of what a year would make of it.

Memory, threads and descriptors with visitors who come and go, what a change and an empty room cost the disk, how soon
the broker is found again, and how soon SIGTERM is obeyed beside a broker that is frozen.
"""

import argparse
import os
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.broker.listener import Listener
from tests.broker.mosquitto import Mosquitto, free_port
from tests.daemon.process import QUICK, Daemon, film, settings
from tests.soak.process import Measured, measure
from tests.soak.visitors import Visitors

BASE = "moodcast/moodcast"
#: Of the minutes: the room that changes, the empty room; the rest are the broker's absences.
BUSY_SHARE, EMPTY_SHARE = 0.9, 0.04
#: A history of a month before the soak begins, so that its answers are as long as they get.
KEPT_CHANGES = 10_000
SAMPLE_SECONDS = 5.0
VISITORS = 6
#: As many looks a second as a core can have, of pictures that cost little: a year on a shelf has many, an hour has to
#: have enough of them. `tests.soak.fast` lets the daemon take more than its 60.
FPS, SIZE = 400.0, (320, 240)
FAST = {"max_fps": FPS, "idle_fps": FPS, "cpu_percent": 100.0}


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="scripts/soak", description="The daemon for a while, and a table of it.")
    parser.add_argument("--minutes", type=float, default=60.0, metavar="N", help="of them all together (default: 60)")
    minutes = parser.parse_args(argv).minutes
    if not 1 <= minutes <= 24 * 60:
        parser.error("--minutes: from 1 to 1440")
    print(f"{minutes:g} minutes, {datetime.now(UTC):%Y-%m-%d}\n\n| | wanted | measured |\n|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory(prefix="moodcast-soak-") as name:
        folder = Path(name)
        with Mosquitto(folder / "mosquitto") as broker:
            for part in (
                busy(folder / "busy", broker, 60 * minutes * BUSY_SHARE),
                empty(folder / "empty", broker, 60 * minutes * EMPTY_SHARE),
                away(folder / "away", broker, 60 * minutes * (1 - BUSY_SHARE - EMPTY_SHARE)),
            ):
                for what, wanted, measured in part:
                    print(f"| {what} | {wanted} | {measured} |", flush=True)
    return 0


def daemon(folder: Path, broker: Mosquitto, source: Path, module: str = "edge", **sections: Any) -> Daemon:
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("MOODCAST_", "MQTT_"))}
    kept |= {"STATE_DIRECTORY": str(folder / "state"), "HOME": str(folder), "PYTHONUNBUFFERED": "1"}
    kept["PYTHONPATH"] = str(Path(__file__).resolve().parents[2])
    chosen = settings(broker.port, free_port(), camera={"source": str(source), "loop": True}, **sections)
    chosen["mqtt"]["keepalive_seconds"] = 5
    return Daemon(folder, kept, chosen, module=module)


def busy(folder: Path, broker: Mosquitto, seconds: float) -> Iterator[tuple[str, str, str]]:
    """Somebody smiles and goes, again and again, in front of visitors who come and go."""
    folder.mkdir()
    recording = film(folder / "film.avi", 7.0, 7.0, fps=FPS, size=SIZE, talks=True)
    a_month(folder / "state" / "history.db")
    # Moods of seconds, and no playlist that is held, so that there are changes. Its log, which a device gives to the
    # journal, goes to a file beside the history here: only warnings, so that the disk's row is of history and state.
    quick = {"mood": QUICK, "playlists": {"hold_minutes": 0.0}, "pace": FAST, "log_level": "warning"}
    with (
        daemon(folder, broker, recording, "tests.soak.fast", **quick) as running,
        Listener(broker.port) as listener,
    ):
        assert running.process is not None
        running.until(lambda: running.json("/api/status"), "the page")
        visitors = Visitors(running.port, VISITORS)
        try:
            samples, frames = watch(running, seconds)
        finally:
            visitors.close()
        events = [heard for heard in listener.heard if heard.topic == f"{BASE}/event"]
        warm = samples[len(samples) // 4 :]
        tenth = max(1, len(warm) // 10)
        first, last = (statistics.median(s.rss_mib for s in part) for part in (warm[:tenth], warm[-tenth:]))
        yield (
            "frames looked at, visits",
            "500,000 frames",
            f"{frames:,} frames of {SIZE[0]}×{SIZE[1]}, {visitors.visits:,} visits",
        )
        yield "memory after warm-up", "grows by < 2 MiB", f"{first:.1f} MiB, {last - first:+.1f} MiB"
        for what in ("threads", "descriptors"):
            counts = [getattr(sample, what) for sample in warm]
            at_ends = [int(statistics.median(getattr(s, what) for s in part)) for part in (warm[:tenth], warm[-tenth:])]
            yield what, "flat", f"{at_ends[0]} at first, {at_ends[1]} at last (most: {max(counts)})"
        written = samples[-1].written - samples[0].written
        changes = max(1, len(events))
        each = (samples[-1].at - samples[0].at) / changes
        logged = f", {len(running.log)} bytes of log among them" if running.log else ""
        yield (
            "disk, moods changing: history and state",
            "≤ 1 KB a change",
            f"{written / changes:.0f} bytes a change ({len(events)} changes, one in {each:.1f} s{logged})",
        )
        running.stop()


def watch(running: Daemon, seconds: float) -> tuple[list[Measured], int]:
    """Samples of so many seconds, and how many frames were looked at meanwhile: the rate that the daemon tells, by the
    time from sample to sample. A line a minute on standard error."""
    assert running.process is not None
    begun = time.monotonic()
    samples = [measure(running.process.pid, 0.0)]
    frames, told = 0.0, 0.0
    while (at := time.monotonic() - begun) < seconds:
        time.sleep(SAMPLE_SECONDS)
        samples.append(measure(running.process.pid, time.monotonic() - begun))
        health = (running.json("/api/status") or {}).get("health") or {}
        frames += health.get("fps", 0.0) * (samples[-1].at - samples[-2].at)
        if at - told >= 60:
            told = at
            now = samples[-1]
            line = f"{now.at:.0f} s: {frames:,.0f} frames, {now.rss_mib:.1f} MiB, {now.threads} threads"
            print(f"{line}, {now.descriptors} descriptors, {now.written:,} bytes written", file=sys.stderr, flush=True)
    return samples, round(frames)


def empty(folder: Path, broker: Mosquitto, seconds: float) -> Iterator[tuple[str, str, str]]:
    """Nobody in view."""
    folder.mkdir()
    with daemon(folder, broker, film(folder / "film.avi", 0.0, 20.0)) as running:
        running.until(lambda: running.json("/api/status"), "the page")
        time.sleep(min(15.0, seconds / 2))  # until what a start writes is written
        samples, _ = watch(running, seconds)
        written = samples[-1].written - samples[0].written
        hourly = written * 3600 / max(1.0, samples[-1].at - samples[0].at)
        yield "disk, nobody in view", "nothing, < 1 MiB an hour", f"{written} bytes, {hourly / 2**20:.2f} MiB an hour"
        running.stop()


def away(folder: Path, broker: Mosquitto, seconds: float) -> Iterator[tuple[str, str, str]]:
    """The broker is stopped for a while, then frozen."""
    folder.mkdir()
    with daemon(folder, broker, film(folder / "film.avi", 0.0, 20.0)) as running:
        online(broker)
        refused = []
        for share in (0.1, 0.2, 0.4):
            broker.stop()
            time.sleep(max(5.0, seconds * share))
            broker.start()
            refused.append(online(broker))
        yield "broker back, its host answers", "≤ 5 s", ", ".join(f"{found:.1f}" for found in refused) + " s"
        with Listener(broker.port) as listener:
            broker.freeze(True)
            running.until(lambda: not connected(running), "the loss noticed", 60)
            time.sleep(max(10.0, seconds * 0.2))
            listener.forget()
            broker.freeze(False)
            begun = time.monotonic()
            listener.wait_for(f"{BASE}/availability", "online", seconds=120)
            yield "broker back, it was silent", "≤ 15 s", f"{time.monotonic() - begun:.1f} s"
        time.sleep(2.0)
        broker.freeze(True)
        time.sleep(1.0)
        begun = time.monotonic()
        status = running.stop()
        ended = time.monotonic() - begun
        broker.freeze(False)
        yield "SIGTERM, the broker frozen", "≤ 3 s", f"{ended:.1f} s, status {status}"


def connected(running: Daemon) -> bool:
    health = (running.json("/api/status") or {}).get("health") or {}
    return str(health.get("mqtt") or "").startswith("connected")


def online(broker: Mosquitto) -> float:
    """How long from now until the device is heard to be online."""
    begun = time.monotonic()
    with Listener(broker.port) as listener:
        listener.wait_for(f"{BASE}/availability", "online", seconds=120)
    return time.monotonic() - begun


def a_month(path: Path) -> None:
    """As many changes as there may be, spread over the last 29 days."""
    path.parent.mkdir(parents=True)
    now, step = time.time(), 29 * 86400 / KEPT_CHANGES
    with sqlite3.connect(path) as database:
        database.execute(
            "CREATE TABLE changes (at REAL NOT NULL, mood TEXT NOT NULL, previous TEXT NOT NULL, "
            "confidence REAL NOT NULL, faces INTEGER NOT NULL, playlist_name TEXT, playlist_url TEXT)"
        )
        for number in range(KEPT_CHANGES):
            row = (now - (KEPT_CHANGES - number) * step, "happy", "absent", 0.9, 1, "Happy Hits!", "spotify:playlist:x")
            database.execute("INSERT INTO changes VALUES (?, ?, ?, ?, ?, ?, ?)", row)
    database.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
