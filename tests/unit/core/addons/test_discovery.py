"""Finding add-ons and reading their manifests."""

from __future__ import annotations

import os

import pytest

from pipeline.core.addons.discovery import discover, parse, read_addon, series_of
from pipeline.core.errors import InputError
from pipeline.core.settings import OdooSettings, ProjectSettings, Settings


def names(addons):
    return [addon.name for addon in addons]


def with_folders(*folders):
    return Settings(project=ProjectSettings(addons=folders))


def test_add_ons_at_the_root_as_oca_has_them(tmp_path, make_addon):
    make_addon("sale_b")
    make_addon("sale_a")
    assert names(discover(tmp_path, Settings())) == ["sale_a", "sale_b"]


def test_add_ons_in_several_folders_are_found_without_settings(tmp_path, make_addon):
    make_addon("addons/one")
    make_addon("third_party/oca/two")
    found = discover(tmp_path, Settings())
    assert [addon.path for addon in found] == ["addons/one", "third_party/oca/two"]


def test_only_configured_folders_are_searched(tmp_path, make_addon):
    make_addon("addons/one")
    make_addon("examples/two")
    assert names(discover(tmp_path, with_folders("addons"))) == ["one"]


def test_the_repository_itself_may_be_an_add_on(tmp_path, make_addon):
    folder = make_addon("my_addon")
    (addon,) = discover(folder, Settings())
    assert (addon.name, addon.path, addon.manifest_path) == ("my_addon", ".", "__manifest__.py")


def test_a_configured_folder_may_be_an_add_on(tmp_path, make_addon):
    make_addon("addons/one")
    assert names(discover(tmp_path, with_folders("addons/one"))) == ["one"]


@pytest.mark.parametrize("folder", ["setup/x", ".hidden", "venv", "env", "build", "node_modules"])
def test_copies_and_environments_are_not_searched(tmp_path, make_addon, folder):
    make_addon("real")
    make_addon(f"{folder}/copy")
    if folder == "env":  # no telling name: a virtual environment says itself that it is one
        (tmp_path / folder / "pyvenv.cfg").touch()
    assert names(discover(tmp_path, Settings())) == ["real"]


def test_links_to_folders_are_not_followed(tmp_path, make_addon):
    make_addon("real")
    (tmp_path / "link").symlink_to(tmp_path, target_is_directory=True)
    assert names(discover(tmp_path, Settings())) == ["real"]


@pytest.mark.parametrize("folders", [(), ("addons",), ("addons", "src")])
def test_links_to_add_ons_are_followed(tmp_path, make_addon, folders):
    make_addon("src/lib/shop")
    make_addon("src/other")
    (tmp_path / "addons").mkdir()
    for name, target in {"shop": "../src/lib/shop", "other": "../src/other"}.items():
        (tmp_path / "addons" / name).symlink_to(target)
    found = discover(tmp_path, with_folders(*folders))
    assert [(addon.name, addon.path) for addon in found] == [
        ("other", "src/other"),
        ("shop", "src/lib/shop"),
    ]


def test_a_configured_folder_may_be_a_link(tmp_path, make_addon):
    make_addon("src/shop")
    (tmp_path / "addons").symlink_to("src")
    (addon,) = discover(tmp_path, with_folders("addons"))
    assert (addon.name, addon.path, addon.link) == ("shop", "src/shop", "addons")


def test_links_that_lead_astray_are_named(tmp_path, make_addon):
    make_addon("outside/shop")
    make_addon("source/addons/real")
    source = tmp_path / "source"
    link = source / "addons" / "shop"
    for target, problem in {
        "../../outside/shop": "which is no folder of the source",
        "../src/gone": "which is no folder of the source",
        "real": "an add-on of another name, real",
    }.items():
        link.unlink(missing_ok=True)
        link.symlink_to(target)
        with pytest.raises(InputError, match=f"addons/shop is a link to .*{problem}"):
            discover(source, with_folders("addons"))
    link.unlink()
    (source / "addons" / "README.md").symlink_to("gone.md")  # no add-on is missing here
    assert names(discover(source, with_folders("addons"))) == ["real"]


def test_names_with_spaces_quotes_line_breaks_and_umlauts(tmp_path, make_addon):
    odd = ['a b"c', "it's", "line\nbreak", "straße"]
    for name in odd:
        make_addon(f"addons/{name}")
    assert names(discover(tmp_path, Settings())) == sorted(odd)


def test_no_add_ons_says_where_it_looked(tmp_path):
    with pytest.raises(InputError, match="no add-ons found in the repository") as caught:
        discover(tmp_path, Settings())
    assert "__manifest__.py" in caught.value.fix


def test_an_empty_configured_folder_is_an_error_even_next_to_a_full_one(tmp_path, make_addon):
    make_addon("full/one")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="no add-ons found in empty"):
        discover(tmp_path, with_folders("full", "empty"))


def test_a_configured_folder_that_does_not_exist(tmp_path, make_addon):
    make_addon("one")
    with pytest.raises(InputError, match="folder addons of pipeline.toml does not exist"):
        discover(tmp_path, with_folders("addons"))


def test_a_source_that_is_no_directory(tmp_path):
    with pytest.raises(InputError, match="nowhere is not a directory"):
        discover(tmp_path / "nowhere", Settings())


def test_a_folder_that_cannot_be_read(tmp_path, make_addon, monkeypatch):
    make_addon("one")
    (tmp_path / "locked").mkdir()
    scan = os.scandir

    def refuse(folder):  # root may read every folder, so permissions would not do
        if folder.name == "locked":
            raise PermissionError(13, "Permission denied")
        return scan(folder)

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(InputError, match="locked cannot be read: Permission denied"):
        discover(tmp_path, Settings())


def test_two_add_ons_of_one_name_are_both_named(tmp_path, make_addon):
    make_addon("a/twin")
    make_addon("b/twin")
    with pytest.raises(InputError, match="add-on twin exists 2 times: a/twin, b/twin"):
        discover(tmp_path, Settings())


@pytest.mark.parametrize(
    ("text", "problem", "line"),
    [
        ("{\n'name': 'x',\n'depends': [\n", "does not parse", 3),
        ("['name']", "is a list, not a dict", 1),
        ("{'name': open('x')}", "not a literal", 1),
        ("{'name': 'x', **more}", "not a literal", 1),
        ("{[]: 1}", "not a literal", 1),
        ("{'a' + 'b': 1}", "not a literal", 1),  # Odoo refuses it as well
        ("{'a': 'b'.strip()}", "not a literal", 1),
        ("{'a': 0x" + "f" * 6000 + "}", "not a literal", 1),
        ("\ufeff{}", "U+FEFF", 1),
        ("", "does not parse", 1),
        ("x = {}", "does not parse", 1),
        ("{'a': " + "-" * 100_000 + "1}", "nested too deeply", 0),
    ],
)
def test_a_broken_manifest_becomes_a_problem_with_a_line(tmp_path, make_addon, text, problem, line):
    make_addon("broken", text)
    (addon,) = discover(tmp_path, Settings())
    assert problem in addon.problem
    assert addon.problem_line in (line, 0)
    assert not addon.installable


def test_a_manifest_that_is_not_utf8(tmp_path, make_addon):
    (make_addon("latin") / "__manifest__.py").write_bytes(b"{'name': '\xe9'}")
    (addon,) = discover(tmp_path, Settings())
    assert "cannot be read" in addon.problem


def test_a_manifest_that_comes_from_git_in_no_encoding():
    manifest, problem, line = parse('{"name": "\ud800"}')
    assert (manifest, line) == ({}, 0)
    assert problem.startswith("the manifest cannot be read: ")


def test_a_manifest_is_never_executed(tmp_path, make_addon):
    make_addon("evil", f"__import__('pathlib').Path({str(tmp_path / 'ran')!r}).touch()")
    (addon,) = discover(tmp_path, Settings())
    assert addon.problem
    assert not (tmp_path / "ran").exists()


def test_odd_escapes_in_a_manifest_cause_no_warning(tmp_path, make_addon):
    make_addon("odd", r"{'name': '\d'}")
    (addon,) = discover(tmp_path, Settings())
    assert addon.manifest == {"name": r"\d"}


@pytest.mark.parametrize(
    ("depends", "expected"),
    [
        (["sale", "mail"], ("sale", "mail")),
        (("sale",), ("sale",)),
        ([], ("base",)),
        (None, ("base",)),
        ("sale", ("base",)),
        (["sale", 3], ("sale",)),
        ({"sale", "mail"}, ("mail", "sale")),
    ],
)
def test_depends_as_odoo_reads_it(tmp_path, make_addon, depends, expected):
    make_addon("one", {"depends": depends})
    assert discover(tmp_path, Settings())[0].depends == expected


@pytest.mark.parametrize(
    "text",
    [
        b"# -*- coding: latin-1 -*-\n# A comment\n{'name': 'A' 'B'}\n",
        b"{'name': 'A'\r\n 'B'}\r\n",
        b" \t{'name': \n# between\n'AB',}",
        b"{'name': ('AB')}  # after\n\n",
        b'{"name": """AB"""}',
        b"{u'name': 'A\\x42'}",
    ],
)
@pytest.mark.parametrize("file", ["__manifest__.py", "__openerp__.py"])
def test_manifests_as_people_write_them(tmp_path, text, file):
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / file).write_bytes(text)
    (addon,) = discover(tmp_path, Settings())
    assert (addon.problem, addon.manifest) == ("", {"name": "AB"})


def test_installable_as_odoo_reads_it(tmp_path, make_addon):
    make_addon("on")
    make_addon("off", {"installable": False})
    assert [addon.installable for addon in discover(tmp_path, Settings())] == [False, True]


def test_the_series_is_what_most_installable_add_ons_say(tmp_path, make_addon):
    make_addon("a", {"version": "17.0.1.0.0"})
    make_addon("b", {"version": "17.0.2.0.0"})
    make_addon("c", {"version": "16.0.1.0.0"})
    for name in ("d", "e", "f"):
        make_addon(name, {"version": "15.0.1.0.0", "installable": False})
    assert series_of(discover(tmp_path, Settings()), Settings()) == "17.0"


def test_the_configured_series_wins(tmp_path, make_addon):
    make_addon("a", {"version": "17.0.1.0.0"})
    settings = Settings(project=ProjectSettings(series="18.0"))
    assert series_of(discover(tmp_path, settings), settings) == "18.0"


def test_an_unknown_series_says_how_to_set_it(tmp_path, make_addon):
    make_addon("a", {"version": "1.0"})
    with pytest.raises(InputError, match="series is unknown") as caught:
        series_of(discover(tmp_path, Settings()), Settings())
    assert "pipeline.toml" in caught.value.fix


def test_a_series_that_is_not_known_is_named_with_the_manifest_that_says_it(tmp_path, make_addon):
    make_addon("a", {"version": "14.0.1.0.0"})
    with pytest.raises(
        InputError, match=r"Odoo '14.0' \(version '14.0.1.0.0' in a/__man"
    ) as caught:
        series_of(discover(tmp_path, Settings()), Settings())
    assert caught.value.fix == "use one of: 17.0, 18.0, 19.0, 20.0"


def test_an_image_of_a_series_that_is_not_known(tmp_path, make_addon):
    make_addon("a", {"version": "17.0.1.0.0"})
    settings = Settings(odoo=OdooSettings(image="odoo:16.0"))
    with pytest.raises(InputError, match=r"Odoo '16.0' \(\[odoo\] image = 'odoo:16.0'\)"):
        series_of(discover(tmp_path, settings), settings)


def test_a_folder_without_a_manifest_is_named(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="empty is not an add-on"):
        read_addon(tmp_path, tmp_path / "empty")
