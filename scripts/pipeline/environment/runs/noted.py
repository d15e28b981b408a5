"""Facts and requests: frozen dataclasses in the code, flat JSON in the journal.

A run that another version of this package began can be ended or displayed by this version. Facts
that this version does not support are ignored. Missing facts that it needs are an error before
anything is touched; so a field that is added later gets a default if possible.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, TypeVar

import dacite

from pipeline.core.errors import ToolError


@dataclasses.dataclass(frozen=True)
class Fact:
    """What a step finds and notes. Its fields are stored in the journal, so their names are
    unique."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Request:
    """The request for a run.

    Attributes:
        version: the version that it is about, or other text for the history.
    """

    version: str = ""


T = TypeVar("T", bound="Fact | Request")
F = TypeVar("F", bound=Fact)


def read(kind: type[T], noted: Mapping[str, Any]) -> T:
    """A fact or request from a journal, as this version defines it.

    Raises:
        ToolError: something is missing, or has another type.
    """
    try:
        return dacite.from_dict(kind, noted, dacite.Config(cast=[tuple]))
    except (dacite.DaciteError, TypeError, ValueError) as error:
        raise ToolError(
            f"what the journal has of {kind.__name__} cannot be read: {error}",
            "end the run with the version of the pipeline that began it",
        ) from error


def find(kind: type[F], noted: Mapping[str, Any]) -> F | None:
    """A fact; None if it was not noted. Raises ToolError when a part of it is missing."""
    return read(kind, noted) if needed(kind) & {*noted} else None


def elsewhere(kind: type[F], noted: Mapping[str, Any]) -> F | None:
    """A fact of an ended run, by any version; None: missing or unreadable. It never raises."""
    try:
        return find(kind, noted)
    except ToolError:
        return None


def needed(kind: type[Fact]) -> set[str]:
    """The names of the fields without a default."""
    return {
        one.name
        for one in dataclasses.fields(kind)
        if one.default is dataclasses.MISSING and one.default_factory is dataclasses.MISSING
    }
