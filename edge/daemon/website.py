"""The web room as the daemon uses it: given what it shows, and started."""

import logging
import socket
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from edge.config import Config
from edge.daemon.continuity import Continuity
from edge.daemon.heart import Heart
from edge.daemon.resting import RestingFace
from edge.daemon.switch import Switch
from edge.mailbox import Latest
from edge.picture import decode_reduced
from edge.records import Face, Frame, Status
from edge.vision.model import Model, load_model
from edge.vision.photo import Photos
from edge.web.app import create_app
from edge.web.server import Server

log = logging.getLogger(__name__)

#: Threads for requests that end soon, besides one for each page that follows live.
SPARE_THREADS = 4


@dataclass(frozen=True, slots=True)
class Analysed:
    """The faces of one uploaded photo of `width` × `height` pixels."""

    faces: tuple[Face, ...]
    width: int
    height: int


class PhotoDesk:
    """Analyses uploaded photos with a detector and an interpreter of its own, made when the first one comes.

    Serves one thread at a time; the page sees to that.
    """

    def __init__(self, load: Callable[[], Model]) -> None:
        self._load = load
        self._photos: Photos | None = None

    def __call__(self, data: bytes) -> Analysed:
        """Raises PictureError when there is no picture in `data`."""
        picture = decode_reduced(data)
        if self._photos is None:
            self._photos = Photos(self._load())
        faces = picture.placed(self._photos.analyse(picture.image))
        return Analysed(faces, picture.width, picture.height)


def start_website(
    config: Config,
    listening: socket.socket,
    status: Latest[Status],
    history: Continuity | None,
    frames: Latest[Frame],
    switch: Switch,
    resting: RestingFace,
    heart: Heart,
) -> Server:
    """Serves the page at `listening`."""
    app = create_app(
        config,
        status,
        history=history,
        analyse=PhotoDesk(lambda: load_model(config.model.path, config.model.threads)),
        camera=switch.ask,
        # While the camera is off, the last picture it took is nobody's business.
        frame=lambda: frames.peek() if switch.on else None,
        calibration=resting,
        healthy=heart.healthy,
        rng=Random(),
    )
    server = Server(app, listening, config.web.max_viewers + SPARE_THREADS)
    server.start()
    log.info("the page is at %s", address(config.web.host, server.port))
    return server


def address(host: str, port: int) -> str:
    """Where people on this network open the page."""
    everywhere = host in ("0.0.0.0", "::", "")
    shown = own_address() if everywhere else host
    return f"http://{f'[{shown}]' if ':' in shown else shown}:{port}/"


def own_address() -> str:
    """This device's address on its network; `localhost` where it has none. Sends nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # RFC 5737: reserved for documentation; a UDP connect sends no packet
            return str(probe.getsockname()[0])
        except OSError:
            return "localhost"
