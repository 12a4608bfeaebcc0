"""Whether the broker would have us: one connection on trial, for `check`."""

import contextlib
from dataclasses import dataclass

from edge.config import DeviceConfig, MqttConfig
from edge.outputs.connection import CONNECT_SECONDS, PROTOCOL_NAMES, V5, V311, Connection, Protocol
from edge.outputs.failure import BrokerError
from edge.outputs.messages import Topics
from edge.outputs.retry import SHORT_SECONDS

_ANSWER_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Probe:
    """`problems`: one line each, with what to do, empty where all is well; `note`: what was found, for the owner."""

    problems: tuple[str, ...]
    note: str = ""


def probe(config: MqttConfig, device: DeviceConfig) -> Probe:
    """Connects as the daemon would, but by another client id, so that a running daemon keeps its session."""
    problem = ""
    attempts: tuple[tuple[Protocol, float], ...] = ((V5, SHORT_SECONDS), (V311, CONNECT_SECONDS))
    for protocol, patience in attempts:
        try:
            client_id = f"moodcast-{device.id}-check"
            with contextlib.closing(Connection(config, client_id, protocol, patience=patience)) as connection:
                connection.open()
                connection.subscribe(Topics.of(config, device).camera_set)
                connection.flush(_ANSWER_SECONDS)
                note = f"connected to {config.host}:{config.port} with {PROTOCOL_NAMES[protocol]}"
                if protocol == V311:
                    note += ", the only one it speaks (that is enough)"
                return Probe(tuple(connection.refusals()), note)
        except BrokerError as error:
            problem = str(error)
            if error.kind not in ("version", "silent"):
                break
    return Probe((problem,))
