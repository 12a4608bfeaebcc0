"""A configuration written and read."""

from pathlib import Path

import pytest

from edge import config
from edge.config import Config
from edge.errors import ConfigError

ROOT = Path(__file__).resolve().parents[2]


def load(file: Path, text: str, **environ: str) -> Config:
    file.write_text(text, encoding="utf-8")
    return config.load(file, environ)


def problems(file: Path, text: str | bytes, **environ: str) -> list[str]:
    """The lines the owner reads, without the file's name in front."""
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ConfigError) as raised:
        config.load(file, environ)
    lines = str(raised.value).splitlines()
    assert lines == raised.value.problems, "a problem is one line"
    return [line.removeprefix(f"{file}: ") for line in lines]
