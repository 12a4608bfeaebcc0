"""The command line: arguments only. What each command does stands in `cli.subcommands`."""

import argparse
import errno
import io
import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path

from edge import __version__
from edge.config.kinds import ID
from edge.console import Parser
from edge.errors import EdgeError

SOURCE_HELP = "picamera, /dev/videoN, a video, a folder of images, or an rtsp/http URL"
CONFIG_PLACES = "$MOODCAST_CONFIG, ./config.yaml, /etc/moodcast/config.yaml, or none"


def above_zero(most: float) -> Callable[[str], float]:
    """A number above 0 and at most `most`, for argparse."""

    def parse(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = 0.0
        if not 0 < value <= most:
            raise argparse.ArgumentTypeError(f"must be a number above 0 and at most {most:g}, not {text!r}")
        return value

    return parse


def name(text: str) -> str:
    """Anything but nothing, which `Path` takes for the working folder: a script's variable was not set."""
    if not text:
        raise argparse.ArgumentTypeError("is empty")
    return text


def path(text: str) -> Path:
    return Path(name(text))


def device_id(text: str) -> str:
    if not ID.fits(text):
        raise argparse.ArgumentTypeError(f"must be {ID.words}")
    return text


def parser() -> argparse.ArgumentParser:
    top = Parser(prog="python -m edge", description="Moodcast: a camera that reads the mood of a room.")
    top.add_argument("--version", action="version", version=f"Moodcast {__version__}")
    commands = top.add_subparsers(dest="command", required=True, parser_class=Parser, metavar="COMMAND")

    def bare(called: str, text: str) -> argparse.ArgumentParser:
        return commands.add_parser(called, help=text, description=text[0].upper() + text[1:] + ".")

    def command(called: str, text: str) -> argparse.ArgumentParser:
        sub = bare(called, text)
        sub.add_argument("--config", type=path, metavar="FILE", help=f"configuration (default: {CONFIG_PLACES})")
        return sub

    run = command("run", "start the daemon: camera, MQTT, page")
    pictures = run.add_mutually_exclusive_group()
    pictures.add_argument("--source", type=name, help=f"instead of camera.source: {SOURCE_HELP}")
    pictures.add_argument("--demo", action="store_true", help="two portraits before an empty wall instead of a camera")

    check = command("check", "check config, model, camera, broker and disk, and name every problem")
    check.add_argument("--source", type=name, help=f"instead of camera.source: {SOURCE_HELP}")
    check.add_argument("--snapshot", type=path, metavar="FILE", help="write a picture with a grid, for faces.ignore")
    check.add_argument("--offline", action="store_true", help="without camera, broker and page: config, model and disk")

    command("home", "hear the rooms on the broker, and tell the mood of the home there")

    forget = command("forget", "take away what the broker keeps of this device, before it is taken down")
    forget.add_argument("--id", type=device_id, metavar="ID", help="instead of device.id: of one that is gone for good")

    photo = command("photo", "the expression of each face in pictures")
    photo.add_argument("images", nargs="+", type=path, metavar="IMAGE")
    photo.add_argument("--json", action="store_true", help="one JSON object a line")

    replay = command("replay", "the whole pipeline on recorded media, on the media's own clock")
    replay.add_argument("media", type=name, metavar="VIDEO|FOLDER")
    replay.add_argument("--json", action="store_true", help="one JSON object a line")
    replay.add_argument("--fps", type=above_zero(1000), metavar="N", help="look at N frames a second (folder: show N)")
    replay.add_argument("--why", action="store_true", help="tell what the mood hangs on, at every change and between")
    replay.add_argument("--truth", type=path, metavar="CSV", help="score the changes against labelled ranges")

    bench = command("bench", "CPU a frame and what its stages take, beside a plain scan of every frame")
    bench.add_argument("media", nargs="?", type=name, metavar="VIDEO", help="default: the demo")
    bench.add_argument("--json", action="store_true", help="one JSON object")

    report = command("report", "what only this device can tell, for an issue: no pictures, passwords, names, addresses")
    report.add_argument(
        "--minutes", type=above_zero(1440), default=1.0, metavar="N", help="measure for so long (default: 1)"
    )
    report.add_argument(
        "--token", type=path, metavar="FILE", help="a file with a token of the page, where it wants one"
    )

    bare("password", "make what web.password_file holds, from a password that is typed or comes on standard input")
    return top


def main(argv: list[str] | None = None) -> int:
    """Runs one command. Returns 0, 1 (done in part, or the daemon's own failure) or 2 (for the owner to mend)."""
    args = parser().parse_args(argv)
    # journald stamps lines itself.
    stamp = "" if "JOURNAL_STREAM" in os.environ else "%(asctime)s "
    logging.basicConfig(level=logging.INFO, format=stamp + "%(levelname)-7s %(message)s", stream=sys.stderr)
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A file's name may be no text, and a terminal may know no ×: neither ends a command.
        sys.stdout.reconfigure(errors="backslashreplace")
    logging.getLogger("waitress").setLevel(logging.WARNING)  # viewers who leave are no news
    from edge.cli import subcommands

    try:
        return int(getattr(subcommands, args.command)(args))
    except EdgeError as error:
        for line in str(error).splitlines():
            print(f"moodcast: {line}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except OSError as error:
        if error.errno not in (errno.EPIPE, errno.ENOSPC):
            raise
        if error.errno == errno.ENOSPC:
            print("moodcast: what is found cannot be written down: the disk is full", file=sys.stderr)
        # Else the reader of our lines has gone (`… | head`). Either way, what is still to be written must not be tried.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


if __name__ == "__main__":
    sys.exit(main())
