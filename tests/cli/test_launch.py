"""What scripts/run puts in the place of what this machine lacks; the whole of it is started in tests/scripts."""

import socket
import sys

import pytest

from edge.camera import opening, v4l2
from edge.cli import launch
from edge.cli.launch import choose_camera, provide_broker, provide_page
from edge.config import CameraConfig, MqttConfig, WebConfig


def test_the_page_keeps_its_port_where_that_is_free(free_port: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert provide_page(WebConfig(host="127.0.0.1", port=free_port)) == {}
    assert capsys.readouterr().out == f"run: page: http://127.0.0.1:{free_port}/\n"


def test_the_page_gets_another_port_where_its_own_is_taken(free_port: int, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", free_port)):
        other = provide_page(WebConfig(host="127.0.0.1", port=free_port))["MOODCAST_WEB_PORT"]
    assert other != str(free_port)
    taken, shown = capsys.readouterr().out.splitlines()
    assert f"127.0.0.1:{free_port} is in use" in taken and taken.endswith(f"the page is on {other}")
    assert shown == f"run: page: http://127.0.0.1:{other}/"


@pytest.mark.parametrize("host", ["no.such.host.invalid", "203.0.113.9"])  # RFC 6761, RFC 5737: nobody's
def test_a_host_that_is_not_this_machine_is_left_to_the_daemon_to_name(
    host: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert provide_page(WebConfig(host=host)) == {}
    assert capsys.readouterr().out == ""


def test_a_broker_elsewhere_that_does_not_answer_is_not_replaced(capsys: pytest.CaptureFixture[str]) -> None:
    with provide_broker(MqttConfig(host="no.such.host.invalid")) as environ:
        assert environ == {}
    assert "no.such.host.invalid:1883 does not answer; Moodcast keeps trying" in capsys.readouterr().out


def test_a_pi_without_picamera2_plays_the_demo_and_is_told_the_command_that_gets_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A fake Pi, which lacks picamera2 and a camera as this machine does."""
    for module in (launch, opening):
        monkeypatch.setattr(module, "is_raspberry_pi", lambda: True)
    monkeypatch.setattr(v4l2, "capture_devices", lambda: [])
    monkeypatch.setitem(sys.modules, "picamera2", None)
    assert choose_camera(CameraConfig()) == ["--demo"]
    assert "sudo apt install python3-picamera2" in capsys.readouterr().out
