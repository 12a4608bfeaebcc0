"""The page's password: as it is kept (a hash, or plain where its owner wants it so), made, and compared."""

import base64
import binascii
import hashlib
import hmac
import os
from dataclasses import dataclass

SHORTEST = 8  # characters
LONGEST_BYTES = 1000
_MARK = "scrypt"
#: The cost that OWASP's Password Storage Cheat Sheet gives for 16 MiB, the memory that one comparison takes here.
_N, _R, _P = 2**14, 8, 5
_MOST_BYTES, _MOST_P = 32 * 2**20, 16  # of a hash that somebody else made
_SALT_BYTES, _HASH_BYTES = 16, 32


@dataclass(frozen=True, slots=True, repr=False)
class Password:
    """What a given password is held against. `kept` is the hash that `make` gives, or the password itself."""

    kept: str

    def matches(self, given: str) -> bool:
        """In a time that does not tell how much of it was right; a hash takes 16 MiB while it is compared."""
        if not self.kept.startswith(f"{_MARK}:"):
            return hmac.compare_digest(self.kept.encode(), _bytes(given))
        n, r, p, salt, right = _parts(self.kept)
        return hmac.compare_digest(right, _scrypt(given, salt, n, r, p))


def make(password: str) -> str:
    """`password` as a line to keep, from which it cannot be read: scrypt (RFC 7914), its cost, a salt and the hash."""
    salt = os.urandom(_SALT_BYTES)
    hashed = _scrypt(password, salt, _N, _R, _P)
    return f"{_MARK}:{_N}:{_R}:{_P}:{base64.b64encode(salt).decode()}:{base64.b64encode(hashed).decode()}"


def problem(kept: str) -> str:
    """Why `kept` cannot be a password, in words to put behind where it stands; empty where it can."""
    if kept.startswith(f"{_MARK}:"):
        try:
            n, r, p, salt, right = _parts(kept)
            dear = n < 2 or n & (n - 1) or r < 1 or not 0 < p <= _MOST_P or 128 * n * r > _MOST_BYTES
        except (ValueError, binascii.Error):
            dear, salt, right = True, b"", b""
        if dear or not salt or len(right) != _HASH_BYTES:
            return "is no hash that `python -m edge password` made: make it anew"
        return ""
    return too_short(kept)


def too_short(password: str) -> str:
    """Why a password is none; empty where it is one."""
    if len(password) < SHORTEST:
        return f"is shorter than {SHORTEST} characters"
    return f"is longer than {LONGEST_BYTES} bytes" if len(_bytes(password)) > LONGEST_BYTES else ""


def _parts(kept: str) -> tuple[int, int, int, bytes, bytes]:
    _, n, r, p, salt, right = kept.split(":")
    return int(n), int(r), int(p), base64.b64decode(salt, validate=True), base64.b64decode(right, validate=True)


def _bytes(password: str) -> bytes:
    return password.encode("utf-8", "surrogatepass")  # JSON can name half a character


def _scrypt(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    most = 128 * r * (n + p + 2) + 2**20
    return hashlib.scrypt(_bytes(password), salt=salt, n=n, r=r, p=p, maxmem=most, dklen=_HASH_BYTES)
