"""A database of a real Odoo with many modules, as the container of these tests has prepared it.

These tests need a real Odoo and PostgreSQL: they exist only where Odoo can be imported.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipeline.core.errors import ToolError
from pipeline.core.odoo import command
from pipeline.test.odoo import installation, prepare
from pipeline.test.odoo.postgres import ROLE, Server, running

try:
    ODOO = installation.find()
except ToolError:
    collect_ignore_glob = ["test_*.py"]

ADDONS = Path(__file__).parents[2] / "odoo_addons"
FULL = "full"


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """The server with the prepared database, and one that has this project's add-ons as well."""
    directory = prepare.DIRECTORY
    with running(directory, os.environ.get("PIPELINE_SERVER")) as made:
        made.copy(prepare.TEMPLATE, FULL)
        configuration = directory / "full.conf"
        folders = [*ODOO.folders, ADDONS]
        text = command.configuration(folders, made.host, ROLE, directory / "data")
        configuration.write_text(text, encoding="utf-8")
        _copy_files(prepare.TEMPLATE, FULL)
        options = command.install(configuration, FULL, ["mta_contract"])
        prepare._odoo(directory, (*options, "--no-http", "--with-demo"))
        neutralize = ("neutralize", f"--config={configuration}", f"--database={FULL}")
        prepare._odoo(directory, neutralize)
        yield made


@pytest.fixture
def copy(server: Server) -> Callable[[str], str]:
    """Make a copy of the database, and give its DSN."""

    def make(name: str) -> str:
        server.copy(FULL, name)
        _copy_files(FULL, name)
        return f"host={server.host} user={ROLE} dbname={name}"

    return make


def _copy_files(template: str, name: str) -> None:
    source, target = (prepare.DIRECTORY / "data/filestore" / one for one in (template, name))
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target)
    installation.own(target, *target.rglob("*"))
