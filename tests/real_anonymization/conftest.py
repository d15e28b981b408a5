"""A database of a real Odoo with many modules, as the container of these tests has prepared it.

These tests need a real Odoo and PostgreSQL: they exist only where Odoo can be imported.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipeline.core.errors import ToolError
from pipeline.core.odoo import command
from pipeline.test.odoo import installation, prepare
from pipeline.test.odoo.postgres import ROLE, Cluster

try:
    ODOO = installation.find()
except ToolError:
    collect_ignore_glob = ["test_*.py"]

ADDONS = Path(__file__).parents[2] / "odoo_addons"
FULL = "full"


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """The prepared cluster, running, with a database that has this project's add-ons as well."""
    made = Cluster(prepare.DIRECTORY)
    with made.running():
        made.copy(prepare.TEMPLATE, FULL)
        configuration = made.directory / "full.conf"
        folders = [*ODOO.folders, ADDONS]
        data = made.directory / "data"
        text = command.configuration(folders, made.socket, ROLE, data)
        configuration.write_text(text, encoding="utf-8")
        source, target = (data / "filestore" / name for name in (prepare.TEMPLATE, FULL))
        shutil.copytree(source, target)
        installation.own(target, *target.rglob("*"))
        options = command.install(configuration, FULL, ["mta_contract"])
        prepare._odoo(made.directory, (*options, "--no-http", "--with-demo"))
        neutralize = ("neutralize", f"--config={configuration}", f"--database={FULL}")
        prepare._odoo(made.directory, neutralize)
        yield made


@pytest.fixture
def copy(cluster: Cluster) -> Callable[[str], str]:
    """Make a copy of the database, and give its DSN."""

    def make(name: str) -> str:
        cluster.copy(FULL, name)
        source, target = (cluster.directory / "data/filestore" / one for one in (FULL, name))
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(source, target)
        installation.own(target, *target.rglob("*"))
        return f"host={cluster.socket} user={ROLE} dbname={name}"

    return make
