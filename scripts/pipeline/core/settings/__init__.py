"""The project's settings: ``pipeline.toml``, read once and validated completely."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import dacite

from pipeline.core.errors import SettingsError
from pipeline.core.settings.sections import (
    BOTH,
    FILE_NAME,
    CoverageSettings,
    OdooSettings,
    ProjectSettings,
    PythonSettings,
    Settings,
)
from pipeline.core.settings.shape import check_shape
from pipeline.core.settings.suites import EVERYTHING
from pipeline.core.settings.values import check_values

if sys.version_info >= (3, 11):
    import tomllib
else:  # the pipeline also runs on hosts with Python 3.10
    import tomli as tomllib

__all__ = [
    "BOTH",
    "EVERYTHING",
    "FILE_NAME",
    "CoverageSettings",
    "OdooSettings",
    "ProjectSettings",
    "PythonSettings",
    "Settings",
    "load",
    "loads",
    "parse",
    "read_file",
]


def load(root: Path) -> Settings:
    """Read ``<root>/pipeline.toml``; without the file, the defaults.

    Raises:
        SettingsError: not TOML, an unknown key, a wrong type, an invalid value.
    """
    return read_file(root / FILE_NAME)


def read_file(path: Path) -> Settings:
    """Read a settings file, as :func:`load` does."""
    if not path.exists():
        return Settings()
    try:
        text = path.read_text(encoding="utf-8")
    except (UnicodeDecodeError, OSError) as error:
        raise SettingsError(f"{FILE_NAME} cannot be read: {error}", "fix the file") from error
    return loads(text)


def loads(text: str) -> Settings:
    """Read settings from the text of a ``pipeline.toml``. Raises as :func:`load` does."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{FILE_NAME} cannot be read: {error}", "fix the file") from error
    return parse(data)


def parse(data: dict[str, Any]) -> Settings:
    """Turn the parsed TOML into settings. Raises SettingsError as :func:`load` does."""
    check_shape(data)
    config = dacite.Config(cast=[tuple], type_hooks={float: _number}, strict=True)
    settings = dacite.from_dict(Settings, data, config)
    check_values(settings)
    return settings


def _number(value: Any) -> Any:
    return float(value) if type(value) is int else value
