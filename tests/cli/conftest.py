"""The command line, in an empty folder."""

from pathlib import Path

import pytest

from tests.cli.results import Edge
from tests.daemon.process import edge


@pytest.fixture
def run_edge(python_env: dict[str, str], working_folder: Path) -> Edge:
    return lambda *arguments: edge(python_env, working_folder, *arguments)
