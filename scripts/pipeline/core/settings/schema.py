"""The JSON schema of ``pipeline.toml``, for editors: generated from the dataclasses.

Draft 4, which TOML editors read; there, as in TOML, 1.0 is not an integer. ``make docs`` writes the
file, which is part of the package.
"""

from __future__ import annotations

import dataclasses
import inspect
import json
import re
import types
import typing
from pathlib import Path
from typing import Any

from pipeline.core.settings.constraints import END, Constraint, constraint
from pipeline.core.settings.sections import FILE_NAME, Settings

FILE = Path(__file__).with_name("pipeline.schema.json")
_PATH = "scripts/pipeline/core/settings/" + FILE.name
_MODULE = re.compile(
    r"github\.com/(?P<repository>[\w.-]+/[\w.-]+?)(?:\.git)?@(?P<version>[\w./-]+)"
)
_DRAFT = "http://json-schema.org/draft-04/schema#"
_TYPES = {str: "string", int: "integer", float: "number", bool: "boolean"}


def address(module: str) -> str:
    """The schema's URL for a Dagger module, for editors; empty: the module is not on GitHub.

    Args:
        module: the module's address, such as ``github.com/resultrum/odoo-mta@v0.1.0``.
    """
    found = _MODULE.fullmatch(module)
    if found is None:
        return ""
    return f"https://raw.githubusercontent.com/{found['repository']}/{found['version']}/{_PATH}"


def text() -> str:
    """The file's content."""
    return json.dumps(build(), indent=2, ensure_ascii=False) + "\n"


def build() -> dict[str, Any]:
    """The schema of the whole file."""
    return {"$schema": _DRAFT, "title": FILE_NAME, **_section(Settings)}


def _section(kind: Any) -> dict[str, Any]:
    hints, said = typing.get_type_hints(kind), _descriptions(kind)
    return {
        "description": _summary(kind),
        "type": "object",
        "additionalProperties": False,
        "properties": {
            one.name: (
                _section(hints[one.name])
                if dataclasses.is_dataclass(hints[one.name])
                else {"description": said[one.name], **_key(one, hints[one.name])}
            )
            for one in dataclasses.fields(kind)
        },
    }


def _key(one: dataclasses.Field[Any], hint: Any) -> dict[str, Any]:
    """The type of a key, its limits, and its default if that has a JSON value."""
    limits = _limits(constraint(one))
    if typing.get_origin(hint) is dict:  # sections of free names
        section = _section(typing.get_args(hint)[1])
        free = {limits["pattern"]: section}
        return {"type": "object", "additionalProperties": False, "patternProperties": free}
    default = {} if one.default is None else {"default": one.default}
    if typing.get_origin(hint) is tuple:
        return {"type": "array", "items": {"type": "string", **limits}, **default}
    parts = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
    names = [_TYPES[part] for part in parts if part is not types.NoneType]  # TOML has no null
    return {"type": names[0] if len(names) == 1 else names, **limits, **default}


def _limits(limit: Constraint | None) -> dict[str, Any]:
    if limit is None:
        return {}
    found = {
        "enum": limit.choices,
        "pattern": None if limit.pattern is None else f"^(?:{limit.pattern}){END}",
        "maxLength": limit.longest,
        "minimum": limit.least,
        "maximum": limit.most,
        "format": "regex" if limit.regex else None,
    }
    return {name: value for name, value in found.items() if value is not None}


def _summary(kind: Any) -> str:
    return (inspect.getdoc(kind) or "").split("\n\n")[0].replace("\n", " ").replace("``", "`")


def _descriptions(kind: Any) -> dict[str, str]:
    """Each attribute's text in the docstrings of a class and its base classes."""
    found: dict[str, str] = {}
    for one in reversed(kind.__mro__):
        attributes = (inspect.cleandoc(one.__doc__ or "")).partition("Attributes:\n")[2]
        for name, said in re.findall(r"^ {4}(\w+): (.*(?:\n {8}.*)*)", attributes, re.MULTILINE):
            words = " ".join(said.split()).replace("``", "`").removesuffix(".")
            found[name] = words[:1].upper() + words[1:] + "."
    return found
