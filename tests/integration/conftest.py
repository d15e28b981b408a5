"""Programs that several tests need: a PostgreSQL of their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from postgres_server import start_server


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """A running PostgreSQL: the directory of its socket."""
    with start_server() as started:
        yield str(started.folder)
