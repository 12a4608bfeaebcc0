"""What the broker keeps of a device: its announcements to Home Assistant and its retained topics.

Without removal, Home Assistant shows a device as unavailable for ever once it got another id, prefix or base topic, or
was uninstalled.
"""

from dataclasses import replace
from typing import NamedTuple

from paho.mqtt.client import topic_matches_sub

from edge.config import DeviceConfig, MqttConfig
from edge.outputs.connection import Received, connect
from edge.outputs.discovery import is_leftover, leftover_filters
from edge.outputs.messages import Message, Topics

_ANSWER_SECONDS = 3.0


class MqttPlace(NamedTuple):
    """Where a device speaks; a list of its three words in the state."""

    device_id: str
    base_topic: str
    discovery_prefix: str

    @classmethod
    def of(cls, config: MqttConfig, device: DeviceConfig) -> "MqttPlace":
        return cls(device.id, config.base_topic, config.discovery_prefix)

    @classmethod
    def from_json(cls, kept: object) -> "MqttPlace | None":
        """None for what is no place."""
        match kept:
            case [str() as device_id, str() as base_topic, str() as discovery_prefix]:
                return cls(device_id, base_topic, discovery_prefix)
        return None


class Traces:
    """What is to be removed at `place`, by the device that speaks at `now` (None: it is uninstalled)."""

    def __init__(self, place: MqttPlace, config: MqttConfig, device: DeviceConfig, now: MqttPlace | None) -> None:
        """`config` and `device` fill in what `place` does not say."""
        # As if nothing were to be announced there: then everything that is, is left over.
        self._config = replace(
            config, base_topic=place.base_topic, discovery_prefix=place.discovery_prefix, discovery="off"
        )
        self._device = replace(device, id=place.device_id)
        base = Topics(self._config, self._device)
        self._announced = now is None or (place.device_id, place.discovery_prefix) != (
            now.device_id, now.discovery_prefix)  # fmt: skip
        moved = now is None or (place.device_id, place.base_topic) != (now.device_id, now.base_topic)
        self._topics = (f"{base.base}/+", base.camera_state) if moved else ()

    @property
    def filters(self) -> tuple[str, ...]:
        """What to subscribe to, to be told of them."""
        return (*(leftover_filters(self._config, self._device) if self._announced else ()), *self._topics)

    def holds(self, message: Received, instance: str) -> bool:
        """Whether a message that came is one of them. One that another device (`sender`) has put there is not."""
        if not message.retained or not message.payload or message.sender not in ("", instance) or message.topic is None:
            return False
        if any(topic_matches_sub(topic, message.topic) for topic in self._topics):
            return True
        return self._announced and is_leftover(self._config, self._device, message.topic, message.payload)


def forget(config: MqttConfig, device: DeviceConfig) -> list[str]:
    """Removes what the broker keeps of this device (`scripts/install --uninstall`); the topics that were cleared.
    Raises BrokerError where there is no connection."""
    traces = Traces(MqttPlace.of(config, device), config, device, None)
    with connect(config, f"moodcast-{device.id}-forget") as connection:
        # Brokers confirm in order: after the last one's answer, what is kept under the others has come.
        connection.subscribe(*traces.filters, Topics(config, device).camera_set, qos=0)
        connection.flush(_ANSWER_SECONDS)
        cleared = []
        while (message := connection.next_message()) is not None:
            if message.topic is not None and traces.holds(message, message.sender):
                connection.send(Message(message.topic, "", retain=True))
                cleared.append(message.topic)
        connection.flush(_ANSWER_SECONDS)
        return cleared
