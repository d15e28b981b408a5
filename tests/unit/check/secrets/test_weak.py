"""Passwords that everybody tries first: where they count, and where they do not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.check.secrets import scan
from pipeline.check.secrets.loaded import DataFiles
from pipeline.check.secrets.occurrences import _WEAK, Occurrence, finding
from pipeline.check.secrets.rules.weak import _GUESSED, ADVICE
from pipeline.check.secrets.scanner import Scanner


def kinds(line: str, path: str) -> list[str]:
    return [hit.kind for hit in Scanner().scan(line.encode(), path, weak=True)]


@pytest.mark.parametrize(
    ("path", "line", "kind"),
    [
        ("docker-compose.yml", "      POSTGRES_PASSWORD: odoo", "weak-database-password"),
        ("compose.prod.yaml", "      - PASSWORD=admin", "weak-database-password"),
        ("deploy/docker-compose.yml", '  PGPASSWORD: "postgres"', "weak-database-password"),
        ("config/odoo.conf", "db_password = odoo", "weak-database-password"),
        ("config/odoo.conf", "admin_passwd = admin", "weak-master-password"),
        ("odoo.conf", "admin_passwd=Admin", "weak-master-password"),
        ("docker-compose.yml", "  ADMIN_PASSWORD: admin", "weak-master-password"),
        ("config/odoo-prod.conf", "list_db = True", "open-database-manager"),
        ("production/odoo.conf", "list_db=1", "open-database-manager"),
        ("sale_x/data/users.xml", '<field name="password">demo</field>', "weak-user-password"),
        ("docker-compose.yml", "  command: odoo --db_password odoo", "weak-database-password"),
        ("compose.yaml", '  command: ["--db_password", "admin"]', "weak-database-password"),
        ("compose.yaml", "      - --db-password=odoo", "weak-database-password"),
        ("x/data/res.users.csv", "id,password\nme,demo", "weak-user-password"),
        ("x/data/res_users.csv", "id,login,new_password\nme,me,Admin", "weak-user-password"),
        ("x/data/a.xml", """<field name="password" eval="'admin'"/>""", "weak-user-password"),
    ],
)
def test_a_password_that_protects_something_is_named(path: str, line: str, kind: str) -> None:
    assert kinds(line, path) == [kind]


@pytest.mark.parametrize("word", sorted(_GUESSED))
def test_each_guess_counts_as_master_password(word: str) -> None:
    assert kinds(f"admin_passwd = {word}", "odoo.conf") == ["weak-master-password"]


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("docker-compose.override.yml", "  POSTGRES_PASSWORD: odoo"),
        ("compose.dev.yml", "  POSTGRES_PASSWORD: odoo"),
        (".github/compose.ci.yml", "  POSTGRES_PASSWORD: odoo"),
        ("docker-compose.yml", "  POSTGRES_PASSWORD: ${POSTGRES_PASSWORD:-odoo}"),
        ("docker-compose.yml", "  POSTGRES_USER: odoo"),
        ("docker-compose.yml", "  POSTGRES_PASSWORD_FILE: /run/secrets/db"),
        ("tests/docker-compose.yml", "  POSTGRES_PASSWORD: odoo"),
        ("odoo.conf.example", "admin_passwd = admin"),
        ("odoo.conf", "; admin_passwd = admin"),
        ("odoo.conf", "list_db = True"),
        ("config/odoo-prod.conf", "list_db = False"),
        ("sale_x/demo/users.xml", '<field name="password">demo</field>'),
        ("sale_x/data/users.xml", '<field name="login">demo</field>'),
        ("sale_x/data/users.xml", '<field name="password"/>'),
        ("sale_x/data/users.xml", '<field name="password">tulip</field>'),
        ("other.yml", "POSTGRES_PASSWORD: odoo"),
        ("docker-compose.yml", "  command: odoo --db_password $PGPASSWORD"),
        ("x/demo/res.users.csv", "id,password\nme,demo"),
        ("x/data/res.users.csv", "id,password\nme,demo,3"),
        ("x/data/res.users.csv", "id,login\nme,demo"),
        ("x/data/res.partner.csv", "id,password\nme,demo"),
    ],
)
def test_where_nothing_is_protected_nothing_is_said(path: str, line: str) -> None:
    assert kinds(line, path) == []


def test_every_kind_has_its_own_text_and_advice() -> None:
    assert ADVICE.keys() == _WEAK.keys()
    for kind, advice in ADVICE.items():
        one = finding(Occurrence("odoo.conf", 1, kind, "0"), "", ".secrets.baseline")
        assert advice in one.fix and "rotate" not in one.fix and one.message == _WEAK[kind]


def test_the_history_has_no_weak_passwords_because_nothing_leaked(
    tmp_path: Path, git_in: Callable[..., str]
) -> None:
    git_in(tmp_path, "init", "-q", "-b", "main")
    settings = tmp_path / "odoo.conf"
    for text in ("admin_passwd = admin\n", "list_db = False\n"):
        settings.write_text(text)
        git_in(tmp_path, "add", "-A")
        git_in(tmp_path, "commit", "-q", "-m", "settings")
        seen = scan.look(tmp_path, "none")
        assert seen.past == ()
    assert seen.tree == ()
    settings.write_text("admin_passwd = admin\n")
    assert [item.kind for item in scan.look(tmp_path, "none").tree] == ["weak-master-password"]


def test_a_marked_line_is_meant_so() -> None:
    line = "admin_passwd = admin\n"
    marked = "# pragma: allowlist nextline secret\n" + line
    assert kinds(line, "odoo.conf") and kinds(marked, "odoo.conf") == []


MANIFEST = {
    "data": ["data/demo_users.xml", "demo/res.users.csv", "data/both.xml"],
    "demo": ["data/extra.xml", "data/both.xml"],
}
USER = '<odoo><field name="password">demo</field></odoo>\n'


def in_tree(root: Path, manifest: str) -> list[str]:
    addon = root / "addons" / "sale_x"
    for name in ("data/demo_users.xml", "data/both.xml", "data/extra.xml", "demo/other.xml"):
        (addon / name).parent.mkdir(parents=True, exist_ok=True)
        (addon / name).write_text(USER)
    (addon / "demo" / "res.users.csv").write_text("id,password\nme,demo\n")
    (addon / "__manifest__.py").write_text(manifest, "latin-1")
    (root / "users.xml").write_text(USER)
    items = scan.look(root, "none").tree
    assert {item.kind for item in items} == {"weak-user-password"}
    return [item.path.removeprefix("addons/sale_x/") for item in items]


def test_the_manifest_tells_what_is_loaded_in_production(tmp_path: Path) -> None:
    assert in_tree(tmp_path, repr(MANIFEST)) == [
        "data/both.xml",
        "data/demo_users.xml",
        "demo/res.users.csv",
        "users.xml",
    ]


@pytest.mark.parametrize("manifest", ["{", "{'data': None}", "{} # \u00e9"])
def test_without_a_manifest_that_can_be_read_the_path_tells(tmp_path: Path, manifest: str) -> None:
    assert in_tree(tmp_path, manifest) == ["data/both.xml", "data/extra.xml", "users.xml"]


def test_an_older_manifest_tells_it_too(tmp_path: Path) -> None:
    in_tree(tmp_path, "{}")
    folder = tmp_path / "addons" / "sale_x"
    (folder / "__manifest__.py").rename(folder / "__openerp__.py")
    (folder / "__openerp__.py").write_text(repr(MANIFEST))
    assert DataFiles(tmp_path).in_production("addons/sale_x/data/extra.xml") is False
    assert DataFiles(tmp_path).in_production("addons/sale_x/static/x.xml") is None
