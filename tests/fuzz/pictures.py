"""Pictures that were cut, bent and grown, sent as photos to a daemon that runs."""

import http.client
import json
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random

import cv2
import numpy as np

from tests.fuzz.outcome import Broken, Row
from tests.fuzz.running import ROOT, address, peak_mib, running
from tests.picture import hostile

FULL, SMALL = 100_000, 300
#: Of the daemon's peak, in MiB, while it reads all of them.
MOST_MIB = 16.0
_LENGTHS = (b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\x17\xd7\x84\0")
#: One in so many is one of `WHOLE`, which are slow or large.
_WHOLE_EVERY = 500


def seeds() -> list[bytes]:
    picture = np.random.default_rng(1).integers(0, 255, (48, 64, 3)).astype(np.uint8)
    plain = [hostile.encoded(picture, kind) for kind in (".jpg", ".png", ".webp", ".bmp")]
    return [
        *plain,
        hostile.encoded(picture, ".jpg", cv2.IMWRITE_JPEG_PROGRESSIVE, 1),
        hostile.encoded(picture, ".webp", cv2.IMWRITE_WEBP_QUALITY, 101),
        *(hostile.with_exif(data, 6) for data in plain[:3]),
        hostile.animated_png(16, 16, 3),
        hostile.animated_webp(32, 24, 3),
    ]


def mutated(random: Random, data: bytes) -> bytes:
    """Up to eight times: a byte changed, a piece taken out or doubled, a length put in, the end cut off."""
    bent = bytearray(data)
    for _ in range(random.choice((1, 1, 2, 4, 8))):
        at = random.randrange(len(bent)) if bent else 0
        length = random.choice((1, 2, 4, 16, 64))
        match random.randrange(8):
            case 0 | 1 | 2 | 3:
                bent[at : at + 1] = bytes([random.choice((0, 1, 0x7F, 0x80, 0xFF, random.randrange(256)))])
            case 4:
                del bent[at : at + length]
            case 5:
                bent[at:at] = bent[at : at + length]
            case 6:
                bent[at : at + 4] = random.choice(_LENGTHS)
            case 7:
                del bent[max(0, len(bent) - length) :]
    return bytes(bent)


def fuzz(random: Random, count: int, folder: Path) -> Iterator[Row]:
    with running(folder) as daemon:
        port = daemon.port
        portrait = (ROOT / "edge/demo/eileen_collins.png").read_bytes()
        for _ in range(20):
            if send(port, "127.0.0.1", portrait)[0] != 200:
                raise Broken("a portrait is not read")
        before, said = peak_mib(daemon), Counter[int]()
        bent, large = seeds(), hostile.worst()
        for number in range(count):
            if number % _WHOLE_EVERY == 17:
                photo = large[number // _WHOLE_EVERY % len(large)]
            else:
                photo = mutated(random, random.choice(bent))
            code, answer = send(port, address(number), photo)
            said[code] += 1
            if code not in (200, 400, 422) or (code != 200 and ("\n" in answer["error"] or len(answer) != 1)):
                raise Broken(f"picture {number} got {code} {answer}")
            if daemon.process is None or daemon.process.poll() is not None:
                raise Broken(f"picture {number} ended the daemon: {photo[:2000].hex()}")
            if number % 10_000 == 9_999:
                print(f"pictures: {number + 1} {dict(said)}, {peak_mib(daemon) - before:.1f} MiB", file=sys.stderr)
        grown = peak_mib(daemon) - before
        if grown > MOST_MIB:
            raise Broken(f"the daemon's peak grew by {grown:.1f} MiB")
        if send(port, "127.0.0.1", portrait)[0] != 200:
            raise Broken("a portrait is not read any more")
    refused = count - said[200]
    held = f"{said[200]:,} read, {refused:,} refused in a line; the daemon ran on, its peak grew by {grown:.1f} MiB"
    yield Row("mutated pictures to `/api/photo` of a daemon", count, held)


def send(port: int, address: str, photo: bytes) -> tuple[int, dict[str, str]]:
    with closing(http.client.HTTPConnection("127.0.0.1", port, 60, (address, 0))) as connection:
        connection.request("POST", "/api/photo", photo, {"Content-Type": "application/octet-stream"})
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
