"""Test faces that were trained on: found, not listed."""

from __future__ import annotations

import numpy as np

from train.arrays import Array

THRESHOLD = 0.995
CHUNK = 512


def near_duplicates(images: Array, training: Array) -> Array:
    """bool [n]: which of `images` (uint8 [n, h, w]) correlates over THRESHOLD with a face of `training`.

    Normalised correlation of the pixels: brightness and contrast do not count. An even grey image has none.
    """
    found, faces = np.zeros(len(images), bool), _unit(images)
    for start in range(0, len(training), CHUNK):
        found |= (faces @ _unit(training[start : start + CHUNK]).T > THRESHOLD).any(axis=1)
    return found


def groups(images: Array) -> Array:
    """int64 [n]: for each face the first of those that it looks like, itself included, however many are between."""
    faces, leaders = _unit(images), np.arange(len(images))
    same = (faces @ faces.T > THRESHOLD) | np.eye(len(images), dtype=bool)
    while (leaders != (found := np.where(same, leaders, len(images)).min(axis=1, initial=len(images)))).any():
        leaders = found
    return leaders


def _unit(images: Array) -> Array:
    """float32 [n, h·w], each row of mean 0 and length 1."""
    flat = images.reshape(len(images), int(np.prod(images.shape[1:]))).astype(np.float32)
    flat -= flat.mean(axis=1, keepdims=True)
    length = np.linalg.norm(flat, axis=1, keepdims=True)
    return np.asarray(np.divide(flat, length, out=np.zeros_like(flat), where=length > 1e-3))
