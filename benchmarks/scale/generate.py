"""Repositories of made-up add-ons, the same for the same numbers."""

from __future__ import annotations

import random
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
FLAKE8 = "[flake8]\nmax-line-length = 88\nper-file-ignores = __init__.py:F401\n"
MANIFEST = """{{
    "name": "{title}",
    "summary": "An add-on made for a measurement",
    "version": "19.0.1.0.0",
    "author": "Testers",
    "website": "https://example.org",
    "category": "Hidden",
    "license": "LGPL-3",
    "depends": [{depends}],
    "data": ["security/ir.model.access.csv", "views/views.xml"],
    "installable": True,
}}
"""
MODEL = """from odoo import api, fields, models


class {title}(models.Model):
    _name = "{dotted}"
    _description = "{title}"  # {salt}

    name = fields.Char(required=True)
    amount = fields.Float()
    total = fields.Float(compute="_compute_total", store=True)

    @api.depends("amount")
    def _compute_total(self):
        for record in self:
            record.total = record.amount * 2 if record.amount > 0 else 0
"""
ACCESS = """id,name,model_id:id,group_id:id,perm_read,perm_write,perm_create,perm_unlink
access_{name},{name},model_{name},base.group_user,1,1,1,1
"""
VIEWS = """<?xml version="1.0" encoding="utf-8" ?>
<odoo>
    <record id="{name}_view_list" model="ir.ui.view">
        <field name="name">{dotted}.list</field>
        <field name="model">{dotted}</field>
        <field name="arch" type="xml">
            <list><field name="name" /><field name="total" /></list>
        </field>
    </record>
</odoo>
"""
TESTS = """from odoo.tests import TransactionCase


class Test{title}(TransactionCase):
    def total(self, amount):
        values = [{{"name": str(one), "amount": amount}} for one in range(50)]
        return sum(self.env["{dotted}"].create(values).mapped("total"))
"""
TEST = """
    def test_total_{number}(self):
        self.assertEqual(self.total({number}), {number} * 100)
"""


def repository(folder: Path, count: int, salt: str = "") -> None:
    """Write and commit ``count`` add-ons: every one needs up to two of those before it.

    They need ``base`` and no other module of Odoo. A tenth of them has many tests.

    Args:
        folder: where; it is made.
        count: how many add-ons.
        salt: goes into every add-on, so that nothing is known of it that another salt had.
    """
    chance = random.Random(count)
    for number in range(count):
        earlier = {chance.randrange(number // 2 + 1) for _ in range(2)} if number else set()
        needed = [_name(other) for other in sorted(earlier) if chance.random() < 0.7]
        many = chance.random() < 0.1
        tests = chance.randint(100, 300) if many else chance.randint(1, 20)
        _addon(folder / "addons" / _name(number), needed or ["base"], tests, salt)
    (folder / ".flake8").write_text(FLAKE8, encoding="utf-8")
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8")
    (folder / ".gitignore").write_text(ignored, encoding="utf-8")
    for arguments in (("init", "-q", "-b", "main"), ("add", "--all"), ("commit", "-qm", "Made")):
        git(folder, *arguments)


def git(folder: Path, *arguments: str) -> None:
    """Run git in a repository."""
    identity = ("-c", "user.name=Tester", "-c", "user.email=tester@example.org")
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True)


def _name(number: int) -> str:
    return f"made_{number:04}"


def _addon(folder: Path, needed: list[str], tests: int, salt: str) -> None:
    name = folder.name
    words = {
        "name": name,
        "dotted": name.replace("_", "."),
        "title": name.title().replace("_", ""),
        "depends": ", ".join(f'"{other}"' for other in needed),
        "salt": salt,
    }
    cases = "".join(TEST.format(number=number) for number in range(tests))
    files = {
        "__init__.py": "from . import models\n",
        "__manifest__.py": MANIFEST.format(**words),
        "models.py": MODEL.format(**words),
        "security/ir.model.access.csv": ACCESS.format(**words),
        "views/views.xml": VIEWS.format(**words),
        "tests/__init__.py": f"from . import test_{name}\n",
        f"tests/test_{name}.py": TESTS.format(**words) + cases,
    }
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
