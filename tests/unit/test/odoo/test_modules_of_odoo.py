"""What manifests of Odoo's modules say, and the command that plans databases by them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.core.errors import InputError
from pipeline.test.odoo import installation
from pipeline.test.odoo.databases import OdooModule
from pipeline.test.odoo.modules import read_modules

MANIFESTS = {
    "first/base": "{'name': 'base'}",
    "first/web": "{'depends': ['base'], 'auto_install': True}",
    "first/bridge": "{'depends': ['web', 'mail'], 'auto_install': ['mail']}",
    "first/l10n_xx": "{'depends': ['web'], 'auto_install': ['web'], 'countries': ['xx']}",
    "first/broken": "{'depends': [}",
    "first/old": "{'installable': False}",
    "first/mail": "{'depends': ['web']}",
    "second/mail": "{'depends': ['base', 'nothing']}",
    "second/more": "{}",
}


@pytest.fixture
def odoo(tmp_path: Path) -> tuple[Path, Path]:
    """Two folders of modules."""
    for name, text in MANIFESTS.items():
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "__manifest__.py").write_text(text)
    return tmp_path / "first", tmp_path / "second"


def test_modules_are_read_as_odoo_reads_them(odoo: tuple[Path, Path]) -> None:
    assert read_modules(odoo) == {
        "base": OdooModule(()),
        "web": OdooModule(("base",), ("base",)),
        "bridge": OdooModule(("web", "mail"), ("mail",)),
        "l10n_xx": OdooModule(("web",)),  # whether it is installed is the company's country
        "mail": OdooModule(("web",)),  # the first one of this name
        "more": OdooModule(("base",)),
    }


def test_the_command_prints_the_databases(
    odoo: tuple[Path, Path],
    tmp_path: Path,
    run_pipeline: Callable[..., tuple[int, str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    there = installation.Installation(19, odoo)
    monkeypatch.setattr(installation, "find", lambda: there)
    needs = {"modules": {"x": ["mail"], "y": ["base"]}, "always": ["base"], "visited": ["y"]}
    (tmp_path / "needs.json").write_text(json.dumps(needs))
    code, printed = run_pipeline("test", "databases", "--needs", tmp_path / "needs.json")
    assert code == 0
    assert json.loads(printed) == {
        "prepared": [
            {"after": None, "modules": ["base"], "assets": False},
            {"after": 0, "modules": ["mail"], "assets": False},
            {"after": 0, "modules": [], "assets": True},
            {"after": 1, "modules": [], "assets": True},
        ],
        "used": {"x": 1, "y": 2},
        "whole": 3,
    }


@pytest.mark.parametrize("text", ["", "{", "[]", '{"modules": {}}', None])
def test_what_does_not_say_needs_is_an_error(
    text: str | None, tmp_path: Path, run_pipeline: Callable[..., tuple[int, str]]
) -> None:
    if text is not None:
        (tmp_path / "needs.json").write_text(text)
    code, printed = run_pipeline("test", "databases", "--needs", tmp_path / "needs.json")
    assert code == InputError.exit_code
    assert "does not say what add-ons need" in printed and "pipeline test plan" in printed
