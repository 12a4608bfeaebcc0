"""Why there is no connection to the broker: a kind for the program and a line for the owner."""

from typing import Final, Literal

from paho.mqtt.enums import MQTTProtocolVersion
from paho.mqtt.reasoncodes import ReasonCode

from edge.config import MqttConfig

Kind = Literal["unreachable", "tls", "refused", "version", "silent", "lost", "taken over"]
Protocol = Literal[MQTTProtocolVersion.MQTTv5, MQTTProtocolVersion.MQTTv311]
V5: Final = MQTTProtocolVersion.MQTTv5
V311: Final = MQTTProtocolVersion.MQTTv311
PROTOCOL_NAMES: dict[Protocol, str] = {V5: "MQTT 5", V311: "MQTT 3.1.1"}

_UNSUPPORTED_VERSION = 132
_WRONG_PASSWORD = (134, 135)
#: What a broker lacks, by reason code, with its option in mosquitto.conf; other brokers have similar ones.
LACKS = {154: "retained messages (mosquitto: retain_available true)", 155: "QoS 1 (mosquitto: max_qos 1)"}


class BrokerError(Exception):
    """There is no connection, or it has ended. `str()` is one line for the owner.

    `kind`: unreachable: no TCP connection; tls: the certificates do not fit; refused: the broker refused us; version:
    it does not speak this protocol; silent: it hung up or said nothing before it accepted us; lost: an accepted
    connection broke; taken over: another device has our device.id. `host_answers`: the host is up, only the broker is
    not.
    """

    def __init__(self, kind: Kind, text: str, host_answers: bool = False) -> None:
        self.kind: Kind = kind
        self.host_answers = host_answers
        super().__init__(text)


class TooLong(BrokerError):
    """The broker sent a packet that is too long; the connection has ended."""


def refusal(config: MqttConfig, protocol: Protocol, answer: ReasonCode) -> BrokerError:
    """The error for a broker that answers CONNECT with something other than success."""
    where = f"{config.host}:{config.port}"
    if answer.value == _UNSUPPORTED_VERSION:
        return BrokerError("version", f"{where} does not speak {PROTOCOL_NAMES[protocol]}")
    if answer.value in _WRONG_PASSWORD:
        who = "a client without a name" if config.username is None else f"user {config.username!r}"
        return BrokerError("refused", f"{where} refuses {who} or the password ({answer}); "
                           "check mqtt.username and mqtt.password")  # fmt: skip
    if answer.value in LACKS:
        return BrokerError("refused", f"{where} has no {LACKS[answer.value]}, which Moodcast needs")
    return BrokerError("refused", f"{where} refuses the connection: {answer}")
