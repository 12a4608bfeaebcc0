"""Test faces that were trained on: found, not listed."""

from __future__ import annotations

import numpy as np

from train.arrays import Array

THRESHOLD = 0.995
CHUNK = 512


def near_duplicates(images: Array, training: Array, threshold: float = THRESHOLD) -> Array:
    """bool [n]: which of `images` (uint8 [n, h, w]) correlates over `threshold` with a face of `training`.

    Normalised correlation of the pixels: brightness and contrast do not count. An even grey image has none.
    """
    found = np.zeros(len(images), bool)
    if not len(training):
        return found
    faces = _unit(images)
    for start in range(0, len(training), CHUNK):
        found |= (faces @ _unit(training[start : start + CHUNK]).T > threshold).any(axis=1)
    return found


def groups(images: Array, threshold: float = THRESHOLD) -> Array:
    """int64 [n]: for each face the first of those that it looks like, itself included, however many are between."""
    faces, leaders = _unit(images), np.arange(len(images))
    pairs = []
    for start in range(0, len(faces), CHUNK):
        rows, columns = np.nonzero(faces[start : start + CHUNK] @ faces.T > threshold)
        pairs += [(row + start, column) for row, column in zip(rows, columns, strict=True) if row + start != column]
    while any(leaders[a] != leaders[b] for a, b in pairs):
        for a, b in pairs:
            leaders[a] = leaders[b] = min(leaders[a], leaders[b])
    return leaders


def _unit(images: Array) -> Array:
    """float32 [n, h·w], each row of mean 0 and length 1."""
    flat = images.reshape(len(images), int(np.prod(images.shape[1:]))).astype(np.float32)
    flat -= flat.mean(axis=1, keepdims=True)
    length = np.linalg.norm(flat, axis=1, keepdims=True)
    return np.asarray(np.divide(flat, length, out=np.zeros_like(flat), where=length > 1e-3))
