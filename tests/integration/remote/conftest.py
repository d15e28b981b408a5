"""A VM: a real SSH server on the loopback."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from ssh_server import LoopbackMachine


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[LoopbackMachine]:
    """The server, with a key of its own and one user, ubuntu."""
    folder = tmp_path / "machine"
    folder.mkdir()
    up = LoopbackMachine(folder)
    yield up
    up.stop()
