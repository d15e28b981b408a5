"""`prepare-database` and modules that do not exist; its good case is behind every other test."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.core.errors import InputError
from pipeline.test.odoo.postgres import Server
from pipeline.test.odoo.prepare import TEMPLATE, prepare

pytestmark = pytest.mark.odoo

SERVER = os.environ.get("PIPELINE_SERVER")


def test_unknown_module_is_named_with_the_addon_that_needs_it(repository: Path) -> None:
    with pytest.raises(InputError, match=r"no module named no_such_module \(needed by x\)"):
        prepare(repository, ["base", "no_such_module"], True, {"no_such_module": ["x"]})
    assert list(repository.iterdir()) == []  # nothing was begun


@pytest.fixture
def elsewhere(prepared: Path) -> Iterator[None]:
    """The prepared database under another name meanwhile, where there is one server for all."""
    renamed = 'ALTER DATABASE "{}" RENAME TO "{}"'
    if SERVER is None:
        yield
        return
    server = Server(SERVER)
    server.sql(renamed.format(TEMPLATE, "kept"))
    yield
    server.drop(TEMPLATE)
    server.sql(renamed.format("kept", TEMPLATE))


@pytest.mark.usefixtures("elsewhere")
def test_unknown_module_can_be_left_to_the_addon_that_needs_it(repository: Path) -> None:
    prepared = prepare(repository, ["no_such_module"], demo=False, allow_unknown=True, host=SERVER)
    assert prepared.modules == ("base",)
    assert not prepared.demo
