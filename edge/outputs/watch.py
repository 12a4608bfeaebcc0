"""Whether the broker keeps what we said, or what somebody else put there. Pure: told what was sent and heard, and when.

Whoever may write to the broker can leave a lasting `offline` in our name, or wipe the announcement of the device. What
is seen to be so is said again, a moment later (what we sent ourselves comes back too, the older before the newer), and
not for ever: two who put each other right would never end.
"""

from edge.outputs.messages import Message
from edge.outputs.quiet import Quiet

#: How long a topic must look wrong: what we sent in the meantime is back by then.
SETTLE_SECONDS = 0.5
#: So often one topic is put right within so many seconds.
TIMES, WITHIN_SECONDS = 5, 600.0


class Watch:
    """`said` and `saw` as it happens, `wrong` from time to time; `clear` at the end of a connection."""

    def __init__(self) -> None:
        self._said: dict[str, Message] = {}
        self._wrong: dict[str, float] = {}
        self._brake = Quiet(TIMES, WITHIN_SECONDS)
        self._contested = float("-inf")

    def said(self, message: Message) -> None:
        """We publish this."""
        if message.retain:
            self._said[message.topic] = message
            self._wrong.pop(message.topic, None)

    def saw(self, topic: str, payload: bytes, now: float) -> None:
        """This came; what was never said under that topic is nobody's business here."""
        ours = self._said.get(topic)
        if ours is None:
            return
        if payload == ours.payload.encode("utf-8", "replace"):
            self._wrong.pop(topic, None)
        else:
            self._wrong.setdefault(topic, now)

    def wrong(self, now: float) -> list[Message]:
        """What is to be said again."""
        again = []
        for topic, since in list(self._wrong.items()):
            if now - since < SETTLE_SECONDS:
                continue
            if self._brake.allows(topic, now):
                again.append(self._said[topic])
            else:
                self._contested = now
        return again

    def next_in(self, now: float) -> float:
        """Seconds until `wrong` may have something."""
        waits = [since + SETTLE_SECONDS - now for since in self._wrong.values() if now - since < SETTLE_SECONDS]
        return min(waits, default=float("inf"))

    def contested(self, now: float) -> bool:
        """Whether somebody has been putting it wrong again and again of late."""
        return now - self._contested < WITHIN_SECONDS

    def clear(self) -> None:
        self._said.clear()
        self._wrong.clear()
