"""The goal of tracking on real recordings: a face is known wherever a full scan of that frame finds one."""

from pathlib import Path

import pytest

from benchmarks.tracking import SUFFIXES, measure

pytestmark = pytest.mark.bench


def test_at_98_of_100_moments_at_which_a_full_scan_finds_a_face_one_is_tracked(shared: Path) -> None:
    recordings = [path for path in sorted((shared / "media" / "videos").iterdir()) if path.suffix.lower() in SUFFIXES]
    assert recordings
    for path in recordings:
        sums = measure(path, fps=10.0)
        assert sums["tracked"] >= 0.98 * sums["found"], path.name
        assert sums["full"] < 0.5 * sums["analysed"], path.name
