"""All modules of this Odoo, installed in groups: each column that needs a line has one."""

from __future__ import annotations

import ast
import importlib
import importlib.metadata
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.core.odoo import command
from pipeline.privacy.database.connection import connect_database
from pipeline.privacy.database.schema import read_schema
from pipeline.privacy.declaration import exemptions
from pipeline.privacy.declaration.field_types import lists, typed
from pipeline.privacy.declaration.load import load_declaration
from pipeline.test.odoo import installation, prepare
from pipeline.test.odoo.postgres import ROLE, Server

pytestmark = [pytest.mark.odoo, pytest.mark.faults]

#: Tables of modules that no image installs, because it lacks a Python package.
LEFT_OUT = {"auth_ldap": "res_company_ldap"}


def manifests(folders: tuple[Path, ...]) -> dict[str, dict]:
    """The manifests of the modules that can be installed here, tests aside."""
    found = {
        path.parent.name: ast.literal_eval(path.read_text(encoding="utf-8"))
        for folder in folders
        for path in sorted(folder.glob("*/__manifest__.py"))
    }
    names = {
        name
        for name, manifest in found.items()
        if manifest.get("installable", True)
        and not name.startswith("test_")
        and all(map(is_there, manifest.get("external_dependencies", {}).get("python", ())))
    }
    while gone := {name for name in names if not names >= {*found[name].get("depends", ())}}:
        names -= gone
    return {name: found[name] for name in names}


def is_there(requirement: str) -> bool:
    """Whether a Python package is installed, by its own name or by that of its module."""
    name = re.split("[^A-Za-z0-9_.-]", requirement)[0]
    try:
        importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError:
        try:
            importlib.import_module(name)
        except ImportError:
            return False
    return True


def columns(dsn: str) -> Iterator[tuple[str, str, str]]:
    """The columns that need a line, with the type of their field."""
    with connect_database(dsn) as database:
        live = read_schema(database)
    for one in live.columns():
        if one.table not in live.transient and exemptions.rule(one) is None:
            yield one.table, one.name, one.ttype or one.type


def listed(path: Path) -> set[tuple[str, str, str]]:
    """The columns of the list for this series."""
    return {(*key, ttype) for key, ttype in typed(path.read_text(encoding="utf-8"))}


def test_the_list_of_columns_is_that_of_all_modules(server: Server) -> None:
    odoo = installation.find()
    names = sorted(manifests(odoo.folders))
    assert len(names) > 500
    configuration = prepare.DIRECTORY / "all.conf"
    text = command.configuration(odoo.folders, server.host, ROLE, prepare.DIRECTORY / "data")
    configuration.write_text(text, encoding="utf-8")
    found: set[tuple[str, str, str]] = set()
    for localizations in (False, True):
        group = [name for name in names if name.startswith("l10n_") == localizations]
        database = f"all_{'localizations' if localizations else 'others'}"
        options = command.install(configuration, database, group)
        prepare._odoo(prepare.DIRECTORY, (*options, "--no-http"))
        dsn = f"host={server.host} user={ROLE} dbname={database}"
        found |= {*columns(dsn)}
        with connect_database(dsn) as connection:
            missing = exemptions.unclassified(read_schema(connection), load_declaration(None))
        assert [one.label for one in missing] == []
    known = listed(lists()[f"{odoo.major}.0"])
    missing_tables = {table for name, table in LEFT_OUT.items() if name not in names}
    assert found - known == set()
    assert {one for one in known - found if one[0] not in missing_tables} == set()
