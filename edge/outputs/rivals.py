"""Detects others who write to our topics. Pure, except `instance_of`.

Another client may publish a retained `offline` for us or remove our announcement: `Watch` has it published again. Two
devices of one device.id would do that without end, so `Rival` decides which of them goes on.
"""

import contextlib
import hashlib
from pathlib import Path
from typing import Literal

from edge.outputs.connection import Received
from edge.outputs.messages import OFFLINE, ONLINE, Message, Topics
from edge.outputs.quiet import Quiet

#: A topic must be wrong for so long: our own last message arrives within it.
SETTLE_SECONDS = 0.5
#: One topic is restored at most so often within so many seconds.
TIMES, WITHIN_SECONDS = 5, 600.0


class Watch:
    """Watches whether the broker keeps what we published. A wrong topic is published again after SETTLE_SECONDS, at
    most TIMES, so that two clients do not correct each other without end.

    Call `note_published` and `note_received` for every message, `to_restore` from time to time, and `clear` at the end
    of a connection."""

    def __init__(self) -> None:
        self._published: dict[str, Message] = {}
        self._wrong: dict[str, float] = {}
        self._brake = Quiet(TIMES, WITHIN_SECONDS)
        self._contested = float("-inf")

    def note_published(self, message: Message) -> None:
        if message.retain:
            self._published[message.topic] = message
            self._wrong.pop(message.topic, None)

    def note_received(self, topic: str, payload: bytes, now: float) -> None:
        ours = self._published.get(topic)
        if ours is None:
            return
        if payload == ours.payload.encode("utf-8", "replace"):
            self._wrong.pop(topic, None)
        else:
            self._wrong.setdefault(topic, now)

    def to_restore(self, now: float) -> list[Message]:
        """The messages to publish again."""
        again = []
        for topic, since in list(self._wrong.items()):
            if now - since < SETTLE_SECONDS:
                continue
            if self._brake.allows(topic, now):
                again.append(self._published[topic])
            else:
                self._contested = now
        return again

    def next_in(self, now: float) -> float:
        """Seconds until `to_restore` may give something."""
        waits = [since + SETTLE_SECONDS - now for since in self._wrong.values() if now - since < SETTLE_SECONDS]
        return min(waits, default=float("inf"))

    def is_contested(self, now: float) -> bool:
        """Whether somebody lately wrote to a topic more often than it is restored."""
        return now - self._contested < WITHIN_SECONDS

    def clear(self) -> None:
        self._published.clear()
        self._wrong.clear()


#: The other device is reported for so long after its last message; longer than it keeps quiet.
REPORTED_SECONDS = 1800.0


class Rival:
    """Of two devices of one device.id the one with the smaller instance goes on; the other keeps quiet and tries again
    after some minutes. In MQTT 3.1.1 messages carry no instance, and only `Watch` notices. Where our own `instance` is
    empty, nobody is a rival."""

    def __init__(self, instance: str, topics: Topics) -> None:
        self._instance = instance
        self._topics = topics
        self._seen_at = float("-inf")
        self.left_online = False  # another one was `online` when we connected; it may be gone

    def handle(self, message: Received, now: float) -> Literal["", "yield", "answer"]:
        """What a received message requires: to keep quiet, or to answer with our own `online`."""
        availability = message.topic == self._topics.availability
        if availability and message.retained:
            self.left_online = self._is_other(message) and message.payload == ONLINE.encode()
        if message.retained or not self._is_other(message) or message.payload == OFFLINE.encode():
            return ""
        self._seen_at = now
        if message.sender < self._instance:
            return "yield"
        return "answer" if availability else ""

    def seen_lately(self, now: float) -> bool:
        return now - self._seen_at < REPORTED_SECONDS

    def _is_other(self, message: Received) -> bool:
        return bool(self._instance and message.sender and message.sender != self._instance)


_HARDWARE = ("etc/machine-id", "proc/device-tree/serial-number")


def instance_of(folder: Path, root: Path = Path("/")) -> str:
    """Twelve hex digits, the same as long as the state is in `folder` on this machine. A copied card gives others,
    because the hardware's addresses are hashed too; the hash does not reveal them. `root` replaces / in tests."""
    digest = hashlib.sha256(b"Moodcast")
    addresses = sorted((root / "sys/class/net").glob("*/address"))
    for file in [*(root / name for name in _HARDWARE), *addresses]:
        with contextlib.suppress(OSError):
            digest.update(file.read_bytes())
    digest.update(str(folder.absolute()).encode("utf-8", "surrogateescape"))
    return digest.hexdigest()[:12]
