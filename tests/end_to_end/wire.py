"""What the daemon said on the wire."""

from tests.broker.client import BASE
from tests.broker.listener import Listener


def moods(listener: Listener) -> list[str]:
    """The moods, as they changed."""
    said = [heard.text for heard in listener.heard if heard.topic == f"{BASE}/mood"]
    return [mood for mood, before in zip(said, [None, *said], strict=False) if mood != before]
