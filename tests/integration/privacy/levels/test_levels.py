"""What the levels make of kept columns: Odoo's relations hold, constraints hold, k is reached."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

Sql = Callable[..., list[tuple]]
Pipeline = Callable[..., tuple[int, str]]
#: Queries for rows that Odoo would refuse, or that no longer agree with each other.
BROKEN = {
    "an entry that is not balanced": "SELECT move_id FROM account_move_line GROUP BY 1 "
    "HAVING sum(debit) <> sum(credit) OR sum(balance) <> 0",
    "a total that is not that of its lines": "SELECT m.id FROM account_move m JOIN "
    "account_move_line l ON l.move_id = m.id GROUP BY m.id HAVING sum(l.debit) <> m.amount_total",
    "a price that is not that of its line": "SELECT id FROM account_move_line "
    "WHERE abs(price_unit - abs(balance)) > 0.001",
    "a line of another day": "SELECT l.id FROM account_move_line l JOIN account_move m "
    "ON m.id = l.move_id WHERE l.date <> m.date OR l.move_name <> m.name",
    "an invoice due before its date": "SELECT id FROM account_move "
    "WHERE invoice_date_due < invoice_date",
    "a payment that is not that of its invoice": "SELECT p.id FROM account_partial_reconcile p "
    "JOIN account_move_line d ON d.id = debit_move_id JOIN account_move_line c "
    "ON c.id = credit_move_id WHERE p.amount <> d.debit OR p.amount <> c.credit",
    "an order that is not its invoice": "SELECT o.id FROM sale_order o JOIN account_move m "
    "ON m.invoice_origin = o.name WHERE o.amount_total <> m.amount_total "
    "OR m.partner_id <> o.partner_id",
    "something that was paid and is not any more": "SELECT id FROM account_move "
    "WHERE amount_residual <> 0",
    "a counter that is not that of its number": "SELECT id FROM account_move "
    "WHERE name <> sequence_prefix || lpad(sequence_number::text, 5, '0')",
}


#: The unique indexes and constraints of a table, each with Odoo's comment.
UNIQUE = """
SELECT pg_get_indexdef(i.indexrelid), k.conname, pg_get_constraintdef(k.oid),
  obj_description(i.indexrelid, 'pg_class'), obj_description(k.oid, 'pg_constraint')
FROM pg_index i LEFT JOIN pg_constraint k ON k.conindid = i.indexrelid AND k.contype IN ('u', 'p')
WHERE i.indrelid = 'account_move'::regclass AND i.indisunique ORDER BY 1"""


@pytest.fixture
def anonymized(
    company: None, anonymize: Pipeline, verify: Pipeline, tmp_path: Path
) -> Callable[[str], dict]:
    """Anonymize the company at a level; gives the report."""

    def run(level: str) -> dict:
        code, output = anonymize("--level", level, "--report", tmp_path / "report")
        assert code == 0, output
        code, output = verify("--level", level)
        assert code == 0, output
        return json.loads((tmp_path / "report/anonymization.json").read_text())

    return run


@pytest.mark.parametrize("level", ("tests", "demo", "public"))
def test_documents_agree_with_each_other_at_each_level(
    level: str, anonymized: Callable, sql: Sql
) -> None:
    assert {what for what, query in BROKEN.items() if sql(query)} == set()
    before = sql("SELECT id, date, amount_total FROM account_move ORDER BY id")
    unique = sql(UNIQUE)
    assert len(unique) == 3
    assert anonymized(level)["level"] == level
    assert sql(UNIQUE) == unique
    assert {what for what, query in BROKEN.items() if sql(query)} == set()
    after = sql("SELECT id, date, amount_total FROM account_move ORDER BY id")
    months = [[(row[0], row[1].year, row[1].month) for row in rows] for rows in (before, after)]
    assert months[0] == months[1]
    assert (before == after) is (level == "tests")


def test_demo_keeps_the_order_of_dates_and_amounts(anonymized: Callable, sql: Sql) -> None:
    query = "SELECT id, date_order, amount_total FROM sale_order ORDER BY id"
    before = sql(query)
    anonymized("demo")
    after = sql(query)
    for place in (1, 2):
        order = sorted(range(len(before)), key=lambda n: before[n][place])
        values = [after[n][place] for n in order]
        assert values == sorted(values)
    factors = {after[n][2] / before[n][2] for n in range(len(before))}
    assert len(factors) == 1 and factors != {1}
    moved = [row[1] for row in after]
    assert {(one.minute, one.second) for one in moved} == {(0, 0)}


def test_public_leaves_nobody_in_a_small_group(anonymized: Callable, sql: Sql) -> None:
    report = anonymized("public")
    people = {one["table"]: one for one in report["people"]}
    assert report["k"] == 5
    assert {table: one["k"] >= 5 for table, one in people.items()} == dict.fromkeys(people, True)
    assert people.keys() == {"hr_employee", "res_partner", "res_users"}
    assert report["integrity"]["nobody is one of fewer than 5"] == ""
    assert report["made_common"]["res_partner"] > 0
    # Somebody who lives where nobody else does has moved; most stay where they are.
    assert sql("SELECT count(*) FROM res_partner WHERE country_id = 4") == [(0,)]
    assert sql("SELECT count(DISTINCT country_id) FROM res_partner")[0][0] >= 2
    assert "res_partner.company_id" in report["left_by_level"]
    times = "SELECT DISTINCT create_date::text, create_uid FROM res_partner WHERE id < 1000"
    assert sql(times) == [("2000-01-01 00:00:00", 2)]


def test_the_page_says_the_level(anonymized: Callable, tmp_path: Path) -> None:
    anonymized("public")
    page = (tmp_path / "report/anonymization.html").read_text()
    assert "public: dates are months or years" in page
    assert "at least 5 people agree in everything" in page
    assert "res_partner.company_id" in page and "it is the company" in page


def test_tests_is_the_default_and_a_declaration_may_have_another(
    company: None, anonymize: Pipeline, declare: Callable, tmp_path: Path
) -> None:
    assert "at level tests" in anonymize("--dry-run")[1]
    declare('[privacy]\nlevel = "public"\nk = 7')
    code, output = anonymize("--report", tmp_path / "r")
    assert code == 0 and "at level public" in output
    report = json.loads((tmp_path / "r/anonymization.json").read_text())
    assert (report["level"], report["k"]) == ("public", 7)
    assert min(one["k"] for one in report["people"]) >= 7


def test_few_people_all_become_equal(sql: Sql, anonymize: Pipeline, tmp_path: Path) -> None:
    """Three partners with nothing in common, where five would have to agree."""
    sql(
        "INSERT INTO res_partner (name, lang, is_company) VALUES ('Anna Doe', 'en_US', true), "
        "('Bea Roe', 'fr_FR', false), ('Cleo Poe', NULL, NULL)"
    )
    code, output = anonymize("--level", "public", "--report", tmp_path / "r")
    assert code == 0, output
    assert len(sql("SELECT DISTINCT lang, is_company FROM res_partner")) == 1


#: A table whose constraints some changes would break: the columns that stay, at demo and public.
HELD = """
CREATE EXTENSION IF NOT EXISTS btree_gist;
CREATE TABLE day (day date PRIMARY KEY);
CREATE TABLE visit (id serial PRIMARY KEY, name varchar, room int,
    of_key date REFERENCES day, alone date UNIQUE, start timestamp, stop timestamp, checked date
    CHECK (extract(isodow FROM checked) = 3), fee numeric CHECK (fee IN (100, 7)), free date,
    zoned timestamptz, price double precision, far date, needed timestamp NOT NULL,
    year int GENERATED ALWAYS AS (extract(year FROM free)) STORED,
    EXCLUDE USING gist (room WITH =, tsrange(start, stop) WITH &&));
CREATE TABLE part (id int, day date) PARTITION BY RANGE (day);
CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM ('2026-05-10') TO ('2026-05-20');
INSERT INTO part SELECT n, '2026-05-15' FROM generate_series(1, 9) n;
INSERT INTO day SELECT '2026-05-01'::date + n FROM generate_series(0, 27) n;
INSERT INTO visit (name, room, of_key, alone, start, stop, checked, fee, free, zoned, price, far,
    needed) SELECT 'x', n, day, day, day + time '09:00', day + time '17:30',
    '2026-01-07'::date + 7 * n::int, 100, day, day, 12.35,
    CASE n % 3 WHEN 0 THEN 'infinity' WHEN 1 THEN '1850-02-03' ELSE '0044-03-15 BC' END::date, day
    FROM (SELECT day, row_number() OVER (ORDER BY day) AS n FROM day) d;
"""


@pytest.mark.parametrize("level", ("demo", "public"))
def test_what_a_constraint_holds_stays_and_is_named(
    level: str, sql: Sql, anonymize: Pipeline, verify: Pipeline, declare: Callable, tmp_path: Path
) -> None:
    sql(HELD)
    declare("""
        [tables.visit]
        name = "label"
        [keep."dates and amounts of a test"]
        visit = ["room", "of_key", "alone", "start", "stop", "checked", "fee", "free", "zoned",
            "price", "far", "needed"]
        day = ["day"]
        part = ["id", "day"]
        [money]
        visit = ["fee", "price"]
        """)
    names = [
        row[0]
        for row in sql(
            "SELECT attname FROM pg_attribute WHERE attrelid = 'visit'::regclass "
            "AND attnum > 0 AND attgenerated = '' ORDER BY attnum"
        )
    ]
    query = f"SELECT {', '.join(f'{name}::text' for name in names)} FROM visit ORDER BY id"
    before = sql(query)
    code, output = anonymize("--level", level, "--report", tmp_path / "r")
    assert code == 0, output
    report = json.loads((tmp_path / "r/anonymization.json").read_text())
    held = {key.partition(".")[2] for key in report["left_by_level"] if key.startswith("visit.")}
    assert held == {"of_key", "alone", "start", "stop", "checked", "fee"}
    assert {"day.day", "part.day"} <= report["left_by_level"].keys()
    assert report["left_by_level"]["visit.start"] == "the constraint visit_room_tsrange_excl"
    after = sql(query)
    changed = {name for n, name in enumerate(names) for a, b in zip(before, after) if a[n] != b[n]}
    assert changed == {"name", "free", "zoned", "price", "far", "needed"}
    assert verify("--level", level)[0] == 0


def test_options_are_checked_without_a_database(
    run_pipeline: Pipeline, project: Path, declare: Callable
) -> None:
    command = ("privacy", "anonymize", "--source", project, "--check-options")
    assert run_pipeline(*command, "--level", "demo") == (0, "")
    code, output = run_pipeline(*command, "--level", "secret")
    assert code == 2 and "'tests', 'demo', 'public'" in output
    declare("[privacy]\nk = 0")
    code, output = run_pipeline(*command)
    assert code == 3 and "[privacy] k = 0" in output


def test_what_cannot_become_common_is_named(
    sql: Sql, anonymize: Pipeline, declare: Callable, tmp_path: Path
) -> None:
    """A unique column, one that is fixed, a table without ids; a way to an owner that is none."""
    sql("""CREATE TABLE guest (id serial PRIMARY KEY, name varchar, seat int UNIQUE, room int,
            diet varchar, fee numeric);
        CREATE TABLE anybody (name varchar, size int);
        INSERT INTO guest (name, seat, room, diet, fee)
            SELECT 'Anna ' || n, n, n, CASE WHEN n < 20 THEN 'a' || n % 2 ELSE 'a' || n END, n
            FROM generate_series(1, 22) n;
        INSERT INTO anybody SELECT 'Bea ' || n, n FROM generate_series(1, 9) n""")
    declare("""
        [tables.guest]
        name = "person"
        diet = { use = "pattern", is = "a[0-9]*" }
        [tables.anybody]
        name = "person"
        [keep."numbers of a test"]
        guest = ["seat", "room", "fee"]
        anybody = ["size"]
        [fixed]
        guest = ["room"]
        [money]
        guest = ["fee"]
        [owners]
        guest = "nobody_id.partner_id"
        [privacy]
        level = "public"
        """)
    code, output = anonymize("--report", tmp_path / "r")
    assert code == 0, output
    left = json.loads((tmp_path / "r/anonymization.json").read_text())["left_by_level"]
    assert left["guest.room"] == "it is declared as fixed"
    assert left["anybody.size"] == "it has no id"
    assert "guest_seat_key is unique" in left["guest.seat"] and "guest.diet" not in left
    diets = sql("SELECT count(*) FROM guest GROUP BY diet ORDER BY 1")
    assert min(row[0] for row in diets) >= 5
    # Without an owner, all amounts have the factor of the run.
    assert len(sql("SELECT DISTINCT fee / id FROM guest")) == 1
