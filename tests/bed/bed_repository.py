"""Git repositories of add-ons, made for a test."""

from __future__ import annotations

import subprocess
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Repository:
    """A git repository under a temporary directory."""

    path: Path

    @classmethod
    def create(cls, path: Path, branch: str = "main") -> Repository:
        """An empty one in a new folder, the same on every machine: without git's own templates."""
        path.mkdir(parents=True)
        made = cls(path)
        made.git("init", "--quiet", f"--initial-branch={branch}", "--template=")
        return made

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

    def git(self, *arguments: str, environment: Mapping[str, str] | None = None) -> str:
        """Run git here, in another environment if one is given, and return what it printed."""
        identity = ("-c", "user.name=Tester", "-c", "user.email=tester@example.org")
        command = ["git", *identity, *arguments]
        done = subprocess.run(
            command, cwd=self.path, check=True, capture_output=True, text=True, env=environment
        )
        return done.stdout.strip()
