"""Takes away what the broker keeps of this device: for `scripts/install --uninstall`."""

import contextlib

from edge.config import DeviceConfig, MqttConfig
from edge.outputs.connection import CONNECT_SECONDS, V5, V311, Connection
from edge.outputs.failure import BrokerError
from edge.outputs.messages import Message, Topics
from edge.outputs.traces import Place, Traces

_ANSWER_SECONDS = 3.0


def forget(config: MqttConfig, device: DeviceConfig) -> list[str]:
    """The topics that were cleared. Raises BrokerError where there is no connection."""
    traces = Traces(Place.of(config, device), config, device, None)
    for protocol in (V5, V311):
        try:
            connection = Connection(config, f"moodcast-{device.id}-forget", protocol, patience=CONNECT_SECONDS)
            with contextlib.closing(connection):
                connection.open()
                # Brokers confirm in order: after the last one's answer, what is kept under the others has come.
                connection.subscribe(*traces.filters, Topics.of(config, device).camera_set, qos=0)
                connection.flush(_ANSWER_SECONDS)
                cleared = []
                while (message := connection.received()) is not None:
                    if message.topic is not None and traces.holds(message, message.sender):
                        connection.send(Message(message.topic, "", retain=True))
                        cleared.append(message.topic)
                connection.flush(_ANSWER_SECONDS)
                return cleared
        except BrokerError as error:
            if protocol == V311 or error.kind not in ("version", "silent"):
                raise
    raise AssertionError("the last attempt returns or raises")
