"""Which tools the source itself configures, and what is used where it does not."""

from __future__ import annotations

import configparser
import sys
from pathlib import Path
from typing import Any

from pipeline.core.errors import InputError

if sys.version_info >= (3, 11):
    import tomllib
else:  # the pipeline also runs on hosts with Python 3.10
    import tomli as tomllib

RUFF_FILES = (".ruff.toml", "ruff.toml")
#: Where pylint's configuration may be; OCA's file with the checks that must pass comes first.
PYLINT_FILES = (".pylintrc-mandatory", ".pylintrc", "pylintrc")
#: Configuration of OCA's hooks.
HOOKS_FILE = ".oca_hooks.cfg"
_INI = {
    "flake8": (".flake8", "setup.cfg", "tox.ini"),
    "isort": (".isort.cfg", "setup.cfg", "tox.ini"),
}
_SECTIONS = {"flake8": ("flake8",), "isort": ("isort", "settings", "tool:isort")}
#: Odoo's own line length is black's, 88 columns; black decides about spaces before a colon. An
#: `__init__.py` of an add-on imports in order to load.
FLAKE8 = (
    "--max-line-length=88",
    "--extend-ignore=E203,E701",
    "--per-file-ignores=__init__.py:F401",
)
ISORT = ("--profile=black",)
#: As OCA sorts them: Odoo's imports have sections of their own, between other packages and local
#: ones. `{root}`: where the source's own packages are, because the file is elsewhere.
ODOO_SECTIONS = """
[settings]
profile = black
src_paths = {root}
known_odoo = odoo
known_odoo_addons = odoo.addons
sections = FUTURE,STDLIB,THIRDPARTY,ODOO,ODOO_ADDONS,FIRSTPARTY,LOCALFOLDER
"""


def configures(root: Path, tool: str) -> bool:
    """Whether the source configures black, isort, flake8 or ruff.

    Raises:
        InputError: its pyproject.toml cannot be read.
    """
    if tool in _pyproject(root):
        return True
    if tool == "ruff":
        return any((root / name).is_file() for name in RUFF_FILES)
    return any(_has_section(root / name, _SECTIONS[tool]) for name in _INI.get(tool, ()))


def pylint_file(root: Path) -> str:
    """The source's configuration of pylint-odoo; empty when it has none."""
    for name in PYLINT_FILES:
        path = root / name
        if path.is_file() and "pylint_odoo" in path.read_text("utf-8", "replace"):
            return name
    return "pyproject.toml" if "pylint_odoo" in str(_pyproject(root).get("pylint")) else ""


def _pyproject(root: Path) -> dict[str, Any]:
    path = root / "pyproject.toml"
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"pyproject.toml cannot be read: {error}", "fix the file") from error
    tools = data.get("tool", {})
    return tools if isinstance(tools, dict) else {}


def _has_section(path: Path, sections: tuple[str, ...]) -> bool:
    if not path.is_file():
        return False
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    try:
        parser.read_string(path.read_text("utf-8", "replace"))
    except configparser.Error:
        return True  # the tool itself will report what is wrong with it
    return any(parser.has_section(section) for section in sections)
