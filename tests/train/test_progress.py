"""Whoever waits is told how far it is, now and then."""

import time

import pytest

from train.progress import counted


@pytest.mark.parametrize(("each", "told"), [(4.0, ["x: 3 of 10", "x: 6 of 10", "x: 9 of 10"]), (0.5, [])])
def test_a_line_comes_every_ten_seconds_and_none_of_what_is_soon_done(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], each: float, told: list[str]
) -> None:
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    for _ in counted("abcdefghij", "x", 10):
        now[0] += each
    assert capsys.readouterr().err.splitlines() == told
