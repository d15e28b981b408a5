"""A prepared database, and small repositories that the user odoo may read.

These tests need a real Odoo and PostgreSQL: they exist only where Odoo can be imported.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipeline.core.addons.discovery import discover
from pipeline.core.errors import ToolError
from pipeline.core.results import Outcome
from pipeline.core.settings import OdooSettings, Settings
from pipeline.test.odoo import prepare
from pipeline.test.odoo import run as odoo_run
from pipeline.test.odoo.installation import find, own

try:
    find()
except ToolError:
    collect_ignore_glob = ["test_*.py"]

#: The server with the prepared database; None: one of this machine's own, in the directory.
SERVER = os.environ.get("PIPELINE_SERVER")
MANIFEST = '{{"name": "{name}", "version": "19.0.1.0.0", "license": "LGPL-3", "author": "T",'


@pytest.fixture(scope="session")
def prepared() -> Path:
    """The directory of the container's prepared database, prepared here when it is not yet."""
    try:
        prepare.read_prepared(prepare.DIRECTORY)
    except prepare.InputError:
        prepare.prepare(prepare.DIRECTORY, ["base"], demo=True, host=SERVER)
    return prepare.DIRECTORY


@pytest.fixture
def repository() -> Iterator[Path]:
    """An empty folder that the user odoo may read, which pytest's own are not."""
    folder = Path(tempfile.mkdtemp(prefix="repository-"))
    folder.chmod(0o755)
    own(folder)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def addon(repository: Path) -> Callable[..., None]:
    """Makes an add-on: its name, more of its manifest, and files with their text."""

    def make(name: str, files: dict[str, str] | None = None, manifest: str = "") -> None:
        head = MANIFEST.format(name=name)
        if '"depends"' not in manifest:
            head += '"depends": ["base"],'
        texts = {"__manifest__.py": f"{head}{manifest}}}\n", "__init__.py": "", **(files or {})}
        for path, text in texts.items():
            target = repository / name / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")

    return make


def _run_addon(
    source: Path, settings: Settings, name: str, output: Path, prepared: Path
) -> Outcome:
    """The tests of an add-on, with all add-ons of the source."""
    addons = discover(source, settings)
    return odoo_run.test_addon(source, settings, addons, name, output, prepared, SERVER)


@pytest.fixture
def run(repository: Path, prepared: Path) -> Callable[..., Outcome]:
    """Runs an add-on's tests; the output is in the repository's folder `out`."""

    def test(name: str = "x", **odoo: object) -> Outcome:
        settings = Settings(odoo=OdooSettings(**odoo))  # type: ignore[arg-type]
        return _run_addon(repository, settings, name, repository / "out", prepared)

    return test
