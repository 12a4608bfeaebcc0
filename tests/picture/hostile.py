"""Pictures that do harm to whoever decodes them without care, made anew; each function says what it is."""

import struct
import zlib

import cv2
import numpy as np

from edge.records import Image


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(width: int, height: int, *chunks: bytes) -> bytes:
    """An 8-bit colour PNG of `chunks` between header and end."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks) + chunk(b"IEND", b"")


def rows(width: int, height: int, filtered: int = 0) -> bytes:
    """Black scan lines with the filter `filtered`, of which PNG knows 0 to 4."""
    return zlib.compress((bytes([filtered]) + bytes(3 * width)) * height)


def animated_png(width: int, height: int, frames: int, filtered: int = 0, filtered_later: int = 0) -> bytes:
    """With a filter that does not exist: what crashes OpenCV 4.11 and 4.12. With many frames: what takes its memory."""

    def control(number: int) -> bytes:
        return chunk(b"fcTL", struct.pack(">IIIIIHHBB", number, width, height, 0, 0, 1, 10, 0, 0))

    parts = [chunk(b"acTL", struct.pack(">II", frames, 0)), control(0), chunk(b"IDAT", rows(width, height, filtered))]
    for number in range(1, frames):
        parts += [control(2 * number - 1)]
        parts += [chunk(b"fdAT", struct.pack(">I", 2 * number) + rows(width, height, filtered_later))]
    return png(width, height, *parts)


def boastful_png(length: int, kind: bytes = b"IDAT") -> bytes:
    """A chunk that says it is `length` bytes long, in a file of some sixty."""
    whole = png(64, 64)
    return whole[:-12] + struct.pack(">I", length) + kind + bytes(8) + whole[-12:]


def worst() -> list[bytes]:
    """One of each kind that has taken a reader's time, its memory, or its life."""
    return [
        *(animated_png(16, 16, 2, filtered=9), animated_png(16, 16, 2, filtered_later=9), animated_png(2500, 2500, 8)),
        *(animated_webp(1200, 900, 12), boastful_png(2_000_000_000), boastful_png(400_000_000, b"zzZz")),
        talkative_png(600_000),
    ]


def talkative_png(chunks: int) -> bytes:
    """libpng writes two lines about each of these."""
    return png(8, 8, (struct.pack(">I", 0) + b"zzzz" + bytes(4)) * chunks, chunk(b"IDAT", rows(8, 8)))


def animated_webp(width: int, height: int, frames: int) -> bytes:
    """Each frame of another shade."""

    def part(kind: bytes, content: bytes) -> bytes:
        return kind + struct.pack("<I", len(content)) + content + bytes(len(content) & 1)

    def three(number: int) -> bytes:
        return struct.pack("<I", number)[:3]

    size = three(width - 1) + three(height - 1)
    parts = [part(b"VP8X", b"\x02\0\0\0" + size), part(b"ANIM", bytes(6))]
    for number in range(frames):
        still = cv2.imencode(".webp", np.full((height, width, 3), 10 * number % 256, np.uint8))[1].tobytes()
        parts.append(part(b"ANMF", bytes(6) + size + three(100) + b"\0" + still[12:]))
    content = b"WEBP" + b"".join(parts)
    return b"RIFF" + struct.pack("<I", len(content)) + content


def jpeg_of_many_scans(side: int, scans: int) -> bytes:
    """A progressive JPEG whose last scan comes again and again: each goes over the whole picture."""
    black = np.zeros((side, side, 3), np.uint8)
    plain = cv2.imencode(".jpg", black, (cv2.IMWRITE_JPEG_PROGRESSIVE, 1))[1].tobytes()
    last = plain.rindex(b"\xff\xda")
    return plain[:last] + plain[last:-2] * scans + plain[-2:]


def with_exif(data: bytes, orientation: int) -> bytes:
    """The JPEG, PNG or WebP with a note on how to turn it."""
    note = b"MM\x00*" + struct.pack(">IHHHIHHI", 8, 1, 0x0112, 3, 1, orientation, 0, 0)
    if data.startswith(b"\xff\xd8"):
        exif = b"Exif\x00\x00" + note
        return data[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + data[2:]
    if data.startswith(b"\x89PNG"):
        return data[:33] + chunk(b"eXIf", note) + data[33:]
    content = data[8:] + b"EXIF" + struct.pack("<I", len(note)) + note
    return b"RIFF" + struct.pack("<I", len(content)) + content


def encoded(picture: Image, kind: str, *parameters: int) -> bytes:
    ok, data = cv2.imencode(kind, picture, parameters)
    assert ok
    return data.tobytes()
