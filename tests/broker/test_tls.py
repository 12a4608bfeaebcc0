"""Brokers with TLS: whose certificate is taken, and what is said of the others."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.config import TlsConfig
from edge.outputs.probe import probe
from tests.broker.certificates import Certificates, make_certificates
from tests.broker.client import DEVICE, StartMqtt, at, until
from tests.broker.mosquitto import Mosquitto, free_port


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def tls_broker(tmp_path: Path, certificates: Certificates) -> Iterator[Mosquitto]:
    with Mosquitto(tmp_path / "broker", certificates=certificates) as broker:
        yield broker


def test_tls_with_the_right_authority(start: StartMqtt, tls_broker: Mosquitto, certificates: Certificates) -> None:
    mqtt = start(at(tls_broker.port, "localhost", tls=TlsConfig(enabled=True, ca_file=certificates.ca)))
    until(lambda: mqtt.state == "connected with MQTT 5" and mqtt.queue == 0, "connected, all confirmed")


@pytest.mark.parametrize(("host", "own_authority", "tells"), [
    ("localhost", False, "not trusted"),
    ("127.0.0.1", True, "IP address mismatch"),
])  # fmt: skip
def test_a_certificate_that_does_not_fit_is_refused_with_the_reason(
    start: StartMqtt,
    tls_broker: Mosquitto,
    certificates: Certificates,
    host: str,
    own_authority: bool,
    tells: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    tls = TlsConfig(enabled=True, ca_file=certificates.ca if own_authority else None)
    config = at(tls_broker.port, host, tls=tls)
    mqtt = start(config)
    until(lambda: mqtt.state.startswith("tls"), "refused")
    assert tells in caplog.text and "mqtt.tls.ca_file" in caplog.text and "Traceback" not in caplog.text
    (problem,) = probe(config, DEVICE).problems
    assert tells in problem


def test_insecure_takes_another_host_s_certificate_but_none_of_another_authority(
    start: StartMqtt, tls_broker: Mosquitto, certificates: Certificates
) -> None:
    mqtt = start(at(tls_broker.port, tls=TlsConfig(enabled=True, ca_file=certificates.ca, insecure=True)))
    until(lambda: mqtt.state.startswith("connected"), "connected")
    (problem,) = probe(at(tls_broker.port, tls=TlsConfig(enabled=True, insecure=True)), DEVICE).problems
    assert "not trusted" in problem


def test_a_client_certificate_is_shown_where_the_broker_asks_for_one(
    start: StartMqtt, tmp_path: Path, certificates: Certificates
) -> None:
    with Mosquitto(tmp_path / "broker", certificates=certificates, client_certificates=True) as broker:
        own = TlsConfig(True, certificates.ca, certificates.client, certificates.client_key)
        mqtt = start(at(broker.port, "localhost", tls=own))
        until(lambda: mqtt.state.startswith("connected"), "connected")
        none = TlsConfig(True, certificates.ca)
        (problem,) = probe(at(broker.port, "localhost", tls=none), DEVICE).problems
        assert f"localhost:{broker.port}" in problem


def test_tls_files_that_are_missing_or_no_certificates_are_named(tmp_path: Path, certificates: Certificates) -> None:
    nonsense = tmp_path / "nonsense.pem"
    nonsense.write_text("nothing")
    for tls, named in (
        (TlsConfig(True, tmp_path / "none.pem"), f"mqtt.tls.ca_file {tmp_path / 'none.pem'}: No such file"),
        (TlsConfig(True, nonsense), f"mqtt.tls.ca_file {nonsense}: not a usable PEM file"),
        (TlsConfig(True, certificates.ca, nonsense, nonsense), f"mqtt.tls.cert_file {nonsense}"),
        (TlsConfig(True, certificates.ca, certificates.client, certificates.server_key), "mqtt.tls.cert_file"),
    ):
        (problem,) = probe(at(free_port(), tls=tls), DEVICE).problems
        assert named in problem and "\n" not in problem


def test_a_locked_key_is_told_of_and_asks_nobody(tmp_path: Path, certificates: Certificates) -> None:
    locked = tmp_path / "locked.key"
    subprocess.run(["openssl", "ec", "-aes256", "-passout", "pass:secret", "-in", str(certificates.client_key),
                    "-out", str(locked)], check=True, capture_output=True)  # fmt: skip
    tls = TlsConfig(True, certificates.ca, certificates.client, locked)
    (problem,) = probe(at(free_port(), tls=tls), DEVICE).problems
    assert "passphrase" in problem


def test_tls_on_a_port_without_it_and_the_other_way_round(tmp_path: Path, tls_broker: Mosquitto) -> None:
    with Mosquitto(tmp_path / "plain") as plain:
        (problem,) = probe(at(plain.port, tls=TlsConfig(enabled=True)), DEVICE).problems
        assert f"127.0.0.1:{plain.port}" in problem and "TLS" in problem
    (problem,) = probe(at(tls_broker.port), DEVICE).problems
    assert "does it expect TLS?" in problem
