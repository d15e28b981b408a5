"""Every column of Odoo Community that needs a line has one, in one of the packaged files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.privacy.declaration.field_types import lists, typed
from pipeline.privacy.declaration.load import (
    Declaration,
    load_declaration,
    packs,
    parse_declaration,
)

#: Written by the test of all modules with a real Odoo: the columns that need a line, by series.
LISTS = [*lists().values()]
#: Emptied, and in none of these lists: wizards of one series that are tables of another one, a
#: module that is not Odoo's, and tables without a column that needs a line.
ELSEWHERE = {
    *("auth_totp_rate_limit_log", "base_import_import", "ir_demo_failure", "sms_account_code"),
    *("queue_job", "queue_job_lock"),
}


def listed(path: Path) -> Iterator[tuple[str, str]]:
    """The table and the name of each column in a list."""
    yield from (key for key, _ in typed(path.read_text(encoding="utf-8")))


def undeclared(path: Path, declared: Declaration) -> list[tuple[str, str]]:
    """The columns of a list that a declaration does not know."""
    return [
        key for key in listed(path) if key not in declared.columns and key[0] not in declared.empty
    ]


@pytest.fixture(scope="module")
def default() -> Declaration:
    return load_declaration(None)


@pytest.mark.parametrize("path", LISTS, ids=lambda path: path.stem)
def test_each_column_of_each_module_is_declared(path: Path, default: Declaration) -> None:
    assert len(list(listed(path))) > 3500
    assert undeclared(path, default) == []


def test_a_column_of_a_new_version_is_noticed(tmp_path: Path, default: Declaration) -> None:
    new = tmp_path / "columns.txt"
    new.write_text("# new\nbus_bus: extra=char\nres_partner: name=char nickname=char\n")
    assert undeclared(new, default) == [("res_partner", "nickname")]


def test_nothing_is_declared_that_no_version_has(default: Declaration) -> None:
    known = {key for path in LISTS for key in listed(path)}
    assert default.columns.keys() - known == set()
    assert default.empty.keys() - {table for table, _ in known} == ELSEWHERE


def test_what_a_level_changes_is_kept_and_exists(default: Declaration) -> None:
    """Columns of the types that need no line, such as `create_date`, are in no list."""
    types = {key: ttype for path in LISTS for key, ttype in typed(path.read_text(encoding="utf-8"))}
    privacy = default.privacy
    assert {key for key in privacy.money if default.columns[key].strategy != "keep"} == set()
    assert {types[key] for key in privacy.money} == {"float"}
    named = {key for key in privacy.fixed if key[1] not in ("create_date", "write_date")}
    assert {key for key in named if default.columns[key].strategy != "keep"} == set()
    assert {key for key in privacy.counters if default.columns[key].strategy != "keep"} == set()
    numbers = {default.columns[key[0], name].strategy for key, name in privacy.counters.items()}
    assert numbers == {"number"}
    assert privacy.owners.keys() <= {table for table, _ in types}


def test_each_column_is_declared_in_one_file() -> None:
    files = [(name, parse_declaration(data, name)) for name, data in packs()]
    counted = Counter(key for _, one in files for key in (*one.columns, *one.empty))
    assert [key for key, times in counted.items() if times > 1] == []
    emptied = {table for _, one in files for table in one.empty}
    assert {table for _, one in files for table, _ in one.columns} & emptied == set()


def test_a_folder_of_declarations_has_a_dozen_files_at_most() -> None:
    folders = Counter(name.rpartition("/")[0] for name, _ in packs())
    assert "" not in folders and max(folders.values()) <= 12 and len(folders) <= 12
