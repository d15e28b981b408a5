"""`pipeline privacy pack`: what becomes a copy for laptops, and what does not."""

from __future__ import annotations

from pathlib import Path


def test_a_database_that_is_not_anonymized_is_not_packed(pack, sql, tmp_path: Path) -> None:
    sql("INSERT INTO ir_config_parameter (key, value) VALUES ('pipeline.not_anonymized', 'True')")
    code, said = pack()
    assert code == 1 and "this database is marked as not anonymized" in said
    sql("DELETE FROM ir_config_parameter WHERE key LIKE 'pipeline%' OR key LIKE 'web.base%'")
    code, said = pack()
    assert code == 1 and "lacks the marks of an anonymized" in said
    sql("UPDATE ir_module_module SET latest_version = NULL")
    sql("DROP TABLE ir_mail_server")
    code, said = pack()
    assert code == 2 and "this is not an Odoo database" in said
    assert not (tmp_path / "copy").exists()


def test_what_cannot_be_packed_leaves_no_copy(pack, sql, tmp_path: Path) -> None:
    assert pack()[0] == 0
    (tmp_path / "copy/uat.dump").unlink()
    (tmp_path / "copy/uat.dump").mkdir()
    code, said = pack()
    assert code == 4 and "pg_dump" in said
    assert not (tmp_path / "copy/copy.json").exists()
    (tmp_path / "file").touch()
    code, said = pack("--output", tmp_path / "file")
    assert code == 2 and "the copy cannot be written to" in said
    sql("UPDATE ir_module_module SET latest_version = NULL")
    code, said = pack()
    assert code == 2 and "does not say which series of Odoo it is for" in said


def test_without_a_key_it_is_said(pack, pull, key: Path) -> None:
    key.write_text("\n")
    code, said = pack()
    assert code == 0 and "warning: without a key, the copy is not signed" in said
    assert pull()[0] == 2
    code, said = pull("--unsigned")
    assert code == 0 and "warning: this copy is not signed" in said
