"""`pipeline privacy classify --write`: the columns of own modules, in the file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

Sql = Callable[..., list[tuple]]
Pipeline = Callable[..., tuple[int, str]]

STUDIO = """
CREATE TABLE x_visit (id serial PRIMARY KEY, x_name varchar NOT NULL, x_studio_note text,
    x_studio_partner_id int REFERENCES res_partner, x_studio_partner_name varchar,
    x_studio_hours numeric, x_studio_mode varchar, x_studio_of varchar, x_studio_sequence int);
ALTER TABLE ir_model_fields ADD related varchar;
INSERT INTO ir_model (model) VALUES ('x_visit');
INSERT INTO ir_model_fields (model, name, ttype, state, store, related) VALUES
    ('x_visit', 'x_name', 'char', 'manual', true, NULL),
    ('x_visit', 'x_studio_note', 'html', 'manual', true, NULL),
    ('x_visit', 'x_studio_partner_id', 'many2one', 'manual', true, NULL),
    ('x_visit', 'x_studio_partner_name', 'char', 'manual', true, 'x_studio_partner_id.name'),
    ('x_visit', 'x_studio_hours', 'float', 'manual', true, 'x_studio_partner_id.elsewhere'),
    ('x_visit', 'x_studio_mode', 'selection', 'manual', true, NULL),
    ('x_visit', 'x_studio_of', 'reference', 'manual', true, 'nowhere.name'),
    ('x_visit', 'x_studio_sequence', 'integer', 'manual', true, NULL);
INSERT INTO res_partner (name) VALUES ('Anna Quill');
INSERT INTO x_visit (x_name, x_studio_note, x_studio_partner_id, x_studio_partner_name,
    x_studio_hours, x_studio_mode, x_studio_of, x_studio_sequence)
    VALUES ('Quill', '<p>Quill</p>', 1, 'Anna Quill', 2.5, 'Quill', 'res.partner,1', 3),
    ('b', NULL, NULL, NULL, NULL, NULL, 'Anna Quill', NULL);
"""


@pytest.fixture
def classify(run_pipeline: Pipeline, dsn: str, project: Path) -> Pipeline:
    """Run `pipeline privacy classify`."""

    def run(*more: object) -> tuple[int, str]:
        return run_pipeline(
            "privacy", "classify", "--database-url", dsn, "--source", project, *more
        )

    return run


def test_the_columns_of_studio_are_written_by_type(
    sql: Sql, classify: Pipeline, anonymize: Pipeline, project: Path
) -> None:
    sql(STUDIO)
    file = project / "anonymization.toml"
    before = file.read_text(encoding="utf-8")
    code, said = classify("--write")
    assert (code, said.splitlines()) == (0, ["7 columns are not classified"])
    after = file.read_text(encoding="utf-8")
    assert after.startswith(before.rstrip("\n")) and len(after) > len(before)
    for line in (
        *('x_name = "label"', 'x_studio_note = "html"', 'x_studio_mode = "null"'),
        'x_studio_partner_name = { use = "copy", of = "x_studio_partner_id.name" }',
        'x_visit = ["x_studio_sequence"]',
        'x_visit = ["x_studio_hours"]',
    ):
        assert f"\n{line}\n" in after
    assert classify("--write") == (0, "0 columns are not classified\n")
    assert file.read_text(encoding="utf-8") == after
    assert [path.name for path in project.glob("anonymization*")] == [file.name]

    code, said = anonymize()
    assert code == 0, said
    ((name,),) = sql("SELECT name FROM res_partner WHERE id = 1")
    rows = sql("""SELECT x_studio_partner_name, x_studio_hours::float, x_studio_mode, x_studio_of
        FROM x_visit ORDER BY id""")
    assert rows == [(name, 2.5, None, "res.partner,1"), (None, None, None, None)]
    assert name != "Anna Quill"


def test_a_file_that_takes_no_line_stays_as_it_is(
    sql: Sql, classify: Pipeline, project: Path
) -> None:
    sql(STUDIO)
    file = project / "anonymization.toml"
    file.write_text('mail_domain = """\n[tables.x_visit]\n[x]\n"""\n', encoding="utf-8")
    code, said = classify("--write")
    assert code != 0 and "no line can be added here" in said
    assert file.read_text(encoding="utf-8") == 'mail_domain = """\n[tables.x_visit]\n[x]\n"""\n'


def test_the_first_lines_make_the_file(sql: Sql, classify: Pipeline, project: Path) -> None:
    sql(STUDIO)
    file = project / "anonymization.toml"
    file.unlink()
    code, said = classify("--write")
    assert code == 0, said
    assert '[tables.x_visit]\nx_name = "label"\n' in file.read_text(encoding="utf-8")
