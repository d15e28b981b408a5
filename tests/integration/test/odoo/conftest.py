"""Stand-ins for Odoo and PostgreSQL: enough to run every path of the pipeline without either.

Whether the real ones do what these pretend is what tests/real_odoo asks, in an Odoo container.
"""

from __future__ import annotations

import os
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.test.odoo import installation, postgres
from pipeline.test.odoo.prepare import prepare

#: Installs by writing states down; runs the tests of the last module with its own result class.
CLI = """\
import configparser, importlib, logging, os, pathlib, sys, unittest

def main():
    options = dict(a.partition("=")[::2] for a in sys.argv[1:])
    record = pathlib.Path(os.environ["STAND_IN"])
    with (record / "calls").open("a") as calls:
        print(*sys.argv[1:], file=calls)
    if "shell" in options:
        (record / "shell").write_text(sys.stdin.read())
        return
    if os.environ.get("ODOO_FAILS"):
        sys.exit("could not start")
    logging.getLogger().setLevel(logging.INFO)
    logging.getLogger().addHandler(logging.StreamHandler())
    parser = configparser.ConfigParser()
    parser.read(options["--config"])
    folders = parser["options"]["addons_path"].split(",")
    import odoo.addons
    odoo.addons.__path__ = folders
    name = options["--init"].split(",")[-1]
    broken = os.environ.get("NOT_INSTALLED", "").split(",")
    names = {*options["--init"].split(","), *os.listdir(folders[0])} - {*broken}
    (record / "states").write_text("".join(f"{one}\\tinstalled\\n" for one in sorted(names)))
    logging.getLogger("odoo.modules.loading").info("Loading module %s (1/1)", name)
    if "--test-tags" in options and os.path.isdir(f"{folders[0]}/{name}/tests"):
        from odoo.tests.result import OdooTestResult
        tests = importlib.import_module(f"odoo.addons.{name}.tests")
        modules = [
            one
            for name, one in vars(tests).items()
            if isinstance(one, type(os)) and name.startswith("test_")
        ]
        result = OdooTestResult()
        for module in modules:
            unittest.defaultTestLoader.loadTestsFromModule(module).run(result)
    logging.getLogger("odoo.modules.loading").info("1 modules loaded in 0.1s")
    logging.getLogger("odoo.service.server").info("Initiating shutdown")
    sys.exit(0)
"""
RESULT = """\
import logging, unittest

class OdooTestResult(unittest.TestResult):
    def addFailure(self, test, err):
        super().addFailure(test, err)
        logging.getLogger("odoo.tests").error("FAIL: %s", test)

    def addSubTest(self, test, subtest, err):
        if err is not None:
            self.addError(subtest, err)
"""
PSQL = """\
#!/bin/sh
for last; do :; done
echo "$last" >> "$STAND_IN/sql"
case "$last" in
*ir_module_module*) cat "$STAND_IN/states" 2>/dev/null;;
"SHOW server_version_num") echo 170006;;
'CREATE DATABASE "fresh"'*) touch "$STAND_IN/fresh";;
*RENAME*) rm "$STAND_IN/fresh";;
*pg_database*) test ! -e "$STAND_IN/fresh" || echo 1;;
esac
exit 0
"""
INITDB = """\
#!/bin/sh
for one; do case "$one" in --pgdata=*) data="${one#--pgdata=}";; esac; done
mkdir -p "$data" && echo 17 > "$data/PG_VERSION" && touch "$data/postgresql.conf"
"""
PG_CTL = """\
#!/bin/sh
echo "$2" >> "$STAND_IN/server"
test "$2" = start && test -e "$STAND_IN/server-fails" || exit 0
echo "no memory" >> "${5#--log=}"
exit 1
"""


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Puts the stand-ins in the place of Odoo and PostgreSQL; gives the folder of their records."""
    record, python, programs = (tmp_path / name for name in ("record", "python", "programs"))
    files = {
        python / "odoo/__init__.py": "",
        python / "odoo/release.py": "version_info = (19, 0, 0, 'final', 0, '')\n",
        python / "odoo/cli/__init__.py": CLI,
        python / "odoo/tests/__init__.py": "",
        python / "odoo/tests/result.py": RESULT,
        python / "odoo/addons/__init__.py": "",
        python / "odoo/addons/base/__manifest__.py": "{}",
        python / "odoo/addons/mail/__manifest__.py": "{}",
        programs / "17/bin/psql": PSQL,
        programs / "17/bin/initdb": INITDB,
        programs / "17/bin/pg_ctl": PG_CTL,
    }
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        known = f"#!/bin/sh\nSTAND_IN='{record}'\n"
        path.write_text(text.replace("#!/bin/sh\n", known))
        path.chmod(0o755)
    record.mkdir()
    monkeypatch.syspath_prepend(str(python))
    monkeypatch.setenv("PYTHONPATH", str(python))
    monkeypatch.setenv("STAND_IN", str(record))
    monkeypatch.setenv("ODOO_RC", "")
    monkeypatch.setattr(postgres, "_VERSIONS", programs)
    monkeypatch.setattr(installation, "_CONFIGURATIONS", ())
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    return record


@pytest.fixture
def addon(tmp_path: Path) -> Callable[..., Path]:
    """Makes an add-on in the folder `source`: name, its dependencies, the text of its tests."""

    def make(name: str, depends: tuple[str, ...] = ("base",), tests: str = "") -> Path:
        folder = tmp_path / "source" / name
        folder.mkdir(parents=True)
        manifest = {"name": name, "version": "19.0.1.0.0", "depends": list(depends)}
        (folder / "__manifest__.py").write_text(repr(manifest))
        (folder / "__init__.py").write_text("")
        if tests:
            (folder / "tests").mkdir()
            (folder / "tests" / "__init__.py").write_text("from . import test_it\n")
            (folder / "tests" / "test_it.py").write_text(textwrap.dedent(tests))
        return tmp_path / "source"

    return make


@pytest.fixture
def prepared(stand_in: Path, tmp_path: Path) -> Path:
    """A prepared directory."""
    prepare(tmp_path / "state", ["mail"], demo=True)
    return tmp_path / "state"
