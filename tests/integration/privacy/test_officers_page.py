"""What a data protection officer reads: who could be recognized by what is kept, and the page."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.privacy.verification import singling_out

Sql = Callable[..., list[tuple]]
Pipeline = Callable[..., tuple[int, str]]
LINK = "https://github.com/acme/odoo-care/actions/runs/7"


def made(tmp_path: Path) -> tuple[dict, str]:
    """The report, as JSON and as the page."""
    report = json.loads((tmp_path / "r/anonymization.json").read_text())
    return report, (tmp_path / "r/anonymization.html").read_text()


def test_the_report_counts_who_is_recognized_by_a_kept_column(
    sql: Sql, anonymize: Pipeline, project: Path, tmp_path: Path
) -> None:
    """Two by one column each; the other two agree in everything."""
    sql("INSERT INTO res_lang (code) VALUES ('en_US'), ('nl_BE')")
    sql("DELETE FROM res_users")
    sql("DELETE FROM res_partner")
    sql(
        "INSERT INTO res_partner (name, lang, is_company, partner_latitude) VALUES "
        "('Anna Doe', 'en_US', false, NULL), ('Bea Roe', 'en_US', false, NULL), "
        "('Cleo Poe', 'en_US', true, NULL), ('Dora Moe', 'nl_BE', false, NULL)"
    )
    code, _ = anonymize("--report", tmp_path / "r", "--link", LINK)
    assert code == 0
    report, page = made(tmp_path)
    (found,) = (one for one in report["people"] if one["table"] == "res_partner")
    assert (found["rows"], found["k"], found["unique"]) == (4, 1, 2), found
    assert found["columns"] == {"is_company": 1, "lang": 1}
    assert "is_company: 1, lang: 1" in page.replace("\n", "")
    assert LINK in page and report["link"] == LINK and report["made"] in page
    assert all(f"Art. {article}" in page for article in ("4 (5)", "25", "30", "32"))


def test_nobody_is_recognized_by_an_id_and_big_tables_are_named(
    sql: Sql, anonymize: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sql("INSERT INTO res_partner (name, lang) SELECT 'Anna Doe', 'en_US' FROM generate_series(1,9)")
    monkeypatch.setattr(singling_out, "MOST_ROWS", 8)
    assert anonymize("--report", tmp_path / "r")[0] == 0
    report, page = made(tmp_path)
    (found,) = (one for one in report["people"] if one["table"] == "res_partner")
    assert found["rows"] > 8 and found["k"] == 0 and found["columns"] == {}
    assert "not recorded: no page of a run was given" in page
