"""`prepare-database` and what it finds installed, with stand-ins for Odoo and PostgreSQL."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.core.errors import InputError, ToolError
from pipeline.test.odoo import installation
from pipeline.test.odoo.prepare import TEMPLATE, Prepared, prepare, read_prepared

AddOn = Callable[..., Path]
Pipeline = Callable[..., tuple[int, str]]


def test_preparation_installs_once_and_builds_assets(prepared: Path, stand_in: Path) -> None:
    assert read_prepared(prepared) == Prepared(("base", "mail"), True, 19)
    install, shell = (stand_in / "calls").read_text().splitlines()
    assert "--init=base,mail" in install and "--with-demo" in install
    assert f"--database={TEMPLATE}" in shell
    assert "_pregenerate_assets_bundles" in (stand_in / "shell").read_text()
    assert (stand_in / "server").read_text().split() == ["start", "stop"]
    configuration = (prepared / "pgdata" / "postgresql.conf").read_text()
    assert "fsync = off" in configuration and str(prepared / "socket") in configuration


def test_preparation_replaces_what_was_there(prepared: Path, stand_in: Path) -> None:
    (prepared / "pgdata" / "postmaster.pid").touch()  # a server of a run that was killed
    prepare(prepared, [], demo=False)
    assert read_prepared(prepared) == Prepared(("base",), False, 19)
    assert (stand_in / "server").read_text().split() == ["start", "stop", "stop", "start", "stop"]


def test_a_prepared_database_is_extended_and_only_the_new_modules_are_installed(
    prepared: Path, stand_in: Path, run_pipeline: Pipeline
) -> None:
    for record in ("calls", "sql"):
        (stand_in / record).unlink()
    (prepared / "data/attachment").touch()
    module = stand_in.parent / "python/odoo/addons/stock/__manifest__.py"
    module.parent.mkdir()
    module.write_text("{}")
    command = ("test", "prepare-database", "--directory", prepared, "--extend", "--modules")
    code, printed = run_pipeline(*command, "stock,mail", "--no-assets")
    assert code == 0 and "with base, mail, stock" in printed
    (install,) = (stand_in / "calls").read_text().splitlines()
    assert "--init=stock " in install
    assert read_prepared(prepared) == Prepared(("base", "mail", "stock"), True, 19)
    assert (prepared / "data/attachment").exists()
    said = (stand_in / "sql").read_text()
    assert f'DROP DATABASE IF EXISTS "{TEMPLATE}"' not in said and "ANALYZE" in said

    code, _ = run_pipeline(*command, "", "--assets")
    assert code == 0
    _, shell = (stand_in / "calls").read_text().splitlines()
    assert "shell" in shell  # nothing is installed a second time
    code, printed = run_pipeline(*command, "mail", "--no-demo")
    assert code == InputError.exit_code and "has demo data" in printed


def test_nothing_prepared_cannot_be_extended(
    stand_in: Path, tmp_path: Path, run_pipeline: Pipeline
) -> None:
    code, printed = run_pipeline(
        *("test", "prepare-database", "--extend", "--directory", tmp_path / "none")
    )
    assert code == InputError.exit_code and "there is no prepared database" in printed
    assert not (tmp_path / "none").exists()


def test_unknown_module_is_an_error_that_names_who_needs_it(
    stand_in: Path, tmp_path: Path, addon: AddOn, run_pipeline: Pipeline
) -> None:
    source = addon("x", ("nothing_of_this_name",))
    command = (
        "test",
        "prepare-database",
        "--modules",
        "nothing_of_this_name",
        "--directory",
        tmp_path,
    )
    code, printed = run_pipeline(*command, "--source", source)
    assert code == InputError.exit_code
    assert "no module named nothing_of_this_name (needed by x)" in printed
    code, printed = run_pipeline(*command, "--allow-unknown", "--no-demo")
    assert code == 0
    assert "skipped, because this Odoo does not have them: nothing_of_this_name" in printed


def test_module_that_odoo_leaves_out_is_an_error(
    stand_in: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOT_INSTALLED", "mail")
    with pytest.raises(ToolError, match="Odoo did not install mail"):
        prepare(tmp_path / "state", ["mail"], demo=True)
    with pytest.raises(InputError, match="no prepared database"):
        read_prepared(tmp_path / "state")


def test_server_that_does_not_start_shows_its_log(
    stand_in: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (stand_in / "server-fails").touch()
    with pytest.raises(ToolError, match="no memory"):
        prepare(tmp_path / "state", [], demo=True)


def test_modules_of_the_images_configuration_are_found(
    stand_in: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    extra, empty = tmp_path / "extra", tmp_path / "empty"
    (extra / "web_enterprise").mkdir(parents=True)
    (extra / "web_enterprise" / "__manifest__.py").touch()
    empty.mkdir()
    (tmp_path / "odoo.conf").write_text(f"[options]\naddons_path = {extra}, {empty},/none\n")
    monkeypatch.setenv("ODOO_RC", str(tmp_path / "odoo.conf"))
    odoo = installation.find()
    assert odoo.folders[0] == extra and empty not in odoo.folders
    assert odoo.missing(["web_enterprise", "base", "nothing"]) == ("nothing",)


def test_missing_odoo_and_unreadable_version_are_errors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ToolError, match="no Odoo"):
        installation.find()
    monkeypatch.undo()
    (tmp_path / "odoo").mkdir()
    (tmp_path / "odoo" / "release.py").write_text("version = 'unknown'\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(ToolError, match="version cannot be read"):
        installation.find()


def test_root_runs_programs_as_the_user_odoo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installation, "USER", "nobody")
    argv = installation.as_user(["id"], uid=0)
    assert argv[0] == "setpriv" and argv[-2:] == ("--", "id")
    assert installation.as_user(["id"], uid=1000) == ("id",)
    monkeypatch.setattr(installation, "USER", "no-such-user")
    with pytest.raises(ToolError, match="no user `no-such-user`"):
        installation.as_user(["id"], uid=0)


def test_files_are_given_to_the_user_odoo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = []
    monkeypatch.setattr(installation, "USER", "nobody")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(os, "chown", lambda path, uid, gid: given.append((path, uid)))
    installation.own(tmp_path)
    assert given == [(tmp_path, installation.account().pw_uid)]
