"""The tools that a source names, in its versions, against pre-commit itself; and Odoo's checks."""

from __future__ import annotations

import os
import subprocess
import sysconfig
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.core.results import Status, StepResult, read_results

#: As OCA's repositories name them.
CONFIG = """
exclude: /tests/samples/
repos:
  - repo: https://github.com/astral-sh/ruff-pre-commit
    rev: v0.6.8
    hooks: [{id: ruff, args: [--fix, --exit-non-zero-on-fix]}, {id: ruff-format}]
  - repo: https://github.com/OCA/pylint-odoo
    rev: v9.1.3
    hooks: [{id: pylint_odoo, args: [--rcfile=.pylintrc-mandatory]}]
  - repo: https://github.com/OCA/odoo-pre-commit-hooks
    rev: v0.0.33
    hooks: [{id: oca-checks-odoo-module}, {id: oca-checks-po, args: [--disable=po-pretty-format]}]
"""
#: What these hooks are where their repositories define them: only their repositories' addresses
#: are replaced by their packages, because a test has no git server.
DEFINED: dict[str, dict[str, Any]] = {
    "ruff": {"entry": "ruff check --force-exclude", "types_or": ["python", "pyi"]},
    "ruff-format": {"entry": "ruff format --force-exclude", "types_or": ["python", "pyi"]},
    "pylint_odoo": {"entry": "pylint", "types": ["python"], "require_serial": True},
    "oca-checks-odoo-module": {
        "entry": "oca-checks-odoo-module",
        "types_or": ["csv", "python", "xml"],
        "files": r"\.(csv|xml)$|/__(manifest|openerp)__\.py$",
        "require_serial": True,
    },
    "oca-checks-po": {"entry": "oca-checks-po", "types_or": ["text"], "files": r"\.(po|pot)$"},
}
PACKAGES = {
    "ruff-pre-commit": "ruff",
    "pylint-odoo": "pylint-odoo",
    "odoo-pre-commit-hooks": "oca-odoo-pre-commit-hooks",
}
MANIFEST = """{
    "name": "Visits",
    "version": "19.0.1.0.0",
    "license": "LGPL-3",
    "author": "A",
    "depends": ["base"],
    "data": ["security/ir.model.access.csv", "views/visit.xml"],
}
"""
CSV = """id,name,model_id:id,group_id:id,perm_read,perm_write,perm_create,perm_unlink
access_visit,visit,model_visit,base.group_user,1,1,1,1
"""
XML = """<?xml version="1.0" encoding="UTF-8" ?>
<odoo>
    <record id="visit_menu" model="ir.ui.menu">
        <field name="name">Visits</field>
    </record>
</odoo>
"""
PO = """# Translation of Odoo.
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"

#. module: visit
#: model:ir.ui.menu,name:visit.visit_menu
msgid "Visits"
msgstr "Visites"
"""
MODEL = """from odoo import fields, models


class Visit(models.Model):
    _name = "visit"
    _description = "Visit"

    name = fields.Char()
"""
GOOD = {
    "__manifest__.py": MANIFEST,
    "__init__.py": "from . import models\n",
    "models/__init__.py": "from . import visit\n",
    "models/visit.py": MODEL,
    "security/ir.model.access.csv": CSV,
    "views/visit.xml": XML,
    "i18n/fr.po": PO,
    "README.rst": "Visits\n======\n",
}
QUERY = "\n    def find(self, name):\n        self.env.cr.execute(\"SELECT '%s'\" % name)\n"
BAD = {
    "models/visit.py": f"import os\n{MODEL}{QUERY}",
    "models/spaces.py": "x = {  'a':1 }\n",
    "models/broken.py": "def f(:\n",
    "tests/samples/excluded.py": "import os\nx = {  'a':1 }\n",
    "security/ir.model.access.csv": CSV + CSV.splitlines()[1] + "\n",
    "views/visit.xml": XML.replace("</record>", ""),
    "i18n/fr.po": PO + "\n" + "\n".join(PO.splitlines()[5:]) + "\n",
}
FOUND = {
    ("visit/models/visit.py", 1, "F401"),
    ("visit/models/visit.py", 1, "I001"),
    ("visit/models/visit.py", 12, "sql-injection"),
    ("visit/models/visit.py", 12, "UP031"),
    ("visit/models/spaces.py", 0, "ruff-format"),
    ("visit/models/broken.py", 1, "ruff-format-error"),
    ("visit/security/ir.model.access.csv", 2, "csv-duplicate-record-id"),
    ("visit/views/visit.xml", 1, "xml-syntax-error"),
    ("visit/i18n/fr.po", 8, "po-duplicate-message-definition"),
}


def write(source: Path, files: dict[str, str], folder: str = "visit") -> None:
    for name, text in files.items():
        path = source / folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def environments(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder of tools for all tests, as on a host."""
    return tmp_path_factory.mktemp("tools")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A repository with one good add-on."""
    write(tmp_path / "source", GOOD)
    return tmp_path / "source"


@pytest.fixture
def lint(
    source: Path, environments: Path, run_pipeline: Callable[..., tuple[int, str]]
) -> Callable[[], tuple[int, str, StepResult]]:
    def go() -> tuple[int, str, StepResult]:
        output = source.parent / "output"
        options = ("--source", source, "--output", output, "--tools", environments)
        code, said = run_pipeline("check", "lint", *options)
        return code, said, read_results(output)[0]

    return go


def places(result: StepResult) -> set[tuple[str, int, str]]:
    return {(finding.path, finding.line, finding.code) for finding in result.findings}


def oca(source: Path) -> None:
    """Configure the source as OCA's repositories are."""
    files = {
        ".pre-commit-config.yaml": CONFIG,
        ".ruff.toml": 'fix = true\n[lint]\nextend-select = ["I", "UP"]\n'
        '[lint.per-file-ignores]\n"__init__.py" = ["F401"]\n"__manifest__.py" = ["B018"]\n',
        ".pylintrc-mandatory": "[MASTER]\nload-plugins=pylint_odoo\nscore=n\n[MESSAGES CONTROL]\n"
        "disable=all\nenable=sql-injection,print-used\n",
    }
    write(source, files, ".")


def by_pre_commit(source: Path, git_in: Callable[..., str]) -> dict[str, bool]:
    """Which hooks pass when pre-commit itself runs them."""
    config = yaml.safe_load(CONFIG)
    hooks = []
    for repository in config["repos"]:
        package = PACKAGES[repository["repo"].rpartition("/")[2]]
        pinned = [f"{package}=={repository['rev'][1:]}"]
        for hook in repository["hooks"]:
            packaged = {"name": hook["id"], "language": "python", "additional_dependencies": pinned}
            hooks.append({**DEFINED[hook["id"]], **packaged, **hook})
    config["repos"] = [{"repo": "local", "hooks": hooks}]
    written = source.parent / "local.yaml"
    written.write_text(yaml.safe_dump(config), encoding="utf-8")
    git_in(source, "init", "--quiet")
    git_in(source, "add", "--all")
    program = Path(sysconfig.get_path("scripts")) / "pre-commit"
    ended = subprocess.run(
        [program, "run", "--all-files", "--color=never", "--config", written],
        cwd=source,
        env={**os.environ, "PRE_COMMIT_HOME": str(source.parent / "hooks")},
        capture_output=True,
        text=True,
        timeout=600,
    )
    lines = [line for line in ended.stdout.splitlines() if line.endswith(("Passed", "Failed"))]
    assert len(lines) == len(hooks), ended.stdout + ended.stderr
    return {line.partition("...")[0]: line.endswith("Passed") for line in lines}


def test_the_verdict_is_that_of_the_source_s_own_pre_commit(source, lint, git_in):
    oca(source)
    code, said, result = lint()
    assert (code, result.status) == (0, Status.PASSED), said
    for version in ("ruff 0.6.8", "pylint-odoo 9.1.3", "oca-odoo-pre-commit-hooks 0.0.33"):
        assert version in result.summary

    write(source, BAD)
    before = (source / "visit/models/visit.py").read_text(encoding="utf-8")
    code, said, result = lint()
    assert code == 1 and FOUND <= places(result), said
    assert not any("samples" in finding.path for finding in result.findings)
    assert "`ruff check --fix .` and `ruff format .`" in result.advice
    assert before == (source / "visit/models/visit.py").read_text(encoding="utf-8")
    passed = by_pre_commit(source, git_in)
    assert set(passed) == set(DEFINED) and not any(passed.values())


def test_a_version_that_does_not_exist_is_one_error_that_names_it(source, lint):
    oca(source)
    write(source, {".pre-commit-config.yaml": CONFIG.replace("v0.6.8", "v999.0.0")}, ".")
    code, said, result = lint()
    assert (code, result.status) == (4, Status.ERROR)
    assert result.summary == (
        "ruff==999.0.0 cannot be installed: No matching distribution found for ruff==999.0.0"
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('[lint]\nselect = ["NOPE"]\n', "Unknown rule selector"),
        ("[lint\n", "TOML parse error at line 1"),
    ],
)
def test_a_ruff_configuration_that_ruff_refuses_is_reported_once_by_each_command(
    source, lint, text, reason
):
    write(source, {"ruff.toml": text}, ".")
    write(source, {"pipeline.toml": "[lint]\npylint_odoo = false\nodoo_hooks = false\n"}, ".")
    code, said, result = lint()
    assert code == 1
    assert {finding.code for finding in result.findings} == {
        "ruff-check-failed",
        "ruff-format-failed",
    }
    assert all(reason in finding.message for finding in result.findings)


def test_an_add_on_without_any_configuration_gets_the_checks_that_matter(source, lint):
    code, said, result = lint()
    assert (code, result.status) == (0, Status.PASSED), said
    write(source, BAD)
    wanted = {place for place in FOUND if "-" in place[2] and not place[2].startswith("ruff")}
    assert wanted <= places(lint()[2])
    write(source, {"pipeline.toml": "[lint]\npylint_odoo = false\nodoo_hooks = false\n"}, ".")
    assert not wanted & places(lint()[2])


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("security/ir.model.access.csv", b"id,name\na,\xe9\n", "csv-syntax-error"),
        ("views/visit.xml", b"<odoo><record></odoo>", "xml-syntax-error"),
        ("i18n/fr.po", b'msgid "a"\nmsgstr "b"\nno translation\n', "po-syntax-error"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_finding(source, lint, name, text, code):
    (source / "visit" / name).write_bytes(text)
    exit_code, said, result = lint()
    assert exit_code == 1
    assert [(found.path, found.code) for found in result.findings] == [(f"visit/{name}", code)]


OCA_ORDER = "import os\n\nimport requests\n\nfrom odoo import models\n\nfrom . import local\n"
BLACK_ORDER = "import os\n\nimport requests\nfrom odoo import models\n\nfrom . import local\n"


@pytest.mark.parametrize("text", [OCA_ORDER, BLACK_ORDER])
def test_both_ways_to_sort_odoo_s_imports_are_good_where_none_is_configured(source, lint, text):
    used = "\nprint(os, requests, models, local)\n"
    write(source, {"tools.py": text + used}, "scripts")
    assert lint()[0] == 0
    shuffled = text.replace("import os\n\nimport requests", "import requests\n\nimport os")
    write(source, {"tools.py": shuffled + used}, "scripts")
    _, said, result = lint()
    assert ("scripts/tools.py", 0, "isort") in places(result)
    assert "run `isort --profile=black scripts/tools.py`" in said
