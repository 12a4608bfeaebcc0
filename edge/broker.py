"""A small MQTT broker on loopback for trying Moodcast out: `python -m edge.broker --port N`, a process of its own.

It speaks MQTT 3.1.1, asks for no password and keeps nothing on disk. It ends on SIGTERM, or when the process that
started it is gone.
"""

import argparse
import asyncio
import logging
import os
import signal
import sys

_LOOKS_FOR_PARENT_SECONDS = 1.0


async def serve(port: int, parent: int) -> None:
    """Serves on 127.0.0.1:`port` until SIGTERM, or until `parent` is no longer this process's parent."""
    from amqtt.broker import Broker

    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    broker = Broker(
        {
            "listeners": {"default": {"type": "tcp", "bind": f"127.0.0.1:{port}"}},
            "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
        }
    )
    await broker.start()
    while not stop.is_set() and os.getppid() == parent:
        try:
            await asyncio.wait_for(stop.wait(), _LOOKS_FOR_PARENT_SECONDS)
        except TimeoutError:
            continue
    await broker.shutdown()


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m edge.broker", description="An MQTT broker on loopback.")
    parser.add_argument("--port", type=int, required=True, help="port of 127.0.0.1 to listen on")
    args = parser.parse_args(argv)
    # Clients that come and go are news to nobody here.
    logging.basicConfig(level=logging.CRITICAL)
    try:
        asyncio.run(serve(args.port, os.getppid()))
    except Exception as error:  # amqtt wraps whatever happened, a port in use among it, in errors of its own
        print(f"moodcast: no broker on port {args.port}: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
