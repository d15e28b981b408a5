"""Which add-ons a deployment updates, and why."""

from __future__ import annotations

import runpy
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.core.errors import Refused, ToolError
from pipeline.core.sent import script
from pipeline.environment.host import inside
from pipeline.environment.host.inside import addons
from pipeline.environment.odoo import installed_addons
from pipeline.environment.odoo.installed_addons import Addon, Change, Code

INSIDE = Path(installed_addons.__file__).parents[1] / "host/inside/addons.py"


def installed(**versions):
    return {name: {"version": one, "state": "installed"} for name, one in versions.items()}


def test_what_is_updated_and_why():
    database = installed(a="19.0.1.0", b="19.0.1.0", c="19.0.1.0", d="19.0.1.0", e="19.0.1.0")
    database["e"]["state"] = "to upgrade"
    old = {
        "a": Addon("19.0.1.0", update="1", code="1"),
        "b": Addon("19.0.1.0", update="1", code="1"),
        "c": Addon("19.0.1.0", update="1", code="1"),
        "e": Addon("19.0.1.0", update="1", code="1"),
    }
    new = {**old, "d": old["a"]}
    new |= {"a": replace(old["a"], version="19.0.2.0"), "b": replace(old["b"], update="2")}
    new["c"] = replace(old["c"], code="2")
    found = installed_addons.compare(database, old, Code("19.0", new), "image", "")
    assert found.updates == (
        Change("a", "version 19.0.1.0 becomes 19.0.2.0"),
        Change("b", "its files changed"),
        Change("d", "it is not known which code it was last updated with"),
        Change("e", "an earlier update left it in state `to upgrade`"),
    )
    assert found.code == ("c",)


def test_an_image_that_lacks_an_add_on_or_is_older():
    code = Code("19.0", {"a": Addon("19.0.9.0"), "off": Addon("19.0.1.0", installable=False)})
    with pytest.raises(Refused, match="lacks: b, off"):
        installed_addons.compare(
            installed(a="19.0.1.0", b="1", off="19.0.1.0"), {}, code, "image", ""
        )
    with pytest.raises(Refused, match=r"a 19.0.10.0 \(image: 19.0.9.0\)"):
        installed_addons.compare(installed(a="19.0.10.0"), {}, code, "image", "go back")
    with pytest.raises(Refused, match="from Odoo 20.0, and image has Odoo 19.0"):
        installed_addons.compare(
            installed(base="20.0.1.3", new="20.0.1.0"), {}, code, "image", "go back"
        )


def test_what_the_database_alone_has_is_no_reason_to_refuse():
    """Studio's customizations and imported modules are in no image, and stay as they are."""
    code = Code("19.0", {"a": Addon("19.0.1.0", update="1", code="1")})
    database = installed(a="19.0.1.0", studio_customization="1", brought="1")
    database["brought"]["imported"] = True
    found = installed_addons.compare(database, code.addons, code, "image", "")
    assert found.updates == () and found.elsewhere == ("brought", "studio_customization")
    database["lost"] = {"version": "1", "state": "installed", "imported": False}
    with pytest.raises(Refused, match="lacks: lost"):
        installed_addons.compare(database, code.addons, code, "image", "")
    # What the image has as well is the image's, whoever brought it once.
    code.addons["brought"] = Addon("2", update="2")
    [change] = installed_addons.compare(
        {"brought": database["brought"]}, {}, code, "image", ""
    ).updates
    assert change.addon == "brought"


def test_modules_of_a_new_database():
    code = Code("19.0", {"mine": Addon("1", own=True), "base": Addon("1")})
    assert installed_addons.fresh(code, ()) == ("mine",)
    assert installed_addons.fresh(code, ("sale",)) == ("sale",)
    assert installed_addons.fresh(Code("19.0", {}), ()) == ("base",)
    with pytest.raises(ToolError, match="cannot be listed"):
        installed_addons.parse("Traceback")


@pytest.mark.parametrize("namespace", [False, True], ids=["a package", "a namespace"])
def test_add_ons_of_others_are_hashed_and_no_new_database_gets_them(
    tmp_path, namespace, monkeypatch, capsys
):
    """Those of the folder that init-project's image has, and those that pip installed."""
    folders = ("mnt/extra-addons/mine", "mnt/dependencies/theirs", "site/odoo/addons/wheel")
    for folder in (*folders, "usr/odoo/addons/base"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "__manifest__.py").write_text('{"version": "1.2"}')
    if not namespace:
        (tmp_path / "usr/odoo/__init__.py").touch()
    (tmp_path / "usr/odoo/release.py").write_text("version_info = (19, 0, 0, FINAL, 0, '')\n")
    mnt = tmp_path / "mnt"
    (tmp_path / "odoo.conf").write_text(
        f"[options]\naddons_path = {mnt}/extra-addons/, {mnt}/dependencies\n"
    )
    environment = {
        "PYTHONPATH": f"{tmp_path}/site:{tmp_path}/usr",
        "ODOO_RC": f"{tmp_path}/odoo.conf",
    }
    printed = subprocess.run(
        [sys.executable, "-c", script(inside, "addons"), "theirs,wheel"],
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    monkeypatch.setenv("ODOO_RC", environment["ODOO_RC"])
    monkeypatch.setattr(sys, "path", environment["PYTHONPATH"].split(":"))
    monkeypatch.setattr(sys, "argv", ["addons", "theirs,wheel"])
    addons.main()
    assert capsys.readouterr().out == printed
    code = installed_addons.parse(printed)
    assert {name: addon.own for name, addon in code.addons.items()} == {
        **{"mine": True, "theirs": False},
        **{"wheel": False, "base": False},
    }
    assert {name for name, addon in code.addons.items() if addon.update} == {"theirs", "wheel"}
    assert installed_addons.fresh(code, ()) == ("mine",)


@pytest.mark.parametrize(
    ("path", "content", "needs"),
    [
        ("models/a.py", b"x = 1", True),
        ("views/a.xml", b"<odoo/>", True),
        ("__manifest__.py", b"{}", True),
        ("static/src/a.js", b"", False),
        ("tests/test_a.py", b"", False),
        ("README.md", b"", False),
        ("i18n/nl.po", b"", True),
        ("i18n/mta.pot", b"", False),
        ("controllers/main.py", b"class A:\n    def b(self): ...", False),
        ("controllers/main.py", b"class A:\n    _inherit = 'x'", True),
        ("controllers/main.py", b"class A:\n    _name: str = 'x'", True),
        ("controllers/main.py", b"class", True),
    ],
)
def test_which_files_need_an_update(path, content, needs):
    code = runpy.run_path(str(INSIDE))
    assert code["needs_update"](path, content) is needs


def test_hashes_of_an_add_on(tmp_path):
    code = runpy.run_path(str(INSIDE))
    (tmp_path / "static").mkdir()
    (tmp_path / "a.xml").write_text("1")
    (tmp_path / "static" / "b.js").write_text("1")
    (tmp_path / "c.pyc").write_text("1")
    before = code["hashes"](str(tmp_path))
    (tmp_path / "c.pyc").write_text("2")
    assert code["hashes"](str(tmp_path)) == before
    (tmp_path / "static" / "b.js").write_text("2")
    after = code["hashes"](str(tmp_path))
    assert after["update"] == before["update"] and after["code"] != before["code"]
    (tmp_path / "a.xml").write_text("2")
    assert code["hashes"](str(tmp_path))["update"] != before["update"]
    assert code["full_version"]("1.0", "19.0") == "19.0.1.0"
    assert script(inside, "addons").startswith('"""Print, as JSON, the add-ons')
