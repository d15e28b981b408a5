"""Facts and requests: frozen dataclasses in the code, flat JSON in the journal.

A run that another version of this package began may be ended, or looked at, by this one. What it
noted and this version does not know is passed over. What this version needs and it did not note is
an error before anything is touched; so a fact that is added later gets a default where it can.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, TypeVar

import dacite

from pipeline.core.errors import ToolError


@dataclasses.dataclass(frozen=True)
class Fact:
    """What a step finds and notes. The journal has its fields, by names that no other fact has."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Request:
    """What was asked of a run.

    Attributes:
        version: the version that it is about, or in its place what the history shows.
    """

    version: str = ""


T = TypeVar("T", bound="Fact | Request")
F = TypeVar("F", bound=Fact)


def read(kind: type[T], noted: Mapping[str, Any]) -> T:
    """What a journal has, as this version knows it.

    Raises:
        ToolError: something is missing, or of another type.
    """
    try:
        return dacite.from_dict(kind, noted, dacite.Config(cast=[tuple]))
    except (dacite.DaciteError, TypeError, ValueError) as error:
        raise ToolError(
            f"what the journal has of {kind.__name__} cannot be read: {error}",
            "end the run with the version of the pipeline that began it",
        ) from error


def find(kind: type[F], noted: Mapping[str, Any]) -> F | None:
    """A fact; None while nobody has noted it. Raises ToolError: a part of it is missing."""
    return read(kind, noted) if needed(kind) & {*noted} else None


def elsewhere(kind: type[F], noted: Mapping[str, Any]) -> F | None:
    """A fact of a run that ended, by whatever version; None: it cannot be had. It never raises."""
    try:
        return find(kind, noted)
    except ToolError:
        return None


def needed(kind: type[Fact]) -> set[str]:
    """The names that have no default."""
    return {
        one.name
        for one in dataclasses.fields(kind)
        if one.default is dataclasses.MISSING and one.default_factory is dataclasses.MISSING
    }
