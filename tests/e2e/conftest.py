"""End to end: `dagger call`, as a user types it, on repositories made for the purpose."""

from __future__ import annotations

import re
import subprocess
import textwrap
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
#: Seconds for one call. A client whose engine died would wait for ever.
TIME_LIMIT = 1200


@dataclass(frozen=True)
class Call:
    """A `dagger call` that ended: exit code, result, and everything it said meanwhile."""

    code: int
    out: str
    log: str

    @property
    def rows(self) -> dict[str, str]:
        """The summary table: result by step."""
        row = re.compile(r"│\s*([a-z][\w-]*)\s*│\s*([A-Z]+)\s*│")
        return dict(row.findall(self.out))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(item.path).is_relative_to(ROOT / "tests" / "e2e"):
            item.add_marker(pytest.mark.engine)


@pytest.fixture(scope="session")
def call():
    """Call a function of this project's module: ``call("lint", "--source", path)``."""

    def run(*arguments: str | Path, ok: bool = True) -> Call:
        command = ["dagger", "call", "-m", str(ROOT), *map(str, arguments)]
        ended = subprocess.run(
            ["dagger", "--progress=plain", *command[1:]],
            capture_output=True,
            text=True,
            timeout=TIME_LIMIT,
        )
        log = re.sub(r"\x1b\[[0-9;]*m", "", ended.stderr)
        # A failing call says in its log, after the last "Error:", what a passing one returns.
        out = ended.stdout or log.rpartition("\nError:")[2]
        assert (ended.returncode == 0) is ok, f"{command}\n{out}\n{log[-6000:]}"
        return Call(ended.returncode, out, log)

    return run


@dataclass
class Repository:
    """A git repository under a temporary directory."""

    path: Path

    def write(self, name: str, text: str) -> Path:
        """Write a file, its text without common indentation."""
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")
        return file

    def addon(self, path: str, depends: str = "base", tests: str | None = None) -> None:
        """Write an add-on with one model and one test of it."""
        name = Path(path).name
        model = "".join(word.capitalize() for word in name.split("_"))
        self.write(f"{path}/__init__.py", "from . import models\n")
        self.write(
            f"{path}/__manifest__.py",
            f"""
            {{
                "name": "{name}",
                "summary": "An add-on made for a test",
                "version": "19.0.1.0.0",
                "author": "Testers",
                "website": "https://example.org",
                "category": "Hidden",
                "license": "LGPL-3",
                "depends": ["{depends}"],
                "data": ["security/ir.model.access.csv"],
                "installable": True,
            }}
            """,
        )
        self.write(
            f"{path}/security/ir.model.access.csv",
            f"""
            id,name,model_id:id,group_id:id,perm_read,perm_write,perm_create,perm_unlink
            access_{name},{name},model_{name},base.group_user,1,1,1,1
            """,
        )
        self.write(
            f"{path}/models.py",
            f"""
            from odoo import fields, models


            class {model}(models.Model):
                _name = "{name.replace("_", ".")}"
                _description = "{name}"

                name = fields.Char(required=True)

                def greet(self):
                    self.ensure_one()
                    return f"Hello {{self.name}}"
            """,
        )
        self.write(f"{path}/tests/__init__.py", f"from . import test_{name}\n")
        self.write(
            f"{path}/tests/test_{name}.py",
            tests or f"""
            from odoo.tests import TransactionCase


            class Test{model}(TransactionCase):
                def test_greet(self):
                    record = self.env["{name.replace("_", ".")}"].create({{"name": "Ada"}})
                    self.assertEqual(record.greet(), "Hello Ada")
            """,
        )

    def commit(self, message: str = "Change") -> str:
        """Commit everything and return the commit's id."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", message)
        return self.git("rev-parse", "HEAD")

    def git(self, *arguments: str) -> str:
        """Run git here and return what it printed."""
        identity = ("-c", "user.name=Tester", "-c", "user.email=tester@example.org")
        command = ["git", *identity, *arguments]
        done = subprocess.run(command, cwd=self.path, check=True, capture_output=True, text=True)
        return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """A repository with sensible ignore rules and nothing else."""
    folder = tmp_path / "repository"
    folder.mkdir()
    made = Repository(folder)
    made.git("init", "--quiet", "--initial-branch=main")
    made.write(".flake8", "[flake8]\nmax-line-length = 88\nper-file-ignores = __init__.py:F401\n")
    made.write(".gitignore", (ROOT / ".gitignore").read_text(encoding="utf-8"))
    return made
