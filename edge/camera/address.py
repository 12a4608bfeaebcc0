"""The address of a network camera: without its secrets, without its login, with a password from elsewhere."""

from urllib.parse import SplitResult, quote, unquote, urlsplit, urlunsplit

from edge.errors import SourceError

SCHEMES = ("rtsp", "rtsps", "http", "https")
ESCAPES = "in a user's name or a password write @ as %40, / as %2F, # as %23, ? as %3F, : as %3A and % as %25"


def redact(url: str) -> str:
    """`url`'s scheme, host and port: nothing that may be secret. Raises SourceError where it is no address of a camera;
    the error shows nothing of it, for what looks like a host may be part of a password."""
    parts = _parse(url)
    host, port = parts.hostname or "", parts.port
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{f':{port}' if port else ''}"


def split_login(url: str) -> tuple[str, tuple[str, str] | None]:
    """The address without its user and password, and these without escapes."""
    parts = _parse(url)
    place = parts.netloc.rpartition("@")[2]
    login = None if parts.username is None else (unquote(parts.username), unquote(parts.password or ""))
    return urlunsplit(parts._replace(netloc=place, fragment="")), login


def add_password(url: str, password: str | None) -> str:
    """The address with `password`, where it names a user and no password of its own."""
    parts = _parse(url)
    if password is None or not parts.username or parts.password is not None:
        return url
    user, _, place = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{user}:{quote(password, safe='')}@{place}"))


def _parse(url: str) -> SplitResult:
    scheme = url.partition("://")[0].lower()
    if scheme not in SCHEMES:
        raise SourceError(f"{scheme}:// is not supported; {', '.join(SCHEMES)} are")
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise SourceError(f"not an address; write {scheme}://host:port/path ({ESCAPES})") from error
    # The password before such an @ may contain a /, # or ?: then what looks like the host is part of it.
    if "@" in parts.path + parts.fragment or (not parts.path and "@" in parts.query):
        raise SourceError(f"the {scheme}:// address has an @ that cannot stand there; {ESCAPES}")
    if not host:
        raise SourceError(f"the {scheme}:// address names no host")
    return parts
