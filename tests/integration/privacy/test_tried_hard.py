"""Markup and numbers that somebody made to get a name through: nothing is left, and it is verified.

What the treatment makes, its verification takes: otherwise no refresh would ever end.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable

import pytest

from pipeline.privacy.treatment.markup import ATTRIBUTES, TAGS
from pipeline.privacy.verification.markup_reader import Reader

Sql = Callable[..., list[tuple]]
Pipeline = Callable[..., tuple[int, str]]
Values = Callable[..., list[str]]

#: Each has a name in it.
MARKUP = (
    *('<a HREF="javascript:alert(1)" ONCLICK="Anwna()">Anwna</a>', '<p title＝"Anwna">'),
    '<svg xmlns:x="http://anwna.test"><a x:href="http://anwna.test/q">Anwna</a>'
    "<title>Anwna</title><foreignObject><p>Anwna</p></foreignObject></svg>",
    '<img src="data:image/png;base64,QW53bmE=" alt="Anwna"/>',
    *("<![CDATA[ Anwna > Anwna ]]>", '<p><![CDATA[<b name="Anwna">Anwna</b>]]></p>'),
    '<!DOCTYPE html [<!ENTITY who "Anwna">]><p>&who; Anwna</p>',
    *('<?xml version="1.0"?><odoo><record name="Anwna"/></odoo>', '<?php echo "Anwna" ?>x'),
    *('<!-- Anwna -- > still --!> Anwna <p name="Anwna">x</p>', "<!-- never closed Anwna"),
    *('<p title="Anwna', '<p name="active" title="Anwna', "<p name='Anwna>", '</p title="Anwna">'),
    *("<p name = active title = Anwna>", "<p name=active\ttitle=Anwna>", '<p/name="Anwna"/>'),
    *('<p name="a" name="Anwna">', '<p "Anwna">', "<p =Anwna name=active>", "<p\x0bname='Anwna'>"),
    *('<p name="&#65;nwna">', '<p name="%41%6e%77na">', '<p name="Аnwna">', '<p name="Ａnwna">'),
    '<t t-att-title="\'Anwna\'" t-attf-class="Anwna" t-value="\'Anwna\'" t-att="Anwna"/>',
    *('<T T-IF="active" STYLE="background:url(Anwna)">', "<style>Anwna <p>b", "<script>Anwna"),
    *('<script>a</script <p name="Anwna">', "<SCRIPT>Anwna</SCRIPT >", "<title>Anwna</title>"),
    *('<textarea name="Anwna">Anwna</textarea>', '<anwna:b xmlns:anwna="x"/>', "<plaintext>Anwna"),
    *('<p name="active&quot; title=&quot;Anwna">', "<p name='active\" title=\"Anwna'>"),
    *('<<p name="Anwna">>', '< p name="Anwna">', '<p name=">Anwna">Anwna', "Anwna < Anwna > & b"),
    *('&lt;p name="Anwna"&gt;', '<template><p name="Anwna"></template>', "<p>…Anwna…</p>"),
    *('<iframe srcdoc="<p>Anwna</p>"></iframe>', '<p class="\tactive\u00a0anwna">'),
    '<noscript><p title="</noscript><img name=Anwna>"></noscript>',
)
#: What a page has: it stays as it is.
STAYS = (
    '<t t-if="a == &quot;active&quot;"/>',
    "<t t-if=\"a == 'active'\"/>",
    '<t t-if="a &lt; b and a &gt; 1 or a &amp; b"/>',
    '<div class="col-12 col-md-6 col-lg-4 pt128 pb128 mt-4 mb-4 w-100"></div>',
    '<a href="#"></a>',
)
#: What could be spelled with known letters and digits alone.
SPELLED = (
    *('<p name="%4a%61%6e"/>', '<p t-out="%4A%61%6E"/>', '<p name="a &not; b"/>'),
    *('<p name="a &not b"/>', '<p class="a0470 b1122"/>', '<p class="04 70 11 22 33"/>'),
)


@pytest.fixture
def values(sql: Sql, anonymize: Pipeline, verify: Pipeline, declare: Callable) -> Values:
    """Anonymize values as text and as a translated field; gives what became of them."""

    def run(strategy: str, given: tuple[str, ...]) -> list[str]:
        sql("""CREATE TABLE tried (id serial PRIMARY KEY, value text, translated jsonb);
            INSERT INTO ir_model (model) VALUES ('tried'), ('ir.sequence');
            INSERT INTO ir_model_fields (model, name, ttype, state, store)
            VALUES ('ir.sequence', 'write_uid', 'many2one', 'base', true)""")
        declare(f'[tables.tried]\nvalue = "{strategy}"\ntranslated = "{strategy}"')
        for value in given:
            translated = json.dumps({"en_US": value, "fr_FR": value})
            sql("INSERT INTO tried (value, translated) VALUES (%s, %s)", value, translated)
        code, output = anonymize()
        assert code == 0, output
        code, output = verify()
        assert code == 0, output
        rows = sql("SELECT value, translated FROM tried ORDER BY id")
        assert all(row[1] == {"en_US": row[0], "fr_FR": row[0]} for row in rows)
        return [row[0] for row in rows]

    return run


def test_no_name_is_left_in_markup(values: Values) -> None:
    made = values("markup", MARKUP)
    assert not [one for one in made if re.search("anwna|QW53|[^\x00-\x7f…]", one, re.IGNORECASE)]


def test_what_a_page_needs_stays(values: Values) -> None:
    assert values("markup", STAYS) == list(STAYS)


def test_no_word_is_spelled_with_what_stays(values: Values) -> None:
    made = values("markup", SPELLED)
    assert made == ["<p/>"] * len(SPELLED)


def test_whatever_the_markup_is_its_verification_takes_what_becomes_of_it(values: Values) -> None:
    """Pieces of pages in any order, cut anywhere; the seed is in the values, if one fails."""
    dice = random.Random(12)
    pieces = (
        *(
            "<",
            ">",
            "/",
            "<!--",
            "-->",
            "<![CDATA[",
            "]]>",
            "<?",
            "?>",
            "=",
            '"',
            "'",
            " ",
            "&",
            ";",
        ),
        *("&quot;", "&amp;", "&not;", "&#65;", "%4a", "\n", "\x0b", "…", "é", "x", "1", "2026"),
        *(f"<{tag} " for tag in sorted(TAGS)[::9]),
        *(f"</{tag}>" for tag in sorted(TAGS)[::9]),
        *(f' {name}="' for name in sorted(ATTRIBUTES)),
        *("active", "col-12", "pt128", "anwna", "style=", "script>", "<script", "</script"),
    )
    made = tuple("".join(dice.choices(pieces, k=dice.randint(1, 25))) for _ in range(1500))
    assert not [one for one in values("markup", made) if "anwna" in one]


@pytest.mark.parametrize(
    "text",
    ("</p Anwna>", '</p title="Anwna">', "<p>…</p Anwna", '<p name="active', "<p name=Anwna"),
)
def test_what_the_parser_passes_over_is_noticed(text: str) -> None:
    assert not Reader(("active",)).finish(text)


#: Of a sequence: prefix, suffix and padding; numbers that stay, and some that do not.
SEQUENCES = {
    "years": (("%(year)s", None, 4), ("20260001", "19991234"), ("0470123456", "34000123")),
    "months": (("%(year)s/%(month)s/", None, 4), ("2026/12/0001",), ("2026/13/0001",)),
    "births": (("%(y)s%(month)s%(day)s", None, 5), (), ("85073003328", "850730033281")),
    "dates": (("%(year)s-%(range_month)s-%(day)s-", None, 3), (), ("1985-07-30-0332",)),
    "seconds": (("%(h24)s%(min)s%(sec)s", None, 3), (), ("0470123456", "85073003328")),
    "phones": (("+32", None, 9), (), ("+32470123456",)),
    "accounts": (("BE", None, 14), (), ("BE71096123456769",)),
    "long": (("LOT", None, 10), ("LOT0000000001",), ("LOT85073003328999",)),
    "bare": (("", None, 3), ("12345", "001"), ("123456", "85073003328", "0470/12.34.56")),
    "a letter": (("F", None, 4), ("F0001", "F000123"), ("F00012345678", "F1")),
    "of a module": (("REP%(year)s", "-%(month)s", 4), ("REP20260001-07",), ("REP20260001-70",)),
}


@pytest.mark.parametrize("name", SEQUENCES)
def test_a_number_stays_if_the_sequence_makes_it(name: str, sql: Sql, values: Values) -> None:
    sequence, stays, others = SEQUENCES[name]
    sql("""CREATE TABLE ir_sequence (id serial PRIMARY KEY, prefix varchar, suffix varchar,
        padding int, write_uid int)""")
    sql(
        "INSERT INTO ir_sequence (prefix, suffix, padding, write_uid) VALUES (%s, %s, %s, 1)",
        *sequence,
    )
    sql(
        "INSERT INTO ir_model_data (module, name, model, res_id) "
        "VALUES ('site', 's', 'ir.sequence', 1)"
    )
    made = values("number", (*stays, *others, "12345\n", "١٢٣", "S00012\nAnwna", "Ｓ00012"))
    assert made[: len(stays)] == list(stays)
    # A label: a word and eight digits of a hash.
    assert all(re.fullmatch(r"\w+ [0-9a-f]{8}", one) for one in made[len(stays) :]), made


def test_a_word_of_a_person_right_before_the_digits_is_replaced(sql: Sql, values: Values) -> None:
    sql("""CREATE TABLE ir_sequence (id serial PRIMARY KEY, prefix varchar, suffix varchar,
        padding int, write_uid int);
        INSERT INTO ir_sequence (prefix, padding, write_uid) VALUES ('JEAN', 5, 2)""")
    [made, long] = values("number", ("JEAN00001", "JEAN0470123456"))
    [[prefix]] = sql("SELECT prefix FROM ir_sequence")
    assert made == f"{prefix}00001" and "0470123456" not in long
