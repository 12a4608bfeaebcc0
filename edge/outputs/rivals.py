"""Who else writes under our topics. Pure, but for `instance_of`: told what was sent and received, and when.

Another client of the broker can leave a lasting `offline` in our name, or remove the announcement of the device: then
`Watch` has it published again. Two devices of one device.id would never end with that: `Rival` decides who goes on.
"""

import contextlib
import hashlib
from pathlib import Path
from typing import Literal

from edge.outputs.connection import Received
from edge.outputs.messages import OFFLINE, ONLINE, Message, Topics
from edge.outputs.quiet import Quiet

#: How long a topic must look wrong: what we sent in the meantime is back by then.
SETTLE_SECONDS = 0.5
#: So often one topic is restored within so many seconds.
TIMES, WITHIN_SECONDS = 5, 600.0


class Watch:
    """Whether the broker keeps what we published. What is wrong is published again a moment later, for what we sent
    ourselves comes back too, and at most TIMES: two who correct each other would never end.

    `published` and `received` as it happens, `to_restore` from time to time; `clear` at the end of a connection."""

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
        """What is to be published again."""
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
        """Seconds until `to_restore` may have something."""
        waits = [since + SETTLE_SECONDS - now for since in self._wrong.values() if now - since < SETTLE_SECONDS]
        return min(waits, default=float("inf"))

    def is_contested(self, now: float) -> bool:
        """Whether somebody has written there again and again of late."""
        return now - self._contested < WITHIN_SECONDS

    def clear(self) -> None:
        self._published.clear()
        self._wrong.clear()


#: For so long after it was seen the other one is reported: longer than it keeps quiet.
REPORTED_SECONDS = 1800.0


class Rival:
    """Two devices of one device.id: the one whose instance is less goes on, the other keeps quiet and looks again after
    some minutes. In MQTT 3.1.1 messages bear no instance, and only `Watch` sees that the topics are disputed.

    `instance` is ours; empty where there is none, and then nobody is a rival."""

    def __init__(self, instance: str, topics: Topics) -> None:
        self._instance = instance
        self._topics = topics
        self._seen_at = float("-inf")
        self.left_online = False  # whether another one was `online` when we came; it may have gone since

    def handle(self, message: Received, now: float) -> Literal["", "yield", "answer"]:
        """What a message that came asks of us: to keep quiet from now on, or to answer that we are here."""
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
    """Twelve hex digits that stay the same for the daemon that keeps its state in `folder` on this machine, and are
    others elsewhere: also on a card that was copied, for they come from the hardware's addresses too. They tell nothing
    about where they come from. `root` stands in for / in tests."""
    digest = hashlib.sha256(b"Moodcast")
    addresses = sorted((root / "sys/class/net").glob("*/address"))
    for file in [*(root / name for name in _HARDWARE), *addresses]:
        with contextlib.suppress(OSError):
            digest.update(file.read_bytes())
    digest.update(str(folder.absolute()).encode("utf-8", "surrogateescape"))
    return digest.hexdigest()[:12]
