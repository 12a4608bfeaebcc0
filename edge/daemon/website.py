"""The web room as the daemon uses it: given what it shows, and started."""

import logging
import secrets
import shutil
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random

from edge.config import Config
from edge.daemon.continuity import Continuity
from edge.daemon.corrected import Corrected
from edge.daemon.heart import Heart
from edge.daemon.private import write_private
from edge.daemon.resting import RestingFace
from edge.daemon.settings import Settings
from edge.daemon.switch import Switch
from edge.daemon.warnings import LastWarnings
from edge.mailbox import Latest
from edge.photos import PhotoDesk
from edge.records import Frame, MusicWish, Status
from edge.web.address import address
from edge.web.app import create_app
from edge.web.server import Server, threads_for
from edge.web.site import Site

log = logging.getLogger(__name__)

KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Website:
    """The page's server and what it uses alone."""

    server: Server
    photos: PhotoDesk

    @property
    def alive(self) -> bool:
        return self.server.alive

    def close(self) -> None:
        self.server.close()
        self.photos.close()


def start_website(
    config: Config,
    listening: socket.socket,
    status: Latest[Status],
    history: Continuity | None,
    frame: Callable[[], Frame | None],
    switch: Switch,
    resting: RestingFace,
    heart: Heart,
    key_file: Path,
    corrected: Corrected,
    settings: Settings,
    warnings: LastWarnings,
    card: Mapping[str, float],
    wish: Callable[[MusicWish], None],
    demo: bool,
) -> Website:
    """Serves the page at `listening`; `key_file` keeps what its sessions are signed with. `card` are the model's
    figures; `wish` asks something of the music. `demo`: there is no camera."""
    photos = PhotoDesk(config.model.path)
    site = Site(
        config,
        status,
        history=history,
        analyse=photos,
        camera=switch,
        frame=frame,
        calibration=resting,
        corrections=corrected.kept,
        faces=corrected.faces,
        wish=wish,
        healthy=heart.healthy,
        counts=heart.counts,
        settings=lambda: settings.config,
        live=settings,
        warnings=lambda: warnings.lines,
        disk_free=lambda: free(config.history.path or key_file),
        card=card,
        rng=Random(),
        key=session_key(key_file),
        demo=demo,
    )
    server = Server(create_app(site), listening, threads_for(config.web.max_viewers))
    server.start()
    log.info("the page is at %s", address(config.web.host, server.port))
    return Website(server, photos)


def free(file: Path) -> int | None:
    """Bytes that can be written beside `file`; None where nobody knows."""
    try:
        return shutil.disk_usage(file.parent).free
    except OSError:
        return None


def session_key(file: Path) -> bytes:
    """What sessions are signed with: the same over restarts, and only this user may read it."""
    try:
        kept = file.read_bytes()
        if len(kept) == KEY_BYTES and not file.stat().st_mode & 0o077:
            return kept
    except FileNotFoundError:
        pass
    except OSError as error:
        log.warning("%s cannot be read (%s): who is logged in is logged out", file, error.strerror)
    key = secrets.token_bytes(KEY_BYTES)
    try:
        write_private(file, key)
    except OSError as error:
        log.warning("%s cannot be written (%s): a restart logs everybody out", file, error.strerror)
    return key
