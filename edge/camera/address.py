"""The address of a network camera: what may be shown of it, and what has to be kept."""

from dataclasses import dataclass
from urllib.parse import SplitResult, quote, unquote, urlsplit, urlunsplit

from edge.errors import SourceError

SCHEMES = ("rtsp", "rtsps", "http", "https")
ESCAPES = "in a user's name or a password write @ as %40, / as %2F, # as %23, ? as %3F, : as %3A and % as %25"


@dataclass(frozen=True, slots=True)
class Login:
    """Who asks; both as they are, without escapes."""

    user: str
    password: str


def shown(url: str) -> str:
    """`url` without anything that may be secret: scheme, host and port. Raises SourceError where it is no address of a
    camera, with nothing of what stands in it: what looks like a host may be a piece of a password."""
    parts = _parts(url)
    host, port = parts.hostname or "", parts.port
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{f':{port}' if port else ''}"


def bare(url: str) -> tuple[str, Login | None]:
    """The address without its user and password, and those."""
    parts = _parts(url)
    place = parts.netloc.rpartition("@")[2]
    login = Login(unquote(parts.username), unquote(parts.password or "")) if parts.username is not None else None
    return urlunsplit(parts._replace(netloc=place, fragment="")), login


def with_password(url: str, password: str | None) -> str:
    """The address with the password that is kept elsewhere, where it names a user and no password."""
    parts = _parts(url)
    if password is None or not parts.username or parts.password is not None:
        return url
    user, _, place = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{user}:{quote(password, safe='')}@{place}"))


def _parts(url: str) -> SplitResult:
    scheme = url.partition("://")[0].lower()
    if scheme not in SCHEMES:
        raise SourceError(f"{scheme}:// is not supported; {', '.join(SCHEMES)} are")
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise SourceError(f"not an address; write {scheme}://host:port/path ({ESCAPES})") from error
    # Such an @ may well be the one before the host, and what came before it a password with a /, # or ? in it.
    if "@" in parts.path + parts.fragment or (not parts.path and "@" in parts.query):
        raise SourceError(f"the {scheme}:// address has an @ that cannot stand there; {ESCAPES}")
    if not host:
        raise SourceError(f"the {scheme}:// address names no host")
    return parts
