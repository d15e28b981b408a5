"""What Python, XML and CSV files use of other modules."""

from __future__ import annotations

import pytest

from pipeline.check.manifests.usage import csv_uses, python_uses, uses_of, xml_uses


def modules(uses):
    return [(use.line, use.module) for use in uses]


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("import odoo.addons.a", [(1, "a")]),
        ("from odoo.addons.a.models.b import C", [(1, "a")]),
        ("from odoo.addons import a, b", [(1, "a"), (1, "b")]),
        ("def f():\n    from odoo.addons.a import x", [(2, "a")]),
        ("try:\n    import x\nexcept ValueError:\n    import odoo.addons.a", [(4, "a")]),
        ("from odoo import addons", []),
        ("from . import a", []),
        ("from .odoo.addons.a import x", []),
        ("import odoo", []),
        ("try:\n    import odoo.addons.a\nexcept ImportError:\n    pass", []),
        ("try:\n    import odoo.addons.a\nexcept (ValueError, ImportError):\n    pass", []),
        ("try:\n    import odoo.addons.a\nexcept Exception:\n    pass", []),
        ("try:\n    import odoo.addons.a\nexcept:\n    pass", []),
        ("if TYPE_CHECKING:\n    import odoo.addons.a", []),
        ("if typing.TYPE_CHECKING:\n    import odoo.addons.a", []),
        ("def f(:", []),
        ("x = 1\0", []),
    ],
)
def test_imports(code, found):
    assert modules(python_uses("m.py", code.encode())) == found


@pytest.mark.parametrize(
    ("element", "found"),
    [
        ('<field name="x" ref="a.b"/>', ["a"]),
        ('<record id="a.b" model="m"/>', ["a"]),
        ('<record id="b" model="a.model"/>', []),
        ('<template id="b" inherit_id="a.layout"/>', ["a"]),
        ('<menuitem id="b" parent="a.root" action="c.act" groups="d.x,!e.y"/>', list("acde")),
        ('<field name="x" eval="[(4, ref(\'a.b\')), (4, ref(&quot;c.d&quot;))]"/>', ["a", "c"]),
        ('<button name="%(a.act)d"/>', ["a"]),
        ('<field name="domain">[("x", "=", %(a.b)d)]</field>', ["a"]),
        ('<field name="code">x = ref(&quot;a.b&quot;)</field>', ["a"]),
        ('<t t-call="a.t"/>', ["a"]),
        ('<field name="x">some.text here</field>', []),
        ('<field name="groups">a.b</field>', []),
        ('<div id="a.b"/>', []),
    ],
)
def test_external_ids_in_xml(element, found):
    source = f"<odoo>\n{element}\n</odoo>".encode()
    assert modules(xml_uses("v.xml", source)) == [(2, module) for module in found]


def test_the_line_of_an_id_in_a_text():
    source = b"<odoo>\n<field>\n\nx = ref('a.b')\n y %(c.d)d</field>\n</odoo>"
    assert modules(xml_uses("v.xml", source)) == [(4, "a"), (5, "c")]


def test_xml_that_does_not_parse_yields_what_was_before():
    assert modules(xml_uses("v.xml", b'<odoo>\n<x ref="a.b"/>\n<y></odoo>')) == [(2, "a")]


def test_external_ids_in_csv():
    text = (
        "id,name,model_id:id,group_id/id,note\n"
        "r1,n,a.model_x,base.group_user,z.not_an_id\n"
        '"r2","line\nbreak",model_y,"b.g,c.g",\n'
        "d.r3,short\n"
    )
    assert modules(csv_uses("x.csv", text)) == [
        (2, "a"),
        (2, "base"),
        (4, "b"),
        (4, "c"),
        (5, "d"),
    ]


def test_an_empty_csv_and_one_that_is_none():
    assert list(csv_uses("x.csv", "")) == []
    assert list(csv_uses("x.csv", "id\n" + "x" * 200_000)) == []


def test_only_data_files_that_odoo_loads_are_read(tmp_path):
    (tmp_path / "loaded.xml").write_text('<odoo><x ref="a.b"/></odoo>')
    (tmp_path / "other.xml").write_text('<odoo><x ref="c.d"/></odoo>')
    (tmp_path / "loaded.csv").write_text("id\ne.f\n")
    files = ("loaded.csv", "loaded.xml", "other.xml")
    uses = uses_of(tmp_path, files, {"loaded.xml", "loaded.csv"})
    assert [use.module for use in uses] == ["e", "a"]
