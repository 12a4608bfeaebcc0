"""The page's address. The daemon binds it at its start, so that a wrong one is an error then.

Imports neither Flask nor Waitress, which take longer than everything else.
"""

import errno
import socket
from urllib.parse import urlsplit

from edge.config import WebConfig
from edge.errors import EdgeError

VANISHED_MS = 20_000  # without acknowledgement for so long a viewer is gone (a phone that left the Wi-Fi)


def bind(host: str, port: int) -> socket.socket:
    """A socket that listens at `host`:`port` (`::` accepts IPv4 too; port 0 is any free one). Connections wait until
    the page runs. Raises EdgeError, one line with the key to change."""
    where = f"{host}:{port}"
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    except (OSError, UnicodeError) as error:
        raise EdgeError(f"web.host: {host!r} is not an address of this device ({error}); 0.0.0.0 means all") from error
    try:
        listening = socket.create_server(address, family=family, dualstack_ipv6=host == "::")
    except OSError as error:
        raise EdgeError(why_not(error, where)) from error
    except ValueError as error:  # no dual stack
        raise EdgeError("web.host: this device has no IPv6, so no '::'; 0.0.0.0 means all") from error
    # Accepted connections inherit it; without it a vanished viewer keeps its thread for a quarter of an hour.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, VANISHED_MS)
    return listening


def why_not(error: OSError, where: str) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"web.port: {where} is in use by another program; choose another web.port or stop that program"
    if error.errno == errno.EACCES:
        return f"web.port: {where} needs root, as all ports below 1024 do; choose a higher web.port"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"web.host: {where} is not an address of this device; 0.0.0.0 means all"
    return f"web.host, web.port: cannot listen on {where}: {error.strerror or error}"


def address(host: str, port: int) -> str:
    """Where people on this network open the page."""
    everywhere = host in ("0.0.0.0", "::", "")
    shown = own_address() if everywhere else host
    return f"http://{f'[{shown}]' if ':' in shown else shown}:{port}/"


def reachable(web: WebConfig) -> str:
    """The page's address where other devices can open it; else empty."""
    found = address(web.host, web.port) if web.enabled else ""
    return "" if urlsplit(found).hostname in (None, "localhost", "::1") or "//127." in found else found


def picture_address(web: WebConfig) -> str:
    """The address of what the camera sees, where other devices can open it without a password; else empty."""
    seen = web.snapshot and (web.password is None or web.open == "everything")
    return f"{found}snapshot.jpg" if seen and (found := reachable(web)) else ""


def own_address() -> str:
    """This device's address on its network; `localhost` where it has none. Sends nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        try:
            udp.connect(("192.0.2.1", 9))  # RFC 5737: reserved for documentation; a UDP connect sends no packet
            return str(udp.getsockname()[0])
        except OSError:
            return "localhost"
