"""What scripts/run starts: `python -m edge run`, with the demo where there is no camera, an embedded broker where the
one that is expected on this machine is missing, and another port where the page's is taken. It prints a line for each.
"""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path

from edge import config
from edge.camera.nodes import is_raspberry_pi
from edge.camera.opening import open_source
from edge.errors import CameraError, ConfigError, EdgeError
from edge.web.address import bind

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_BROKER_START_SECONDS = 20.0


def is_listening(host: str, port: int) -> bool:
    """Whether something accepts connections at `host`:`port`."""
    try:
        with socket.create_connection((host, port), timeout=2.0):
            return True
    except OSError:
        return False


def free_port(host: str) -> int:
    """A free port of `host`. Raises EdgeError where `host` is not this machine's."""
    with bind(host, 0) as probe:
        port: int = probe.getsockname()[1]
        return port


def print_line(line: str) -> None:
    print(f"run: {line}", flush=True)


def choose_camera(camera: config.CameraConfig) -> list[str]:
    """--demo where `camera.source` is left at auto and no camera of this machine gives a picture."""
    if camera.source != "auto":
        print_line("camera: the configuration's camera.source")
        return []
    try:
        source = open_source(camera)
    except CameraError as error:
        if is_raspberry_pi() or any(Path("/dev").glob("video*")):
            print_line(str(error))
        print_line("no camera here, so the demo plays: two portraits come and go before an empty wall")
        return ["--demo"]
    print_line(f"camera: {source.name}")
    source.close()
    return []


def _needs_broker(mqtt: config.MqttConfig) -> bool:
    """Whether an embedded broker can take the place of the one that is expected; prints why not."""
    if is_listening(mqtt.host, mqtt.port):
        print_line(f"broker: {mqtt.host}:{mqtt.port}")
    elif mqtt.host not in _LOOPBACK or mqtt.tls.enabled:
        print_line(f"the broker {mqtt.host}:{mqtt.port} does not answer; Moodcast keeps trying")
    elif find_spec("amqtt") is None:
        print_line("no broker here, and none embedded: install mosquitto, or requirements-demo.txt into the venv")
    else:
        return True
    return False


@contextmanager
def provide_broker(mqtt: config.MqttConfig) -> Iterator[Mapping[str, str]]:
    """Environment variables for MQTT; while inside, an embedded broker runs where one is missing."""
    if not mqtt.enabled or not _needs_broker(mqtt):
        yield {}
        return
    port = free_port("127.0.0.1")
    # A session of its own: Ctrl-C must not end the broker before the daemon has sent `offline`.
    process = subprocess.Popen(
        [sys.executable, "-m", "edge.cli.broker", "--port", str(port)], stdin=subprocess.DEVNULL, start_new_session=True
    )
    try:
        deadline = time.monotonic() + _BROKER_START_SECONDS
        while not is_listening("127.0.0.1", port) and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)
        if process.poll() is None:
            print_line(f"no broker at {mqtt.host}:{mqtt.port}, so one runs here on 127.0.0.1:{port}; watch it with")
            print_line(f"    mosquitto_sub -h 127.0.0.1 -p {port} -v -t '{mqtt.base_topic}/#'")
            yield {"MOODCAST_MQTT_HOST": "127.0.0.1", "MOODCAST_MQTT_PORT": str(port)}
        else:
            print_line("the embedded broker did not start; Moodcast goes on without one")
            yield {}
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def provide_page(web: config.WebConfig) -> Mapping[str, str]:
    """Environment variables for the page: another port where its own is taken."""
    if not web.enabled:
        return {}
    port = web.port
    try:
        bind(web.host, port).close()
    except EdgeError as error:
        try:
            port = free_port(web.host)
        except EdgeError:
            return {}  # web.host is wrong, and the daemon says so
        print_line(f"{error}; for now the page is on {port}")
    shown = "localhost" if web.host in ("0.0.0.0", "::") else web.host
    print_line(f"page: http://{f'[{shown}]' if ':' in shown else shown}:{port}/")
    return {"MOODCAST_WEB_PORT": str(port)} if port != web.port else {}


def main(argv: list[str]) -> int:
    """`argv` is what `python -m edge run` takes. Returns its exit status."""
    from edge.__main__ import main as edge
    from edge.__main__ import parser

    args = parser().parse_args(["run", *argv])
    try:
        chosen = config.load(args.config, os.environ)
    except ConfigError:
        return edge(["run", *argv])  # it prints the error
    added = [] if args.demo or args.source else choose_camera(chosen.camera)
    if args.demo:
        print_line("the demo plays: two portraits come and go before an empty wall")
    with ExitStack() as stack:
        os.environ.update(stack.enter_context(provide_broker(chosen.mqtt)))
        os.environ.update(provide_page(chosen.web))
        return edge(["run", *argv, *added])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
