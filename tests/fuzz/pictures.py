"""Pictures that were cut, bent and grown, decoded as a photo is."""

from collections.abc import Iterator
from pathlib import Path
from random import Random

import cv2
import numpy as np

from edge.picture import PictureError, decode_reduced
from tests.fuzz.outcome import Broken, Row

FULL, SMALL = 100_000, 300
_LENGTHS = (b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\x17\xd7\x84\0")
_KINDS = (".jpg", ".png", ".webp", ".bmp")


def fuzz(random: Random, count: int, folder: Path) -> Iterator[Row]:
    seeds = {kind: _encoded(kind) for kind in _KINDS}
    taken = 0
    for number in range(count):
        kind = random.choice(_KINDS)
        data = mutated(random, seeds[kind])
        try:
            decode_reduced(data)
            taken += 1
        except PictureError as error:
            if "\n" in str(error):
                raise Broken(f"picture {number} ({kind}) is refused in more than a line: {error}") from error
    yield Row("mutated pictures", count, f"each read ({taken:,}) or refused in a line")


def _encoded(kind: str) -> bytes:
    picture = np.random.default_rng(1).integers(0, 255, (48, 64, 3)).astype(np.uint8)
    return cv2.imencode(kind, picture)[1].tobytes()


def mutated(random: Random, data: bytes) -> bytes:
    """Up to eight bytes changed, a piece taken out, doubled, or put elsewhere, the end cut off."""
    bent = bytearray(data)
    for _ in range(random.choice((1, 1, 2, 4, 8))):
        at = random.randrange(len(bent)) if bent else 0
        length = random.choice((1, 2, 4, 16, 64))
        match random.randrange(6):
            case 0 | 1:
                bent[at : at + 1] = bytes([random.choice((0, 1, 0x7F, 0x80, 0xFF, random.randrange(256)))])
            case 2:
                del bent[at : at + length]
            case 3:
                bent[at:at] = bent[at : at + length]
            case 4:
                bent[at : at + 4] = random.choice(
                    (b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\x17\xd7\x84\0")
                )
            case 5:
                del bent[at + length * 8 :]
    return bytes(bent)
