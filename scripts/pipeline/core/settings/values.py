"""Check that the values of the settings are valid."""

from __future__ import annotations

import dataclasses
from typing import Any

from pipeline.core.errors import SettingsError
from pipeline.core.settings import constraints
from pipeline.core.settings.sections import FILE_NAME, Settings


def check_values(settings: Settings) -> None:
    """Raise SettingsError for the first invalid value, naming what is allowed."""
    for section in dataclasses.fields(settings):
        _check_section(section.name, getattr(settings, section.name))


def _check_section(name: str, section: Any) -> None:
    for key, value, allowed in constraints.problems(section):
        raise SettingsError(
            f"{FILE_NAME}: [{name}] {key} = {value!r} is not possible", f"give {allowed}"
        )
    for one in dataclasses.fields(section):
        if dataclasses.is_dataclass(part := getattr(section, one.name)):
            _check_section(f"{name}.{one.name}", part)
        elif isinstance(part, dict):
            for key, value in part.items():
                _check_section(f"{name}.{one.name}.{key}", value)
