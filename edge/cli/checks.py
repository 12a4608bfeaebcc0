"""`check`: tries all that the daemon needs, and reports each to the owner."""

import http.client
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from random import Random

from edge.cli.viewfinder import take_frame
from edge.config import Config
from edge.errors import EdgeError
from edge.outputs.history_file import history_path
from edge.outputs.probe import probe
from edge.outputs.rivals import instance_of
from edge.vision.faces import FaceFinder
from edge.vision.model import load_model
from edge.web.address import bind

#: With less free space than this the history will soon stop.
LOW_DISK_MIB = 50
#: How long a running page may take to answer.
PAGE_SECONDS = 3.0
#: The service's state, StateDirectory= in moodcast.service.
SERVICE_STATE = Path("/var/lib/moodcast")


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report."""

    subject: str
    ok: bool
    text: str


def check(config: Config, source: str | None, environ: Mapping[str, str], *, offline: bool = False) -> list[Finding]:
    """Checks all subjects, also after a problem; `offline`: only those that a running Moodcast does not occupy."""
    found = [Finding("config", True, str(config.file) if config.file else "no file, the defaults")]
    checks: list[tuple[str, Callable[[], Iterator[str]]]] = [
        ("model", lambda: _check_model(config)),
        ("camera", lambda: _check_camera(config, source)),
        ("broker", lambda: _check_broker(config, environ)),
        ("page", lambda: _check_page(config)),
        *([("player", lambda: _check_player(config))] if config.player.enabled else []),
        ("disk", lambda: _check_disk(config, environ)),
    ]
    if offline:
        checks = [each for each in checks if each[0] in ("model", "disk")]
    for subject, run in checks:
        try:
            found += [Finding(subject, True, text) for text in run()]
        except EdgeError as error:
            found += [Finding(subject, False, line) for line in str(error).splitlines()]
        except OSError as error:  # a path that cannot be read
            found.append(Finding(subject, False, f"{error.filename}: {error.strerror}"))
    return found


def _check_model(config: Config) -> Iterator[str]:
    model = load_model(config.model.path, config.model.threads)
    FaceFinder(config.faces)
    yield f"{model.name}, {model.input.width}×{model.input.height} px, run by {model.runtime.name}"


def _check_camera(config: Config, source: str | None) -> Iterator[str]:
    name, frame = take_frame(config, source)
    yield f"{name}, {frame.width}×{frame.height} px"
    if name.startswith("picamera"):
        from edge.camera.picamera import find_cameras, notes_on

        yield from notes_on(find_cameras())


def _check_broker(config: Config, environ: Mapping[str, str]) -> Iterator[str]:
    if not config.mqtt.enabled:
        yield "mqtt.enabled is false"
        return
    # A daemon of this device may be running, with this user's state or as the service.
    folders = (history_path(environ).parent, SERVICE_STATE)
    found = probe(config.mqtt, config.device, {instance_of(folder) for folder in folders})
    if found.problems:
        raise EdgeError("\n".join(found.problems))
    yield found.note


def _check_page(config: Config) -> Iterator[str]:
    if not config.web.enabled:
        yield "web.enabled is false"
        return
    try:
        bind(config.web.host, config.web.port).close()
    except EdgeError:
        if not is_moodcast(config.web.host, config.web.port):
            raise
        yield f"{config.web.host}:{config.web.port} is taken by a Moodcast that runs (stop it to start another)"
    else:
        yield f"{config.web.host}:{config.web.port} is free"
    if config.web.password:
        yield f"it has a password; without it {config.web.open} can be seen (web.open)"
    else:
        yield "it has no password: whoever is on the network sees it all (`python -m edge password`, web.password_file)"


def _check_player(config: Config) -> Iterator[str]:
    """The moods that MPD has a list for. Raises EdgeError where there is none."""
    from edge.outputs.mpd_connection import Lacking, MpdConnection, MpdError

    there, missing = list[str](), dict[str, str]()
    with closing(MpdConnection(config.player, Random(0))) as connection:
        try:
            connection.open()
            for mood, lists in config.playlists.by_mood.items():
                try:
                    found = [connection.find((each.url, mood), config.player.by) for each in lists]
                    there += [mood] * bool(found)
                except Lacking as lacking:
                    missing[mood] = str(lacking)
        except MpdError as error:
            raise EdgeError(str(error)) from error
    if not there:
        raise EdgeError(next(iter(missing.values()), "playlists has none for any mood: there is nothing to queue"))
    yield f"MPD {connection.version} at {connection.where} has a {config.player.by} for {', '.join(there)}"
    if missing:
        yield f"nothing will be queued for {', '.join(missing)}: {next(iter(missing.values()))}"


def is_moodcast(host: str, port: int) -> bool:
    """Whether the page at this address is a Moodcast's."""
    everywhere = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}
    connection = http.client.HTTPConnection(everywhere.get(host, host), port, timeout=PAGE_SECONDS)
    try:
        connection.request("GET", "/healthz")
        answer = connection.getresponse()
        return answer.read(100).startswith((b"ok\n", b"not healthy: no progress"))
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _check_disk(config: Config, environ: Mapping[str, str]) -> Iterator[str]:
    state = history_path(environ).parent
    yield _check_space("the state's folder ($STATE_DIRECTORY, else ~/.local/state/moodcast)", state)
    if not config.history.enabled or config.history.path is None:
        return
    if config.history.path.is_dir():
        raise EdgeError(f"history.path: {config.history.path} is a folder; name a file in it")
    if config.history.path.parent != state:
        yield _check_space("history.path", config.history.path.parent)


def _check_space(what: str, folder: Path) -> str:
    """The folder and its free space. Raises EdgeError where it cannot be made or written to, or is nearly full."""
    existing = next(path for path in [folder, *folder.parents] if path.exists())
    if not existing.is_dir() or not os.access(existing, os.W_OK):
        raise EdgeError(f"{what}: {existing} cannot be written to; choose another folder or change its owner")
    free = shutil.disk_usage(existing).free / 2**20
    if free < LOW_DISK_MIB:
        raise EdgeError(f"{what}: {existing} has {free:.0f} MiB left; make room, or nothing is remembered")
    return f"{folder}, {free:.0f} MiB free"
