"""Suggestions that work: each is tried on the existing rows, then the next if it fails."""

from __future__ import annotations

import sys
from collections.abc import Mapping

from pipeline.privacy.anonymize import preflight
from pipeline.privacy.anonymize.run import Anonymization
from pipeline.privacy.database.schema import Column
from pipeline.privacy.declaration.exemptions import unclassified
from pipeline.privacy.declaration.load import Declaration, parse_declaration
from pipeline.privacy.declaration.suggest import candidates, value

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

Key = tuple[str, str]


def fitting(run: Anonymization) -> tuple[list[Column], dict[Key, str]]:
    """The unclassified columns, each with a strategy that fits; empty: none does.

    Args:
        run: begun on a database whose declaration need not be complete; nothing is changed.
    """
    missing = unclassified(run.schema, run.declaration)
    left = {
        (one.table, one.name): candidates(one, run.schema.checks.get(one.table, ()))
        for one in missing
    }
    chosen: dict[Key, str] = {}
    while left:
        tried = {key: rest[0] for key, rest in left.items() if rest}
        chosen.update(dict.fromkeys(left.keys() - tried.keys(), ""))
        bad = _bad(run, {**chosen, **tried})
        chosen |= {key: strategy for key, strategy in tried.items() if key not in bad}
        left = {key: left[key][1:] for key in tried if key in bad}
    return missing, chosen


def _bad(run: Anonymization, strategies: Mapping[Key, str]) -> set[Key]:
    """The columns that cannot take the suggested strategy."""
    whole = run.declaration
    columns = {**whole.columns, **_declared(strategies).columns}
    treated = run.treatments(Declaration(columns=columns, empty=whole.empty))
    mine = [one for one in treated if (one.column.table, one.column.name) in strategies]
    return set(preflight.problems(run.database, run.schema, mine))


def _declared(strategies: Mapping[Key, str]) -> Declaration:
    tables: dict[str, dict[str, object]] = {}
    for (table, name), strategy in strategies.items():
        if strategy and not strategy.startswith("keep: "):
            tables.setdefault(table, {})[name] = tomllib.loads(f"use = {value(strategy)}")["use"]
    return parse_declaration({"tables": tables}, "suggestions")
