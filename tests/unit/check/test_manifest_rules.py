"""The pipeline's own rules on manifests, without pylint's."""

from __future__ import annotations

import pytest

from pipeline.check import manifests
from pipeline.core.errors import InputError
from pipeline.core.settings import Settings


def test_a_sound_add_on_has_no_findings(check, make_addon):
    make_addon(
        "sound",
        {
            "summary": "Sound",
            "maintainers": ["ada"],
            "development_status": "Beta",
            "sequence": 5,
            "price": 9.99,
            "currency": "EUR",
            "depends": ["base", "mail"],
            "auto_install": ["mail"],
            "data": ["views/a.xml", "security/ir.model.access.csv"],
            "demo": ["demo/a.xml"],
            "external_dependencies": {"python": ["requests>=2"], "bin": ["lessc"], "deb": ["x"]},
            "assets": {
                "web.assets_backend": [
                    "sound/static/src/**/*.js",
                    ("include", "web._assets_helpers"),
                    ["remove", "sound/static/src/a.js"],
                    ("before", "web/static/src/x.js", "/sound/static/src/a.js"),
                    "https://example.org/x.js",
                    "//example.org/x.js",
                    "web/static/lib/nobody/knows.js",
                ]
            },
        },
        {
            "views/a.xml": "<odoo/>",
            "demo/a.xml": "<odoo/>",
            "security/ir.model.access.csv": "id\n",
            "static/src/a.js": "",
        },
    )
    assert check() == []


def test_links_that_lead_nowhere_and_odd_data_are_no_traceback(check, make_addon):
    odd = make_addon("odd", {"data": ["data/a.csv", "data/b.csv"]}, {"data/a.csv": "id,x\n\0\n"})
    (odd / "data" / "b.csv").write_text(f'id,name\n"{"x" * 200_000}",y\n')
    for name, target in {"models.py": "nowhere.py", "loop.py": "loop.py", "folder.py": "."}.items():
        (odd / name).symlink_to(target)
    assert check() == []


def test_an_unreadable_manifest_is_named_with_its_line(check, make_addon):
    make_addon("good")
    make_addon("listing", "['a']")
    make_addon("torn", "{\n    'name': 'x',\n    'depends': [\n")
    assert check() == [
        ("listing/__manifest__.py:1", "manifest-unreadable"),
        ("torn/__manifest__.py:3", "manifest-unreadable"),
    ]
    assert "is a list, not a dict" in check.message()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("name", ["x"]),
        ("version", 1.0),
        ("author", ["Ada", "Bob"]),
        ("installable", "False"),
        ("application", 1),
        ("auto_install", "yes"),
        ("depends", "sale"),
        ("depends", ["sale", 3]),
        ("data", {"a": 1}),
        ("data", [("a.xml",)]),
        ("sequence", "5"),
        ("sequence", True),
        ("price", "9.99"),
        ("external_dependencies", ["requests"]),
        ("external_dependencies", {"python": "requests"}),
        ("external_dependencies", {"python": {"requests": "python3-requests"}}),
        ("external_dependencies", {"bin": {"lessc": "node-less"}}),
        ("external_dependencies", {"apt": {"python-ldap": ["python3-ldap"]}}),
        ("external_dependencies", {"apt": "python3-ldap"}),
        ("external_dependencies", {3: ["x"]}),
        ("assets", ["x"]),
        ("assets", {"web.assets_backend": "x"}),
        ("assets", {"web.assets_backend": [("replace", "only/one")]}),
        ("assets", {"web.assets_backend": [("explode", "x")]}),
        ("assets", {"web.assets_backend": [()]}),
        ("configurator_snippets", []),
    ],
)
def test_a_wrong_type_is_named_at_its_key(check, make_addon, key, value):
    folder = make_addon("typed", {key: value})
    lines = (folder / "__manifest__.py").read_text().splitlines()
    line = next(at for at, text in enumerate(lines, 1) if f"'{key}':" in text)
    assert (f"typed/__manifest__.py:{line}", "manifest-type") in check(series="19.0")
    assert f"`{key}` must be " in check.message()


def test_an_unknown_key_suggests_the_known_one(check, make_addon):
    make_addon("typo", {"dependss": ["sale"]})
    assert check() == [("typo/__manifest__.py:7", "manifest-unknown-key")]
    assert "did you mean `depends`?" in check.report.findings[0].fix


def test_a_key_of_the_project_s_own_is_allowed_by_the_settings(check, make_addon):
    make_addon("own", {"cost_centre": "x"})
    assert check() == [("own/__manifest__.py:7", "manifest-unknown-key")]
    assert check(manifest_keys=("cost_centre",)) == []


def test_a_key_that_is_no_string(check, make_addon):
    make_addon("odd", {3: "x"})
    assert check() == [("odd/__manifest__.py:7", "manifest-unknown-key")]


def test_a_repeated_key_is_named_where_it_repeats(check, make_addon):
    make_addon("twice", "{\n'version': '19.0.1.0.0',\n'name': 'a',\n'name': 'b',\n}")
    assert check() == [("twice/__manifest__.py:4", "manifest-repeated-key")]


def test_an_add_on_that_is_not_installable_is_checked_for_its_shape_only(check, make_addon):
    files = {"views/unlisted.xml": "<odoo/>"}
    make_addon("old", {"installable": False, "depends": ["gone"], "summery": "x"}, files)
    assert check(series="19.0") == [("old/__manifest__.py:8", "manifest-unknown-key")]


def test_assets_that_match_nothing(check, make_addon):
    bundle = ["a/static/src/*.js", "a/static/src/*.scss", "static/src/x.js", "b/static/gone.js"]
    make_addon("b")
    make_addon(
        "a",
        {"depends": ["b"], "assets": {"web.assets_backend": [*bundle, ("remove", "b/static/no")]}},
        {"static/src/x.js": ""},
    )
    assert {code for _, code in check()} == {"asset-not-found", "asset-path"}
    texts = [finding.message for finding in check.report.findings]
    assert texts == [
        "no file matches the asset path a/static/src/*.scss",
        "no file matches the asset path b/static/gone.js",
        "no file matches the asset path b/static/no",
        "the asset path static/src/x.js does not begin with an add-on's name",
    ]


def test_data_files_listed_nowhere(check, make_addon):
    make_addon(
        "files",
        {"data": ["./views/listed.xml"], "qweb": ["static/xml/*.xml"]},
        {
            "views/listed.xml": "<odoo/>",
            "views/sub/forgotten view.xml": "<odoo/>",
            "security/ir.model.access.csv": "id\n",
            "wizards/w.xml": "<odoo/>",
            "data/by_hook.xml": "<odoo/>",
            "data/template/account.account-be.csv": "id\n",
            "tests/data/input.xml": "<x/>",
            "static/xml/a.xml": "<x/>",
            "views/readme.txt": "",
            "hooks.py": "convert_file(env, 'files', 'data/by_hook.xml', {})",
        },
    )
    assert check() == [
        ("files/security/ir.model.access.csv", "file-not-listed"),
        ("files/views/sub/forgotten view.xml", "file-not-listed"),
        ("files/wizards/w.xml", "file-not-listed"),
    ]


def test_findings_in_names_with_spaces_and_quotes(check, make_addon):
    make_addon('addons/it\'s "odd"', {"dependss": []})
    assert check() == [('addons/it\'s "odd"/__manifest__.py:7', "manifest-unknown-key")]


def test_the_repository_itself_as_an_add_on(tmp_path, make_addon, monkeypatch):
    monkeypatch.setattr(manifests, "check_with_pylint", lambda *arguments: ())
    files = {"views/forgotten.xml": "<odoo/>", "m.py": "from odoo.addons.root import x\n"}
    root = make_addon("root", {}, files)
    report = manifests.check_manifests(root, Settings())
    assert [finding.where for finding in report.findings] == ["views/forgotten.xml"]


def test_no_series_is_an_input_error(check, make_addon):
    make_addon("a", {"version": "1.0"})
    with pytest.raises(InputError, match="series is unknown"):
        check()
