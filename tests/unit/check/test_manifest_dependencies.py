"""What a manifest says it depends on: there, installable, named once, in no cycle, and used."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    "external",
    [
        {"python": ["python-ldap"], "apt": {"python-ldap": "python3-ldap"}},  # Odoo's auth_ldap
        {"python": ("qrcode[pil]>=7; python_version >= '3.10'",), "bin": ["wkhtmltopdf"]},
        {"python": ["x"], "apt": ["python3-x"], "deb": ["python3-x"], "rpm": {"x": "python3-x"}},
        {},
    ],
)
def test_external_dependencies_as_add_ons_have_them(check, make_addon, external):
    make_addon("ldap", {"external_dependencies": external})
    assert check() == []


@pytest.mark.parametrize("name", ["not a name", "requests>>2", "-x", ""])
def test_a_python_dependency_that_is_no_name(check, make_addon, name):
    make_addon("py", {"external_dependencies": {"python": ["requests", name]}})
    assert check() == [("py/__manifest__.py:7", "manifest-python-dependency")]
    assert f"`{name}`" in check.message()


def test_a_missing_dependency_is_named_at_its_line(check, make_addon):
    make_addon(
        "lost",
        "{\n'version': '19.0.1.0.0',\n'depends': [\n'base',\n'sale',\n'slae',\n'queue_job'],\n}",
    )
    assert check() == [
        ("lost/__manifest__.py:6", "depends-missing"),
        ("lost/__manifest__.py:7", "depends-missing"),
    ]
    assert (
        "lost depends on slae, which is neither in this repository nor in Odoo" in check.message()
    )
    assert check.report.findings[0].fix.startswith("did you mean sale? Otherwise correct the name")
    assert check.report.findings[1].fix.startswith("correct the name")
    assert check(external_addons=("queue_job",)) == [("lost/__manifest__.py:6", "depends-missing")]


def test_enterprise_modules_and_those_of_the_series_exist(check, make_addon):
    make_addon("ee", {"depends": ["helpdesk", "account_accountant"]})
    assert check() == []
    (make_addon("old", {"version": "14.0.1.0.0", "depends": ["hr_appraisal_survey_nope"]}))
    assert ("old/__manifest__.py:6", "depends-missing") in check(series="19.0")


def test_dependencies_that_pip_fetches_are_not_missing_but_named(check, make_addon, tmp_path):
    whool = '[build-system]\nbuild-backend = "whool.buildapi"\n'
    make_addon("packaged", {"depends": ["server_environment"]})
    make_addon("whool", {"depends": ["queue_job"]}, {"pyproject.toml": whool})
    make_addon("listed", {"depends": ["component_event", "unlisted"]})
    make_addon("styled", {"depends": ["elsewhere"]}, {"pyproject.toml": "[tool.black]\n"})
    (tmp_path / "setup" / "packaged").mkdir(parents=True)
    setup = "setuptools.setup(setup_requires=['setuptools-odoo'], odoo_addon=True)\n"
    (tmp_path / "setup" / "packaged" / "setup.py").write_text(setup)
    (tmp_path / "test-requirements.txt").write_text("odoo-addon-component-event @ git+https://x\n")
    assert check() == [
        ("listed/__manifest__.py:6", "depends-missing"),
        ("styled/__manifest__.py:6", "depends-missing"),
    ]
    assert check.report.fetched == ("component_event", "queue_job", "server_environment")


def test_a_dependency_that_cannot_be_installed(check, make_addon):
    make_addon("off", {"installable": False})
    make_addon("torn", "{")
    make_addon("user", {"depends": ["off", "torn"]})
    found = check()
    assert ("user/__manifest__.py:6", "depends-not-installable") in found
    texts = " ".join(finding.message for finding in check.report.findings)
    assert "off, which cannot be installed: its manifest says `installable: False`" in texts
    assert "torn, which cannot be installed: the manifest does not parse" in texts


def test_a_dependency_listed_twice(check, make_addon):
    make_addon("twice", {"depends": ["base", "sale", "sale"]})
    assert check() == [("twice/__manifest__.py:6", "depends-repeated")]


def test_an_auto_install_trigger_must_be_a_dependency(check, make_addon):
    make_addon("glue", {"depends": ["sale"], "auto_install": ["sale", "stock"]})
    assert check() == [("glue/__manifest__.py:7", "auto-install-trigger")]
    assert "names stock" in check.message()


def test_cycles_are_named_in_full_and_once_each(check, make_addon):
    make_addon("c", {"depends": ["a"]})
    make_addon("b", {"depends": ["c"]})
    make_addon("a", {"depends": ["base", "b"]})
    make_addon("outside", {"depends": ["a"]})
    make_addon("selfish", {"depends": ["selfish"]})
    assert check() == [
        ("a/__manifest__.py:6", "depends-cycle"),
        ("selfish/__manifest__.py:6", "depends-cycle"),
    ]
    assert "a -> b -> c -> a" in check.message()
    assert "selfish -> selfish" in check.message(1)


def test_a_use_without_a_dependency_is_a_lie_even_when_transitive_ones_exist(check, make_addon):
    make_addon("low")
    make_addon("middle", {"depends": ["low"]})
    make_addon("other")
    make_addon(
        "top",
        {"depends": ["middle"], "data": ["views/v.xml"]},
        {
            "models/m.py": (
                "from odoo.addons.low.models import x\n"
                "from odoo.addons.sale import y\n"
                "import odoo.addons.other.models\n"
                "from odoo.addons import other\n"
            ),
            "views/v.xml": '<odoo>\n<record id="r" model="m">\n'
            '<field name="inherit_id" ref="other.view"/></record></odoo>',
        },
    )
    assert check() == [
        ("top/models/m.py:3", "depends-lie"),
        ("top/views/v.xml:3", "depends-lie"),
    ]
    assert check.message() == (
        "top uses other (import of odoo.addons.other.models), but does not depend on it"
    )
    assert check.report.findings[0].fix == "add other to `depends` in top/__manifest__.py"
