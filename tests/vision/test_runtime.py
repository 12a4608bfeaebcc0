"""What the interpreter writes to stderr past Python."""

import os

import pytest

from edge.vision.runtime import hide_greetings


def test_a_greeting_is_kept_off_stderr_and_nothing_else_is(capfd: pytest.CaptureFixture[str]) -> None:
    with hide_greetings():
        os.write(2, b"INFO: Created TensorFlow Lite XNNPACK delegate for CPU.\nERROR: the real failure\n")
        os.write(2, b"a line of another thread\n")
    os.write(2, b"INFO: not the interpreter's\n")
    assert capfd.readouterr().err == "ERROR: the real failure\na line of another thread\nINFO: not the interpreter's\n"


def test_what_was_written_before_a_failure_comes_out_with_it(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="refused"), hide_greetings():
        os.write(2, b"ERROR: why it was refused\n")
        raise ValueError("refused")
    assert capfd.readouterr().err == "ERROR: why it was refused\n"


def test_more_than_a_pipe_holds_is_cut_and_hangs_nobody(capfd: pytest.CaptureFixture[str]) -> None:
    with hide_greetings():
        os.write(2, b"x" * 1_000_000)
    assert 0 < len(capfd.readouterr().err) < 1_000_000


def test_a_process_without_stderr_is_served_too(capfd: pytest.CaptureFixture[str]) -> None:
    kept = os.dup(2)
    os.close(2)
    try:
        with hide_greetings():
            pass
    finally:
        os.dup2(kept, 2)
        os.close(kept)
