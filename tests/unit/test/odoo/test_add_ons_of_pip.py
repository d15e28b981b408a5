"""Modules that pip installed next to Odoo are modules that this Odoo has."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from pipeline.test.odoo import installation


@pytest.mark.parametrize("namespace", [False, True], ids=["a package", "a namespace"])
def test_what_pip_installed_is_on_the_path_before_odoos_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, namespace: bool
) -> None:
    for module in ("venv/odoo/addons/partner_x", "usr/odoo/addons/base"):
        (tmp_path / module).mkdir(parents=True)
        (tmp_path / module / "__manifest__.py").write_text("{}")
    (tmp_path / "usr/odoo/release.py").write_text("version_info = (19, 0, 0, 'final', 0, '')\n")
    if not namespace:
        (tmp_path / "usr/odoo/__init__.py").touch()
    monkeypatch.setattr(sys, "path", [f"{tmp_path}/venv", f"{tmp_path}/usr"])
    monkeypatch.setenv("ODOO_RC", "/none")
    found = installation.find()
    folders = [str(folder.relative_to(tmp_path)) for folder in found.folders]
    assert (found.major, folders) == (19, ["venv/odoo/addons", "usr/odoo/addons"])
    assert found.missing(["partner_x", "base", "sale"]) == ("sale",)
