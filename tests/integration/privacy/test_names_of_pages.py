"""Paths of pages, keys of views, codes of journals and sequences: what people wrote goes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Sql = Callable[..., list[tuple]]
Pipeline = Callable[..., tuple[int, str]]

#: Of Odoo's tables what this is about. The package declares their columns.
TABLES = """
CREATE TABLE website (id serial PRIMARY KEY, homepage_url varchar);
CREATE TABLE website_menu (id serial PRIMARY KEY, url varchar NOT NULL, write_uid int);
CREATE TABLE website_page (id serial PRIMARY KEY, url varchar, write_uid int);
CREATE TABLE website_rewrite (id serial PRIMARY KEY, url_from varchar, url_to varchar);
CREATE TABLE website_route (id serial PRIMARY KEY, path varchar);
CREATE TABLE ir_ui_view (id serial PRIMARY KEY, key varchar, write_uid int);
CREATE TABLE ir_sequence (id serial PRIMARY KEY, prefix varchar, suffix varchar, padding int,
    write_uid int);
CREATE TABLE account_journal (id serial PRIMARY KEY, code varchar(5) NOT NULL);
CREATE TABLE account_move (id serial PRIMARY KEY, name varchar, sequence_prefix varchar);
CREATE TABLE stock_warehouse (id serial PRIMARY KEY, code varchar(5) NOT NULL);
CREATE TABLE stock_picking (id serial PRIMARY KEY, name varchar);
INSERT INTO ir_model (model) SELECT replace(t.table_name, '_', '.') FROM information_schema.tables t
    WHERE t.table_name ~ '^(website|ir_ui_view|ir_sequence|account_|stock_)';
INSERT INTO ir_model_fields (model, name, ttype, state, store) SELECT m.model, 'write_uid',
    'many2one', 'base', true FROM ir_model m WHERE m.model ~ '^(website|ir.ui.view|ir.sequence)';
"""
ROWS = """
INSERT INTO website (homepage_url) VALUES ('/jean-dupont-maladie'), ('/shop'), (''), (NULL);
INSERT INTO website_menu (url, write_uid) VALUES ('/jean-dupont-maladie', 2), ('/shop', 2),
    ('#', 2), ('/of-a-module', 1), ('/module-then-jean', 2), ('https://jean.test/', 2);
INSERT INTO website_page (url, write_uid) VALUES ('/jean-dupont-maladie', 2), ('/my/own', 2);
INSERT INTO website_rewrite (url_from, url_to) VALUES ('/jean', '/shop/all'), ('/shop', '/anna');
INSERT INTO website_route (path) VALUES ('/shop/all');
INSERT INTO ir_ui_view (key, write_uid) VALUES ('website.jean-dupont-maladie', 2),
    ('site.layout', 2), ('site.layout', 1), ('site.another_key', 1), ('site.jean', 2);
INSERT INTO ir_sequence (prefix, suffix, padding, write_uid) VALUES
    ('MTA/%(year)s/', NULL, 5, 1), ('JEAN/%(range_year)s/', '-DUPONT', 4, 2),
    ('LIEGE/OUT/', NULL, 5, 2), ('WH/OUT/', NULL, 5, 2), ('S', NULL, 5, 2);
INSERT INTO ir_model_data (module, name, model, res_id) VALUES
    ('site', 'layout', 'ir.ui.view', 3), ('site', 'own', 'ir.ui.view', 4),
    ('site', 'written', 'ir.ui.view', 5),
    ('site', 'menu', 'website.menu', 4), ('site', 'menu_two', 'website.menu', 5),
    ('site', 'sequence', 'ir.sequence', 1);
INSERT INTO account_journal (code) VALUES ('JEAN'), ('ANNA2'), ('BNK1'), ('VTE');
INSERT INTO account_move (name, sequence_prefix) VALUES ('JEAN/2026/00001', 'JEAN/2026/'),
    ('RANNA2/2026/07/0001', 'RANNA2/2026/07/'), ('BNK1/2026/00002', 'BNK1/2026/'),
    ('Jean Dupont 7', 'Jean Dupont '), (NULL, ''), ('/', '');
INSERT INTO stock_warehouse (code) VALUES ('LIEGE'), ('WH'), ('My Co'), ('AB-C');
INSERT INTO stock_picking (name) VALUES ('LIEGE/OUT/00001'), ('WH/OUT/00001'),
    ('MTA/2026/00001'), ('JEAN/2026/0001-DUPONT'), ('JEAN/2026/0001');
"""
SAID = ("jean", "dupont", "maladie", "anna", "liege")


@pytest.fixture
def filled(sql: Sql) -> None:
    sql(TABLES)
    sql(ROWS)


@pytest.fixture
def anonymized(filled: None, anonymize: Pipeline) -> None:
    code, output = anonymize()
    assert code == 0, output


def column(sql: Sql, name: str) -> list[str]:
    table, field = name.split(".")
    return [row[0] for row in sql(f"SELECT {field} FROM {table} ORDER BY id")]


COLUMNS = (
    *("website.homepage_url", "website_menu.url", "website_page.url", "website_rewrite.url_from"),
    *("website_rewrite.url_to", "ir_ui_view.key", "ir_sequence.prefix", "ir_sequence.suffix"),
    *("account_journal.code", "account_move.name", "account_move.sequence_prefix"),
    *("stock_warehouse.code", "stock_picking.name"),
)


@pytest.mark.usefixtures("anonymized")
def test_no_word_of_a_person_is_left(sql: Sql) -> None:
    for name in COLUMNS:
        text = " ".join(value or "" for value in column(sql, name)).lower()
        assert not [word for word in SAID if word in text], name


@pytest.mark.usefixtures("anonymized")
def test_what_odoo_needs_stays(sql: Sql) -> None:
    assert column(sql, "website.homepage_url")[1:] == ["/shop", "", None]
    assert column(sql, "website_menu.url")[1:4] == ["/shop", "#", "/of-a-module"]
    assert column(sql, "website_rewrite.url_to")[0] == "/shop/all"
    assert column(sql, "ir_ui_view.key")[1:4] == ["site.layout", "site.layout", "site.another_key"]
    prefixes = column(sql, "ir_sequence.prefix")
    assert [prefixes[n] for n in (0, 3, 4)] == ["MTA/%(year)s/", "WH/OUT/", "S"]
    assert column(sql, "account_journal.code")[2:] == ["BNK1", "VTE"]
    assert column(sql, "account_move.name")[2] == "BNK1/2026/00002"
    assert column(sql, "stock_picking.name")[1:3] == ["WH/OUT/00001", "MTA/2026/00001"]


@pytest.mark.usefixtures("anonymized")
def test_what_belonged_together_still_does(sql: Sql) -> None:
    (home, *_), menus = column(sql, "website.homepage_url"), column(sql, "website_menu.url")
    assert home == menus[0] == column(sql, "website_page.url")[0]
    assert len({home, *menus}) == len(menus)
    jean, anna, *_ = column(sql, "account_journal.code")
    names, prefixes = column(sql, "account_move.name"), column(sql, "account_move.sequence_prefix")
    assert names[:2] == [f"{jean}/2026/00001", f"R{anna}/2026/07/0001"]
    assert prefixes[:3] == [f"{jean}/2026/", f"R{anna}/2026/07/", "BNK1/2026/"]
    assert prefixes[4:] == ["", ""]
    series = column(sql, "ir_sequence.prefix")
    # Odoo's own code of a warehouse is the beginning of the company's name, of two words at times.
    assert all(len(one) <= 5 for one in column(sql, "stock_warehouse.code"))
    assert "my co" not in " ".join(column(sql, "stock_warehouse.code")).lower()
    liege = column(sql, "stock_warehouse.code")[0]
    assert series[2] == f"{liege}/OUT/"
    pickings = column(sql, "stock_picking.name")
    assert pickings[0] == f"{liege}/OUT/00001"
    dupont = column(sql, "ir_sequence.suffix")[1]
    assert pickings[3] == f"{jean}/2026/0001{dupont}"
    assert series[1] == f"{jean}/%(range_year)s/"


@pytest.mark.parametrize("name", [one for one in COLUMNS if "sequence_prefix" not in one])
def test_a_word_that_comes_back_is_noticed(
    name: str, anonymized: None, sql: Sql, verify: Pipeline
) -> None:
    assert verify()[0] == 0
    table, field = name.split(".")
    sql(f"UPDATE {table} SET {field} = '/anna' WHERE id = 2")
    code, output = verify()
    assert code == 1 and f"{name} (" in output, output
