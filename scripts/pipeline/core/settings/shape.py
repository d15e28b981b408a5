"""Check that the parsed TOML has the sections, keys and types of the settings."""

from __future__ import annotations

import dataclasses
import functools
import types
import typing
from collections.abc import Iterable, Mapping
from typing import Any

from pipeline.core.errors import SettingsError
from pipeline.core.settings.sections import FILE_NAME, Settings
from pipeline.core.wording import closest


def check_shape(data: Mapping[str, Any]) -> None:
    """Raise SettingsError for an unknown section or key, or a value of the wrong type."""
    sections = _hints(Settings)
    _check_sections(data, sections)
    for section, values in data.items():
        _check_section(section, values, sections[section])


@functools.cache
def _hints(kind: Any) -> Mapping[str, Any]:
    """The types of a section's keys; they are texts in the code, to be evaluated each time."""
    return typing.get_type_hints(kind)


def _check_sections(named: Iterable[str], sections: Mapping[str, Any]) -> None:
    for section in named:
        if section not in sections:
            raise SettingsError(
                f"{FILE_NAME}: unknown section [{section}]",
                _instead(section, sections, "[{}]"),
            )


def _check_section(section: str, values: Any, kind: Any) -> None:
    if not isinstance(values, dict):
        raise SettingsError(
            f"{FILE_NAME}: `{section}` must be a section", f"write [{section}] and its keys below"
        )
    hints = _hints(kind)
    if all(dataclasses.is_dataclass(hint) for hint in hints.values()):  # nested sections
        parts = {f"{section}.{key}": hint for key, hint in hints.items()}
        _check_sections([f"{section}.{key}" for key in values], parts)
        for key, part in values.items():
            _check_section(f"{section}.{key}", part, hints[key])
        return
    for key, value in values.items():
        if key not in hints:
            raise SettingsError(
                f"{FILE_NAME}: unknown key `{key}` in [{section}]",
                _instead(key, hints, "`{}`"),
            )
        if typing.get_origin(hints[key]) is dict:
            _check_named(f"{section}.{key}", value, typing.get_args(hints[key])[1])
        elif not _fits(value, hints[key]):
            raise SettingsError(
                f"{FILE_NAME}: [{section}] {key} = {value!r} has the wrong type",
                f"give {_type_name(hints[key])}",
            )


def _check_named(section: str, values: Any, kind: Any) -> None:
    """Check sections whose names are free."""
    if not isinstance(values, dict):
        raise SettingsError(
            f"{FILE_NAME}: `{section}` must have sections", f"write [{section}.<name>] sections"
        )
    for name, part in values.items():
        _check_section(f"{section}.{name}", part, kind)


def _instead(word: str, known: Iterable[str], form: str) -> str:
    """What to write in place of an unknown name."""
    close, all_of_them = closest(word, known), f"use one of: {', '.join(known)}"
    return f"did you mean {form.format(close)}? Else {all_of_them}" if close else all_of_them


def _fits(value: Any, hint: Any) -> bool:
    if isinstance(hint, types.UnionType):
        return any(_fits(value, part) for part in typing.get_args(hint))
    if typing.get_origin(hint) is tuple:
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    if hint is float:
        return type(value) in (int, float)
    return type(value) is hint  # `type`, because a bool is an int to isinstance


def _type_name(hint: Any) -> str:
    if typing.get_origin(hint) is tuple:
        return 'a list of strings, such as ["a", "b"]'
    names = {str: "a string", int: "a whole number", float: "a number", bool: "true or false"}
    parts = typing.get_args(hint) or (hint,)
    return " or ".join(names[part] for part in parts if part is not type(None))
