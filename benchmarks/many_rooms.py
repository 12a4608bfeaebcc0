"""What many rooms cost one mosquitto: `python -m benchmarks.many_rooms --rooms 50 1000`.

What a room says is recorded from the demo, a daemon as it is, which says more than most rooms: its portraits come and
go every few seconds. Then so many connections say the same, each from another moment on, while one subscriber hears it
all, as Home Assistant does. Printed is what mosquitto takes, and how late the subscriber hears.
"""

import argparse
import asyncio
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion

from tests.broker.mosquitto import Mosquitto

#: The first seconds announce the device; a room says that once in weeks.
_SETTLED_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Said:
    """One message of a room: so many seconds after the recording's beginning, below the room's own topic."""

    at: float
    topic: str
    payload: bytes
    qos: int
    retain: bool


@dataclass(slots=True)
class Heard:
    """What the subscriber heard: the delays in seconds, and when each message that is on its way was sent."""

    delays: list[float] = field(default_factory=list)
    sent: dict[str, deque[float]] = field(default_factory=dict)


def record(seconds: float) -> list[Said]:
    """What a daemon with the demo says, after it has settled."""
    with tempfile.TemporaryDirectory() as name, Mosquitto(Path(name) / "broker") as broker:
        found: list[Said] = []
        started = time.monotonic()
        with listener(broker.port, lambda message: found.append(_said(message, time.monotonic() - started))):
            config = Path(name) / "config.yaml"
            config.write_text(f"mqtt: {{host: 127.0.0.1, port: {broker.port}}}\nweb: {{enabled: false}}\n")
            environ = os.environ | {"STATE_DIRECTORY": name}
            command = [sys.executable, "-m", "edge", "run", "--source", "demo", "--config", str(config)]
            daemon = subprocess.Popen(command, env=environ, stderr=subprocess.DEVNULL)
            try:
                time.sleep(_SETTLED_SECONDS + seconds)
            finally:
                daemon.terminate()
                daemon.wait(20)
    end = _SETTLED_SECONDS + seconds
    return [
        Said(each.at - _SETTLED_SECONDS, each.topic, each.payload, each.qos, each.retain)
        for each in found
        if _SETTLED_SECONDS <= each.at < end
    ]


def _said(message: paho.MQTTMessage, at: float) -> Said:
    _, _, topic = message.topic.split("/", 2)
    return Said(at, topic, bytes(message.payload), message.qos, topic not in ("event", "health"))


@contextmanager
def listener(port: int, hear: Callable[[paho.MQTTMessage], object]) -> Iterator[None]:
    """A subscriber of everything below moodcast/."""
    client = paho.Client(CallbackAPIVersion.VERSION2, "listener")

    def on_message(_client: object, _data: object, message: paho.MQTTMessage) -> None:
        hear(message)

    def on_connect(*_: object) -> None:
        client.subscribe("moodcast/#", qos=1)

    subscribed = threading.Event()
    client.on_message, client.on_connect = on_message, on_connect
    client.on_subscribe = lambda *_: subscribed.set()
    client.connect("127.0.0.1", port)
    client.loop_start()
    subscribed.wait(10)
    yield
    client.disconnect()
    client.loop_stop()


def _text(text: str) -> bytes:
    return len(text.encode()).to_bytes(2, "big") + text.encode()


def _packet(kind: int, body: bytes) -> bytes:
    """An MQTT 3.1.1 control packet: its first byte, its length, its body."""
    length, left = bytearray(), len(body)
    while True:
        left, digit = divmod(left, 128)
        length.append(digit | (0x80 if left else 0))
        if not left:
            return bytes([kind]) + bytes(length) + body


async def room(number: int, port: int, says: Sequence[Said], seconds: float, heard: Heard) -> int:
    """One room, from a moment of its own on; returns how many messages it sent."""
    base, period = f"moodcast/room{number}", max(each.at for each in says) + 1.0
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    will = _text(f"{base}/availability") + _text("offline")
    # MQTT, level 4, a clean session with a retained will of QoS 1, 60 s of keepalive.
    writer.write(_packet(0x10, _text("MQTT") + bytes([4, 0x2E, 0, 60]) + _text(f"room{number}") + will))
    await reader.readexactly(4)
    drain = asyncio.ensure_future(_read_all(reader))  # what the broker confirms
    start, count = time.monotonic() - random.Random(number).random() * period, 0
    end = time.monotonic() + seconds
    turn = (time.monotonic() - start) // period
    while True:
        for each in says:
            due = start + turn * period + each.at
            if due < time.monotonic() - 0.5:
                continue
            if due >= end:
                await asyncio.sleep(1.0)  # what is on its way is taken before the connection ends
                drain.cancel()
                writer.close()
                return count
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            count += 1
            topic = f"{base}/{each.topic}"
            number_of_it = (count % 65535 + 1).to_bytes(2, "big") if each.qos else b""
            heard.sent.setdefault(topic, deque()).append(time.monotonic())
            flags = 0x30 | each.qos << 1 | each.retain
            writer.write(_packet(flags, _text(topic) + number_of_it + each.payload))
        turn += 1


async def _read_all(reader: asyncio.StreamReader) -> None:
    while await reader.read(4096):
        pass


def measure(rooms: int, says: Sequence[Said], seconds: float) -> str:
    """One line of the table."""
    heard = Heard()

    def hear(message: paho.MQTTMessage) -> None:
        if waiting := heard.sent.get(message.topic):
            heard.delays.append(time.monotonic() - waiting.popleft())

    async def everybody(port: int) -> int:
        return sum(await asyncio.gather(*(room(n, port, says, seconds, heard) for n in range(rooms))))

    with (
        tempfile.TemporaryDirectory() as name,
        Mosquitto(Path(name) / "broker") as broker,
        listener(broker.port, hear),
    ):
        before = _cpu_seconds(broker.pid)
        sent = asyncio.run(everybody(broker.port))
        time.sleep(1.0)
        cpu, rss = _cpu_seconds(broker.pid) - before, _rss_kib(broker.pid)
    late = sorted(heard.delays)
    return (
        f"{rooms:6} {sent / seconds:10.1f} {100 * cpu / seconds:10.2f} {rss / 1024:10.1f} "
        f"{1000 * late[len(late) // 2]:10.1f} {1000 * late[len(late) * 99 // 100]:10.1f} {len(late) / sent:9.2%}"
    )


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _rss_kib(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text("ascii")
    return int(status.partition("VmRSS:")[2].split()[0])


def main() -> None:
    parser = argparse.ArgumentParser(description="What many rooms cost one mosquitto.")
    parser.add_argument("--rooms", type=int, nargs="+", default=[50, 1000])
    parser.add_argument("--seconds", type=float, default=60.0, help="of each, and of what is recorded")
    args = parser.parse_args()
    says = record(args.seconds)
    print(
        f"a room says {60 * len(says) / args.seconds:.1f} messages a minute, {sum(len(e.payload) for e in says)} bytes"
    )
    print("  rooms messages/s  broker %   broker MiB  median ms     99 % ms    heard")
    for rooms in args.rooms:
        print(measure(rooms, says, args.seconds), flush=True)


if __name__ == "__main__":
    main()
