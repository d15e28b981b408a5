"""`prepare-database` and modules that do not exist; its good case is behind every other test."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.core.errors import InputError
from pipeline.test.odoo.prepare import prepare

pytestmark = pytest.mark.odoo


def test_unknown_module_is_named_with_the_addon_that_needs_it(repository: Path) -> None:
    with pytest.raises(InputError, match=r"no module named no_such_module \(needed by x\)"):
        prepare(repository, ["base", "no_such_module"], True, {"no_such_module": ["x"]})
    assert list(repository.iterdir()) == []  # nothing was begun


def test_unknown_module_can_be_left_to_the_addon_that_needs_it(repository: Path) -> None:
    prepared = prepare(repository, ["no_such_module"], demo=False, allow_unknown=True)
    assert prepared.modules == ("base",)
    assert not prepared.demo
