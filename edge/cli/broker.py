"""A small MQTT broker on loopback for trying Moodcast out: `python -m edge.cli.broker --port N`, a process of its own.

It speaks MQTT 3.1.1, asks for no password and keeps nothing on disk. It ends on SIGTERM, or with its parent.
"""

import argparse
import asyncio
import logging
import os
import signal
import sys

from edge.errors import EdgeError

_PARENT_CHECK_SECONDS = 1.0


async def serve(port: int, parent: int) -> None:
    """Serves on 127.0.0.1:`port` until SIGTERM, or until `parent` is no longer this process's parent.

    Raises EdgeError where it cannot.
    """
    try:
        from amqtt.broker import Broker
        from amqtt.errors import BrokerError
    except ImportError as error:
        raise EdgeError(f"{error}; install requirements-demo.txt into the venv") from error

    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    broker = Broker(
        {
            "listeners": {"default": {"type": "tcp", "bind": f"127.0.0.1:{port}"}},
            "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
        }
    )
    try:
        await broker.start()
    except BrokerError as error:  # amqtt's wrapper of all that keeps it from listening, such as a port in use
        raise EdgeError(str(error)) from error
    while not stop.is_set() and os.getppid() == parent:
        try:
            await asyncio.wait_for(stop.wait(), _PARENT_CHECK_SECONDS)
        except TimeoutError:
            continue
    await broker.shutdown()


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m edge.cli.broker", description="An MQTT broker on loopback.")
    parser.add_argument("--port", type=int, required=True, help="port of 127.0.0.1 to listen on")
    args = parser.parse_args(argv)
    logging.basicConfig(level=logging.CRITICAL)  # amqtt logs every client that connects or leaves
    try:
        asyncio.run(serve(args.port, os.getppid()))
    except EdgeError as error:
        print(f"moodcast: no broker on port {args.port}: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
