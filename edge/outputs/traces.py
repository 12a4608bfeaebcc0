"""The retained messages of a device's former topics, and its announcements to Home Assistant, to be removed.

Otherwise Home Assistant shows the device as unavailable for ever after another id, prefix or base topic, or
uninstalling.
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
    """What a device's topics are made of; in the state a list of the three words."""

    device_id: str
    base_topic: str
    discovery_prefix: str

    @classmethod
    def of(cls, config: MqttConfig, device: DeviceConfig) -> "MqttPlace":
        return cls(device.id, config.base_topic, config.discovery_prefix)

    @classmethod
    def from_json(cls, kept: object) -> "MqttPlace | None":
        """None for anything else."""
        match kept:
            case [str() as device_id, str() as base_topic, str() as discovery_prefix]:
                return cls(device_id, base_topic, discovery_prefix)
        return None


class Traces:
    """What to remove at `place`, where the device is at `now` (None: uninstalled)."""

    def __init__(self, place: MqttPlace, config: MqttConfig, device: DeviceConfig, now: MqttPlace | None) -> None:
        """`config` and `device` give the rest of the options."""
        # With discovery off every announcement there is a leftover.
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
        """The topics to subscribe to."""
        return (*(leftover_filters(self._config, self._device) if self._announced else ()), *self._topics)

    def holds(self, message: Received, instance: str) -> bool:
        """Whether a received message is one of them, and not another device's."""
        if not message.retained or not message.payload or message.sender not in ("", instance) or message.topic is None:
            return False
        if any(topic_matches_sub(topic, message.topic) for topic in self._topics):
            return True
        return self._announced and is_leftover(self._config, self._device, message.topic, message.payload)


def forget(config: MqttConfig, device: DeviceConfig) -> list[str]:
    """Removes what the broker keeps of this device (`scripts/install --uninstall`); returns the cleared topics. Raises
    BrokerError."""
    traces = Traces(MqttPlace.of(config, device), config, device, None)
    with connect(config, f"moodcast-{device.id}-forget") as connection:
        # Brokers confirm in order: after the last answer, the retained messages of the other topics have arrived.
        connection.subscribe(*traces.filters, Topics(config, device).camera_set, qos=0)
        connection.flush(_ANSWER_SECONDS)
        cleared = []
        while (message := connection.next_message()) is not None:
            if message.topic is not None and traces.holds(message, message.sender):
                connection.send(Message(message.topic, "", retain=True))
                cleared.append(message.topic)
        connection.flush(_ANSWER_SECONDS)
        return cleared
