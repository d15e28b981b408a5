"""`pipeline privacy anonymize`, `classify` and `verify-anonymized` on a small database."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from stdnum import iban
from stdnum.fr import tva

Sql = Callable[..., list[tuple]]
Pipeline = Callable[..., tuple[int, str]]


def test_people_become_others_and_stay_the_same_everywhere(
    sql: Sql, anonymize: Pipeline, verify: Pipeline
) -> None:
    sql("""INSERT INTO res_partner (name, is_company, email, phone, phone_sanitized, street, zip,
        city, vat, lang, barcode, comment, properties, credit_limit, partner_latitude) VALUES
        ('Acme', true, 'a@acme.test', '', '', 'Rue 1', '1000', 'Brussels', 'FR83404833048',
         'fr_FR', '{"1": "B1"}', '', '{"x": "y"}', '{"1": 12.5, "2": "Qyra"}', 50.1),
        ('Qyra Doe', false, '"Qyra" <Qyra@doe.test>', '0470 12 34 56', '+32470123456', NULL, NULL,
         NULL, NULL, 'xx', NULL, 'likes tea', NULL, NULL, NULL)""")
    sql("UPDATE res_partner SET commercial_partner_id = 1, complete_name = 'Acme, Qyra Doe'")
    sql("UPDATE res_partner SET parent_id = 1, commercial_company_name = 'Acme' WHERE id = 2")
    sql("""INSERT INTO site (name, state, secret, partner_id, partner_name) VALUES
        ('{"en_US": "Home of Qyra"}', 'new', 's', 2, 'Qyra Doe')""")
    sql("INSERT INTO res_users (login, partner_id) VALUES ('qyra@doe.test', 2)")
    code, said = anonymize()
    assert code == 0 and "anonymized and verified" in said, said
    acme, qyra = sql("SELECT * FROM res_partner ORDER BY id")
    columns = [row[0] for row in sql(COLUMNS, "res_partner")]
    acme, qyra = dict(zip(columns, acme, strict=True)), dict(zip(columns, qyra, strict=True))
    assert "Qyra" not in str((acme, qyra)) and "Acme" not in str((acme, qyra))
    assert tva.is_valid(acme["vat"]) and acme["vat"] != "FR83404833048"
    assert acme["phone"] == "" and acme["lang"] == "fr_FR" and qyra["lang"] is None
    assert acme["properties"] is None and acme["partner_latitude"] is None
    assert acme["credit_limit"] == {"1": 12.5}
    assert qyra["phone"] == qyra["phone_sanitized"] != "+32470123456"
    assert qyra["complete_name"] == f"{acme['name']}, {qyra['name']}"
    assert qyra["commercial_company_name"] == acme["name"]
    # The same mail address is the same in another table, however it was written.
    assert sql("SELECT login FROM res_users") == [(qyra["email"],)]
    assert sql("SELECT partner_name FROM site") == [(qyra["name"],)]
    assert verify()[0] == 0


COLUMNS = """SELECT column_name FROM information_schema.columns WHERE table_name = %s
             AND table_schema = 'public' ORDER BY ordinal_position"""


def test_two_runs_give_different_people(sql: Sql, anonymize: Pipeline) -> None:
    sql("INSERT INTO res_partner (name) SELECT 'Person ' || n FROM generate_series(1, 50) n")
    assert anonymize()[0] == 0
    first = sql("SELECT name FROM res_partner ORDER BY id")
    sql("UPDATE res_partner SET name = 'Person ' || id")
    assert anonymize()[0] == 0
    assert sql("SELECT name FROM res_partner ORDER BY id") != first


def test_each_strategy_on_values_it_was_not_made_for(sql: Sql, anonymize: Pipeline) -> None:
    sql("""INSERT INTO site (name, state, number, code, born, wage, page, tz, colour, secret, token,
        photo, write_uid) VALUES
        ('{"en_US": "Villa", "Qyra": "x", "fr_FR": 7}', 'Qyra', 'INV/2026/00001', 'ANNA',
         '1971-05-06', 3141, '<p title="Qyra">Dear <b>Qyra</b></p>', 'Europe/Brussels', '#00ff00',
         'Qyra', 'Qyra', 'Qyra', 2),
        ('["Qyra"]', 'done', 'call Qyra', '', NULL, 9999, '', 'Qyra', 'Qyra', 'Qyra2', NULL, NULL,
         2)""")
    assert anonymize()[0] == 0
    one, two = sql("SELECT * FROM site ORDER BY id")
    names = [row[0] for row in sql(COLUMNS, "site")]
    one, two = dict(zip(names, one, strict=True)), dict(zip(names, two, strict=True))
    assert "Qyra" not in str(one) + str(two)
    assert set(one["name"]) == {"en_US", "fr_FR"} and one["name"]["fr_FR"] is None
    assert two["name"] == {}
    assert (one["state"], two["state"]) == ("new", "done")
    assert one["number"] == "INV/2026/00001" and two["number"] != "call Qyra"
    assert len(one["code"]) == 4 and two["code"] == ""
    assert one["born"].year < 2000 and 2000 <= one["wage"] <= 5000 >= two["wage"]
    assert one["page"] == "<p>…<b>…</b></p>"
    assert (one["tz"], two["tz"]) == ("Europe/Brussels", None)
    assert (one["colour"], two["colour"]) == ("#00ff00", None)
    assert one["secret"] != two["secret"] and len(one["secret"]) == 32
    assert one["token"] is one["photo"] is None


def test_what_a_module_brought_stays_until_a_person_changes_it(
    sql: Sql, anonymize: Pipeline
) -> None:
    sql("""INSERT INTO site (name, state, secret, write_uid) VALUES
        ('{"en_US": "Main"}', 'new', 'a', 1), ('{"en_US": "Changed"}', 'new', 'b', 2),
        ('{"en_US": "Imported"}', 'new', 'c', 1)""")
    sql("""INSERT INTO ir_model_data (module, name, model, res_id) VALUES
        ('site', 'main', 'site', 1), ('site', 'two', 'site', 2), ('__import__', 'qyra', 'site', 3)
        """)
    assert anonymize()[0] == 0
    names = [row[0]["en_US"] for row in sql("SELECT name FROM site ORDER BY id")]
    assert names[0] == "Main" and names[1] != "Changed" and names[2] != "Imported"
    assert "qyra" not in str(sql("SELECT * FROM ir_model_data"))
    assert ("site", "main") in sql("SELECT module, name FROM ir_model_data")


def test_bank_accounts_have_valid_checksums(sql: Sql, anonymize: Pipeline) -> None:
    sql("""INSERT INTO res_partner_bank (acc_number, sanitized_acc_number)
        SELECT 'BE71 0961 2345 ' || n, 'BE7109612345' || n FROM generate_series(1000, 1999) n""")
    assert anonymize()[0] == 0
    rows = sql("SELECT acc_number, sanitized_acc_number FROM res_partner_bank")
    assert len({row[1] for row in rows}) > 990
    assert all(iban.is_valid(number) and number == plain for number, plain in rows)


def test_queues_wizards_parameters_and_servers(sql: Sql, anonymize: Pipeline) -> None:
    sql("INSERT INTO bus_bus (message) VALUES ('Qyra')")
    sql("INSERT INTO wizard (secret) VALUES ('Qyra')")
    sql("INSERT INTO ir_mail_server (name, smtp_host, active) VALUES ('m', 'mail.test', true)")
    assert anonymize("--base-url", "https://uat.test/")[0] == 0
    assert sql("SELECT count(*) FROM bus_bus") == sql("SELECT count(*) FROM wizard") == [(0,)]
    assert sql("SELECT smtp_host, active FROM ir_mail_server") == [("invalid", True)]
    parameters = dict(sql("SELECT key, value FROM ir_config_parameter"))
    assert parameters["web.base.url"] == "https://uat.test"
    assert parameters["database.secret"] != "old-secret"
    assert parameters["base_setup.show_effect"] == "True"
    assert "own.key" not in parameters and "calendar.default_privacy" not in parameters


def test_testers_get_the_password_and_nobody_else_has_one(
    sql: Sql, anonymize: Pipeline, tmp_path: Path, verify: Pipeline
) -> None:
    sql("""INSERT INTO res_users (login, password, active) VALUES ('boss@acme.test', 'hash', true),
        ('public', 'hash', true)""")
    sql("""INSERT INTO ir_model_data (module, name, model, res_id) VALUES
        ('base', 'user_admin', 'res.users', 1)""")
    (tmp_path / "password").write_text("correct horse\n")
    assert anonymize("--password-file", tmp_path / "password")[0] == 0
    boss, public = sql("SELECT login, password FROM res_users ORDER BY id")
    assert boss[0] == "admin" and boss[1].startswith("$pbkdf2-sha512$")
    assert public == ("public", None)
    assert verify()[0] == 0


@pytest.mark.parametrize("foreign", ("mta-uat", "letter.odt", ".ssh"))
def test_only_a_filestore_is_tidied_up(
    sql: Sql, anonymize: Pipeline, tmp_path: Path, foreign: str
) -> None:
    """The folder above it, or somebody's home, is refused before anything is touched."""
    sql("INSERT INTO res_partner (name) VALUES ('Qyra')")
    (tmp_path / "home" / foreign).mkdir(parents=True)
    (tmp_path / "home" / foreign / "file").write_bytes(b"mine")
    code, said = anonymize("--filestore", tmp_path / "home")
    assert code == 2 and f"is not a filestore: it has '{foreign}'" in said
    assert (tmp_path / "home" / foreign / "file").read_bytes() == b"mine"
    code, said = anonymize("--filestore", tmp_path / "nowhere")
    assert code == 2 and "cannot be read: No such file or directory" in said
    assert ("Qyra",) in sql("SELECT name FROM res_partner")


def test_attachments_and_their_files(
    sql: Sql, anonymize: Pipeline, verify: Pipeline, tmp_path: Path
) -> None:
    store = tmp_path / "filestore"
    kept, gone = (hashlib.sha1(text).hexdigest() for text in (b"icon", b"contract of Qyra"))
    for name, text in ((kept, b"icon"), (gone, b"contract of Qyra")):
        (store / name[:2]).mkdir(parents=True)
        (store / name[:2] / name).write_bytes(text)
    (store / "checklist").mkdir()
    (store / "checklist" / "x").write_bytes(b"")
    sql(
        """INSERT INTO ir_attachment (name, mimetype, store_fname, checksum, res_model, res_field,
        index_content, write_uid) VALUES ('icon', 'image/png', %s, %s, 'ir.ui.menu', 'data', '', 1),
        ('qyra.pdf', 'application/pdf', %s, %s, 'res.partner', NULL, 'Qyra', 2),
        ('qyra.svg', 'image/svg+xml', NULL, NULL, 'res.partner', NULL, 'Qyra', 2)""",
        *(f"{kept[:2]}/{kept}", kept, f"{gone[:2]}/{gone}", gone),
    )
    sql("INSERT INTO ir_attachment (name, url) VALUES ('b', '/web/assets/1/x.js')")
    assert anonymize("--filestore", store)[0] == 0
    assert [path.name for path in store.rglob("*") if path.is_file()] == [kept]
    rows = sql("SELECT name, mimetype, store_fname IS NULL FROM ir_attachment ORDER BY id")
    assert rows == [
        ("icon", "image/png", False),
        ("file-2.pdf", "application/pdf", True),
        ("file-3.svg", "image/svg+xml", True),
    ]
    assert verify("--filestore", store)[0] == 0
    (store / kept[:2] / kept).write_bytes(b"other")
    code, said = verify("--filestore", store)
    assert code == 2 and "does not have the content that its name says" in said
