"""The treatment of each column: ``anonymization.toml``, over a default for Odoo's modules."""

from __future__ import annotations

import functools
import importlib.resources
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pipeline.core.errors import SettingsError
from pipeline.privacy.declaration.privacy import Privacy, parse_privacy

if sys.version_info >= (3, 11):
    import tomllib
else:  # the pipeline also runs on hosts with Python 3.10
    import tomli as tomllib

FILE_NAME = "anonymization.toml"

#: Strategies for one column, with the options that each accepts in addition to ``unless``.
STRATEGIES: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(
        (
            *("person", "first_name", "last_name", "company", "party", "email", "phone"),
            *("street", "city", "vat", "iban", "url", "text", "html", "label", "code"),
            *("number", "hash", "null", "markup", "numbers", "birthday", "selection"),
            *("domain", "attachment", "parameter", "password", "login"),
            *("path", "series", "xmlid", "shift"),
        ),
        frozenset(),
    ),
    "zip": frozenset({"city"}),
    "constant": frozenset({"value"}),
    "amount": frozenset({"low", "high"}),
    "known": frozenset({"in"}),
    "pattern": frozenset({"is", "else"}),
    "copy": frozenset({"of"}),
    "sql": frozenset({"value"}),
    "period": frozenset({"of"}),
    "scale": frozenset({"by"}),
}
_NEEDED = {"constant": "value", "known": "in", "pattern": "is", "copy": "of", "sql": "value"}
_SECTIONS = (
    *("locales", "mail_domain", "tables", "keep", "empty", "parameters", "testers"),
    *("paths", "codes", "privacy", "money", "fixed", "owners", "counters"),
)


@dataclass(frozen=True)
class ColumnRule:
    """The treatment of one column.

    Attributes:
        strategy: one of :data:`STRATEGIES`, or ``keep``.
        options: of the strategy.
        unless: SQL condition on the row ``t``; where it is true, the value stays.
        shipped: the value stays in rows that a module created and no user has changed since.
        reason: why it is kept; empty for every other strategy.
        own: whether the project declared it, not the default.
        apart: equal values get different replacements in different rows.
    """

    strategy: str
    options: Mapping[str, Any] = field(default_factory=dict)
    unless: str = ""
    shipped: bool = False
    reason: str = ""
    own: bool = False
    apart: bool = False

    @property
    def computed(self) -> bool:
        """Whether its value is computed from the new values of other columns."""
        return self.strategy in ("copy", "sql")


@dataclass(frozen=True)
class Declaration:
    """The whole declaration.

    Attributes:
        columns: by ``(table, column)``.
        empty: tables to be emptied, with the reason.
        parameters: keys of ``ir_config_parameter`` that stay; every other row goes.
        locales: of Faker, for the fake values.
        mail_domain: of all fake mail addresses.
        testers: external ids of the users that get the testers' password.
        paths: paths of pages that stay, in addition to those of modules.
        codes: words that stay in document numbers, in addition to those of modules' sequences.
        privacy: the level, and what it concerns.
    """

    columns: Mapping[tuple[str, str], ColumnRule] = field(default_factory=dict)
    empty: Mapping[str, str] = field(default_factory=dict)
    parameters: frozenset[str] = frozenset()
    locales: tuple[str, ...] = ("en_GB",)
    mail_domain: str = "anonymized.invalid"
    testers: tuple[str, ...] = ("base.user_admin",)
    paths: frozenset[str] = frozenset()
    codes: frozenset[str] = frozenset()
    privacy: Privacy = field(default_factory=Privacy)

    def over(self, base: Declaration, data: Mapping[str, Any]) -> Declaration:
        """A declaration read from ``data``, with ``base`` for everything that it leaves out."""
        tables = {table for table, _ in self.columns}
        columns = {**base.columns, **self.columns}
        return Declaration(
            columns=columns,
            # A table that the default empties is kept when the project declares columns of it.
            empty={**{t: r for t, r in base.empty.items() if t not in tables}, **self.empty},
            parameters=base.parameters | self.parameters,
            locales=self.locales if "locales" in data else base.locales,
            mail_domain=self.mail_domain if "mail_domain" in data else base.mail_domain,
            testers=self.testers if "testers" in data else base.testers,
            paths=base.paths | self.paths,
            codes=base.codes | self.codes,
            privacy=self.privacy.over(base.privacy, data),
        )


def load_declaration(path: Path | None) -> Declaration:
    """The packaged default, with the project's file on top.

    Args:
        path: the project's file; None: the default alone.

    Raises:
        SettingsError: the file is missing, not TOML, or invalid.
    """
    whole = _packaged()
    if path is None:
        return whole
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise SettingsError(
            f"the anonymization file {path} does not exist",
            f"write it, or fix [anonymization] file in pipeline.toml (default: {FILE_NAME})",
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise SettingsError(f"{path} cannot be read: {error}", "fix the file") from error
    own = parse_declaration(data, str(path))
    marked = {key: replace(entry, own=True) for key, entry in own.columns.items()}
    return replace(own, columns=marked).over(whole, data)


@functools.cache
def _packaged() -> Declaration:
    """The packaged default: some hundred files, which do not change while a process runs."""
    whole = Declaration()
    for name, data in packs():
        whole = parse_declaration(data, name).over(whole, data)
    return whole


def packs() -> Iterator[tuple[str, dict[str, Any]]]:
    """The packaged files, which are in folders by subject: path and content, in a fixed order."""
    folder = Path(str(importlib.resources.files("pipeline.privacy.declaration") / "declarations"))
    for file in sorted(folder.rglob("*.toml")):
        text = file.read_text(encoding="utf-8")
        yield file.relative_to(folder).as_posix(), tomllib.loads(text)


def parse_declaration(data: Mapping[str, Any], origin: str) -> Declaration:
    """A declaration from parsed TOML. Raises SettingsError, naming the invalid key."""
    for section in data:
        if section not in _SECTIONS:
            raise _wrong(origin, f"unknown section `{section}`", ", ".join(_SECTIONS))
    columns: dict[tuple[str, str], ColumnRule] = {}
    for key, entry in _entries(data, origin):
        if key in columns:
            raise _wrong(origin, f"{'.'.join(key)} is declared twice", "one line for each column")
        columns[key] = entry
    empty = _section(data, "empty", origin)
    for table, reason in empty.items():
        if not isinstance(reason, str) or not reason.strip():
            raise _wrong(origin, f"[empty] {table} has no reason", 'table = "why"')
        if any(table == there for there, _ in columns):
            raise _wrong(origin, f"{table} is emptied and has columns as well", "one of both")
    return Declaration(
        columns=columns,
        empty=empty,
        parameters=frozenset(_strings(data, "parameters", origin)),
        locales=tuple(_strings(data, "locales", origin)) or ("en_GB",),
        mail_domain=_text(data, "mail_domain", "anonymized.invalid", origin),
        testers=tuple(_strings(data, "testers", origin)),
        paths=frozenset(_strings(data, "paths", origin)),
        codes=frozenset(_strings(data, "codes", origin)),
        privacy=parse_privacy(data, origin),
    )


def _entries(data: Mapping[str, Any], origin: str) -> Iterator[tuple[tuple[str, str], ColumnRule]]:
    for table, columns in _section(data, "tables", origin).items():
        if not isinstance(columns, dict):
            raise _wrong(origin, f"tables.{table} is no section", 'name = "person" below it')
        for column, value in columns.items():
            yield (table, column), _entry(value, f"{table}.{column}", origin)
    for reason, tables in _section(data, "keep", origin).items():
        if len(reason.split()) < 2:
            raise _wrong(origin, f"[keep.{reason!r}] is no reason", "a sentence that says why")
        if not isinstance(tables, dict):
            raise _wrong(origin, f"[keep.{reason!r}] is no section", 'table = ["column", "column"]')
        for table, names in tables.items():
            if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
                raise _wrong(origin, f"keep of {table} is no list", 'table = ["column", "column"]')
            for name in names:
                if "*" in name:
                    raise _wrong(
                        origin, f"keep of {table}.{name}", "columns by name: there are no wildcards"
                    )
                yield (table, name), ColumnRule("keep", reason=reason)


def _entry(value: Any, where: str, origin: str) -> ColumnRule:
    options = {"use": value} if isinstance(value, str) else value
    if not isinstance(options, dict) or not isinstance(options.get("use"), str):
        raise _wrong(origin, f"{where} = {value!r} is no strategy", 'such as "email"')
    strategy = options["use"]
    if strategy == "keep":
        raise _wrong(origin, f"{where} is kept without a reason", f'[keep."why"] {where}')
    if strategy not in STRATEGIES:
        raise _wrong(origin, f"{where}: unknown strategy `{strategy}`", ", ".join(STRATEGIES))
    common = ("use", "unless", "shipped")
    given = {name: option for name, option in options.items() if name not in common}
    if strange := sorted(set(given) - STRATEGIES[strategy]):
        raise _wrong(origin, f"{where}: `{strategy}` has no option {', '.join(strange)}", "less")
    needed = _NEEDED.get(strategy)
    if needed and needed not in given:
        raise _wrong(origin, f"{where}: `{strategy}` needs `{needed}`", f'{needed} = "…"')
    if strategy == "period" and given.get("of", "month") not in ("month", "year"):
        raise _wrong(origin, f"{where}: of = {given['of']!r}", "month or year")
    shipped = options.get("shipped", strategy == "label")
    if not isinstance(shipped, bool):
        raise _wrong(origin, f"{where}: shipped = {shipped!r}", "true or false")
    return ColumnRule(strategy, given, str(options.get("unless", "")), shipped)


def _section(data: Mapping[str, Any], name: str, origin: str) -> dict[str, Any]:
    value = data.get(name, {})
    if not isinstance(value, dict):
        raise _wrong(origin, f"`{name}` is no section", f"[{name}]")
    return value


def _strings(data: Mapping[str, Any], name: str, origin: str) -> list[str]:
    value = data.get(name, [])
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise _wrong(origin, f"`{name}` is no list of texts", f'{name} = ["…"]')
    return value


def _text(data: Mapping[str, Any], name: str, default: str, origin: str) -> str:
    value = data.get(name, default)
    if not isinstance(value, str):
        raise _wrong(origin, f"`{name}` is no text", f'{name} = "{default}"')
    return value


def _wrong(origin: str, what: str, instead: str) -> SettingsError:
    return SettingsError(f"{origin}: {what}", f"write instead: {instead}")
