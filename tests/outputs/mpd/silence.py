"""Songs in which nothing is heard: FLAC files with tags, made by hand (RFC 9639), for a real MPD to play."""

import struct
from pathlib import Path

BLOCK, RATE = 4096, 8000
#: How long a song of one block is.
BLOCK_SECONDS = BLOCK / RATE


def song(path: Path, blocks: int, **tags: str) -> None:
    """16 bit, mono, all zeros: `blocks` of BLOCK_SECONDS each, fewer than 128."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rates = (RATE << 44 | 15 << 36 | blocks * BLOCK).to_bytes(8, "big")  # one channel and 16 bits, less one each
    about = struct.pack(">HH", BLOCK, BLOCK) + bytes(6) + rates + bytes(16)
    comments = [f"{name}={value}".encode() for name, value in tags.items()]
    said = struct.pack("<II", 0, len(comments)) + b"".join(struct.pack("<I", len(each)) + each for each in comments)
    path.write_bytes(b"fLaC" + _part(0, about) + _part(0x84, said) + b"".join(_frame(n) for n in range(blocks)))


def _part(kind: int, body: bytes) -> bytes:
    return bytes([kind]) + len(body).to_bytes(3, "big") + body


def _frame(number: int) -> bytes:
    head = bytes([0xFF, 0xF8, 0xC4, 0x08, number])  # 4096 samples at 8 kHz, mono, 16 bit
    head += _crc(head, 8, 0x07)
    whole = head + bytes(3)  # one subframe: constant, zero
    return whole + _crc(whole, 16, 0x8005)


def _crc(data: bytes, bits: int, polynomial: int) -> bytes:
    left, top = 0, 1 << (bits - 1)
    for byte in data:
        left ^= byte << (bits - 8)
        for _ in range(8):
            left = (left << 1 ^ (polynomial if left & top else 0)) & ((1 << bits) - 1)
    return left.to_bytes(bits // 8, "big")
