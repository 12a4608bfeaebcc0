"""Two devices of one device.id on one broker: who of them goes on. Pure: told what was heard and when.

In v5 what a Moodcast publishes bears its instance. The one whose instance is less goes on, the other keeps quiet and
looks again after some minutes. In 3.1.1 nobody can tell them apart; they only see that their topics are disputed.
"""

from typing import Literal

from edge.outputs.connection import Received
from edge.outputs.messages import OFFLINE, ONLINE, Topics

#: For so long after it was heard the other one is spoken of: longer than it keeps quiet.
SPOKEN_OF_SECONDS = 1800.0


class Rival:
    """`instance` is ours; empty where there is none, and then nobody is a rival."""

    def __init__(self, instance: str, topics: Topics) -> None:
        self._instance = instance
        self._topics = topics
        self._heard_at = float("-inf")
        self._left_online = False

    def heard(self, message: Received, now: float) -> Literal["", "we yield", "answer"]:
        """What a message that came asks of us: to keep quiet from now on, or to say that we are here."""
        availability = message.topic == self._topics.availability
        if availability and message.retained:
            self._left_online = self._is_other(message) and message.payload == ONLINE.encode()
        if message.retained or not self._is_other(message) or message.payload == OFFLINE.encode():
            return ""
        self._heard_at = now
        if message.sender < self._instance:
            return "we yield"
        return "answer" if availability else ""

    @property
    def left_online(self) -> bool:
        """Whether another one was `online` here when we came: it may be, or may have gone without a word."""
        return self._left_online

    def spoken_of(self, now: float) -> bool:
        return now - self._heard_at < SPOKEN_OF_SECONDS

    def _is_other(self, message: Received) -> bool:
        return bool(self._instance and message.sender and message.sender != self._instance)
