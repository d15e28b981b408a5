"""What `pipeline privacy anonymize` refuses, reports and leaves, and what verification finds."""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable
from pathlib import Path

import pytest

Sql = Callable[..., list[tuple]]
Pipeline = Callable[..., tuple[int, str]]


def test_an_unknown_column_stops_everything_and_is_named(
    sql: Sql, anonymize: Pipeline, run_pipeline: Pipeline, dsn: str, project: Path
) -> None:
    sql("ALTER TABLE res_partner ADD COLUMN nickname varchar")
    sql("INSERT INTO res_partner (name, nickname) VALUES ('Anna', 'Quillie')")
    code, said = anonymize()
    assert code == 1 and '[tables.res_partner] nickname = "label"' in said
    assert sql("SELECT name, nickname FROM res_partner") == [("Anna", "Quillie")]
    code, said = run_pipeline("privacy", "classify", "--database-url", dsn, "--source", project)
    assert code == 0 and said.startswith('[tables.res_partner]\nnickname = "label"\n')
    with (project / "anonymization.toml").open("a") as file:
        file.write('\n[tables.res_partner]\nnickname = "first_name"\n')
    assert anonymize()[0] == 0
    assert "Quillie" not in str(sql("SELECT nickname FROM res_partner"))


def test_a_failure_leaves_the_database_as_it_was(sql: Sql, anonymize: Pipeline) -> None:
    sql("INSERT INTO res_partner (name) VALUES ('Anna')")
    sql("ALTER TABLE res_partner ADD CHECK (name LIKE 'A%%' OR name = '')")
    sql("INSERT INTO res_partner (name) SELECT 'A' || n FROM generate_series(1, 99) n")
    code, said = anonymize()
    assert code == 2 and "the check res_partner_name_check would fail (" in said
    assert "Anna" not in said
    assert sql("SELECT name FROM res_partner WHERE id = 1") == [("Anna",)]
    assert sql("SELECT to_regnamespace('pipeline_anonymization')::text") == [(None,)]


def test_a_dry_run_changes_nothing_and_counts(
    sql: Sql, run_pipeline: Pipeline, dsn: str, project: Path, tmp_path: Path
) -> None:
    sql("INSERT INTO res_partner (name, email) VALUES ('Anna', 'a@b.test'), ('Bea', NULL)")
    arguments = ("privacy", "anonymize", "--database-url", dsn, "--source", project, "--dry-run")
    code, said = run_pipeline(*arguments, "--report", tmp_path / "report")
    assert code == 0 and "would be anonymized" in said
    code, said = run_pipeline(*arguments, "--format", "json")
    assert code == 0 and json.loads(said)["dry_run"] is True
    assert sql("SELECT name FROM res_partner ORDER BY id") == [("Anna",), ("Bea",)]
    report = json.loads((tmp_path / "report/anonymization.json").read_text())
    changed = {(one["table"], one["column"]): one["changed"] for one in report["columns"]}
    assert changed["res_partner", "name"] == 2 and changed["res_partner", "email"] == 1


def test_the_report_says_what_and_why_and_is_signed(
    sql: Sql, anonymize: Pipeline, project: Path, tmp_path: Path
) -> None:
    with (project / "anonymization.toml").open("a") as file:
        file.write('\n[tables.gone]\nname = "label"\n')
    (tmp_path / "key").write_text("k")
    code, said = anonymize("--report", tmp_path / "r", "--report-key-file", tmp_path / "key")
    assert code == 0 and "note: gone.name is declared but does not exist" in said
    text = (tmp_path / "r/anonymization.json").read_text()
    signed = (tmp_path / "r/anonymization.hmac").read_text().split()[0]
    assert signed == hmac.new(b"k", text.encode(), "sha256").hexdigest()
    report = json.loads(text)
    assert not any(report["integrity"].values()) and report["stale"] == ["gone.name"]
    page = (tmp_path / "r/anonymization.html").read_text()
    assert signed in page and "res_partner.email" in page and "Kept, and why" in page


def test_verification_finds_what_is_real(sql: Sql, anonymize: Pipeline, verify: Pipeline) -> None:
    assert anonymize()[0] == 0
    sql("INSERT INTO res_partner (name, phone) VALUES ('Anna', '+32470123456')")
    sql("INSERT INTO bus_bus (message) VALUES ('x')")
    sql("UPDATE ir_mail_server SET smtp_host = 'mail.test'")
    sql("DELETE FROM ir_config_parameter WHERE key = 'database.is_neutralized'")
    sql("UPDATE ir_module_module SET state = 'to upgrade'")
    code, said = verify()
    assert code == 1
    for what in (
        "res_partner.name (party): 1 rows",
        "res_partner.phone (phone): 1 rows",
        "bus_bus (empty): 1 rows",
        "outgoing mail servers: 1",
        "missing signs of `odoo neutralize`: 1",
        "no module is half installed: base (to upgrade); site (to upgrade)",
    ):
        assert what in said
    assert "Anna" not in said and "mail.test" not in said


@pytest.mark.parametrize(
    "arguments, said",
    [
        ((), "which cannot be undone, and the confirmation is not right"),
        (("--confirm", "yes"), "which cannot be undone, and the confirmation is not right"),
    ],
)
def test_the_phrase_is_asked_for(
    run_pipeline: Pipeline, dsn: str, project: Path, arguments: tuple[str, ...], said: str
) -> None:
    code, answer = run_pipeline(
        "privacy", "anonymize", "--database-url", dsn, "--source", project, *arguments
    )
    assert code == 2 and said in answer


def test_a_server_that_is_not_there_is_named_without_the_password(
    run_pipeline: Pipeline, project: Path
) -> None:
    url = "postgresql://odoo:hunter-two@127.0.0.1:1/prod"
    code, said = run_pipeline("privacy", "classify", "--database-url", url, "--source", project)
    assert code == 2 and "cannot connect to the database" in said and "hunter-two" not in said
    code, said = run_pipeline(
        "privacy", "classify", "--database-url", "host='x", "--source", project
    )
    assert code == 2 and "the DSN cannot be read" in said


def test_another_database_is_refused(sql: Sql, anonymize: Pipeline) -> None:
    sql("DROP TABLE ir_model_fields CASCADE")
    code, said = anonymize()
    assert code == 2 and "not an Odoo database" in said


def test_secret_files_and_testers_that_are_not_there(
    sql: Sql, anonymize: Pipeline, tmp_path: Path, project: Path
) -> None:
    code, said = anonymize("--password-file", tmp_path / "none")
    assert code == 2 and "secret file" in said
    (tmp_path / "password").write_text("x")
    code, said = anonymize("--password-file", tmp_path / "password")
    assert code == 2 and "no user base.user_admin" in said
    text = (project / "anonymization.toml").read_text()
    (project / "anonymization.toml").write_text(f'testers = ["anna"]\n{text}')
    code, said = anonymize("--password-file", tmp_path / "password")
    assert code == 2 and "not an external ID" in said
