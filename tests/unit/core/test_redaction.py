"""What of an error may be repeated: nothing that a row holds."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from pipeline.core.process import quiet, run, safe, stream
from pipeline.core.process.redaction import error_of_sql, may_quote_rows, quoted, raised

NAME = "Quillfeather"
SCRIPTS = Path(__file__).parents[3] / "scripts"
#: Errors as PostgreSQL's programs, psycopg and Odoo print them, and what has to stay of them.
TEXTS = {
    "psql-verbose": (
        f"""psql:<stdin>:7: ERROR:  23505: duplicate key value violates unique constraint "uniq"
DETAIL:  Key (email)=(anna@{NAME}.test) already exists.
SCHEMA NAME:  public
TABLE NAME:  res_partner
CONSTRAINT NAME:  uniq
LOCATION:  _bt_check_unique, nbtinsert.c:664""",
        ("23505", "uniq", "res_partner", "line 7"),
    ),
    "psql-terse": (
        f'psql:<stdin>:1: ERROR:  invalid input syntax for type integer: "{NAME}"',
        ("psql, line 1",),
    ),
    "raised-in-a-function": (f"ERROR:  P0001: partner {NAME} is locked", ("P0001",)),
    "pg-restore-copy": (
        f"""pg_restore: while PROCESSING TOC:
pg_restore: from TOC entry 3301; 0 16390 TABLE DATA res_partner odoo
pg_restore: error: COPY failed for table "res_partner": ERROR:  null value in column "name" \
of relation "res_partner" violates not-null constraint
DETAIL:  Failing row contains (7, {NAME}, t).
CONTEXT:  COPY res_partner, line 3: "7\t{NAME}
and a second line of {NAME}" """,
        ("table data res_partner", "not-null constraint"),
    ),
    "pg-restore-statement": (
        f"""pg_restore: error: could not execute query: ERROR:  could not create unique index "u"
DETAIL:  Key (name)=({NAME}) is duplicated.
Command was: CREATE UNIQUE INDEX u ON person (name) WHERE name <> '{NAME}';""",
        ('could not create unique index "u"',),
    ),
    "hint-with-a-setting": (
        f"""ERROR:  out of shared memory
HINT:  You might need to increase "max_locks_per_transaction".
HINT:  You might need to increase the patience of {NAME}.""",
        ("out of shared memory", "HINT: increase max_locks_per_transaction"),
    ),
    "parameters": (f"CONTEXT:  unnamed portal with parameters: $1 = '{NAME}'", ()),
    "odoo-parse-error": (
        f"""2026-11-27 08:00:01,123 7 CRITICAL mta odoo.modules.registry: Failed to load registry
Traceback (most recent call last):
  File "/usr/lib/python3/dist-packages/odoo/tools/convert.py", line 541, in _tag_root
    f(rec)
  File "<string>", line 3, in <module {NAME}>
psycopg2.errors.UniqueViolation: duplicate key value violates unique constraint "partner_uniq"
DETAIL:  Key (name)=({NAME}) already exists.

The above exception was the direct cause of the following exception:

odoo.tools.convert.ParseError: while parsing /mnt/addons/mta/data/partner.xml:12, somewhere inside
<record id="p" model="res.partner"><field name="name">{NAME}</field></record>""",
        ("convert.py, line 541, in _tag_root", "UniqueViolation", "partner.xml, line 12"),
    ),
    "odoo-validation": (
        f"odoo.exceptions.ValidationError: {NAME} has no address",
        ("odoo.exceptions.ValidationError",),
    ),
    "odoo-sql": (
        f"""2026-11-27 08:00:01,123 7 ERROR mta odoo.sql_db: bad query: INSERT INTO t ('{NAME}')
ERROR: value too long for type character varying(4)""",
        ("ERROR odoo.sql_db", "value too long for type character varying(4)"),
    ),
    "python": (
        f"ValueError: invalid literal for int() with base 10: '{NAME}'\nKeyError: '{NAME}'",
        ("ValueError", "KeyError"),
    ),
}


@pytest.mark.parametrize("kind", TEXTS)
def test_rows_are_withheld_and_what_helps_stays(kind: str) -> None:
    text, kept = TEXTS[kind]
    said = safe(text)
    assert NAME not in said
    for part in kept:
        assert part in said
    if len(text.splitlines()) > len(said.splitlines()):
        assert "withheld" in said


@pytest.mark.parametrize(
    "text, kept",
    [
        ('psql: error: FATAL:  database "mta-uat" does not exist', "mta-uat"),
        (
            "pg_dump: error: could not write to output file: No space left on device",
            "No space left",
        ),
        ("Error response from daemon: No such container: odoo-mta-db", "odoo-mta-db"),
        ("OSError: [Errno 28] No space left on device", "OSError: [Errno 28] No space left"),
        (
            'ERROR:  could not extend file "base/16384/2619": No space left on device',
            "No space left on device",
        ),
        ("ModuleNotFoundError: No module named 'vatnumber'", "No module named 'vatnumber'"),
    ],
)
def test_what_is_no_row_is_told(text: str, kept: str) -> None:
    assert kept in safe(text).replace("OSError: No", "OSError: [Errno 28] No")


@pytest.mark.parametrize(
    "text",
    [
        f"Is the server running {NAME}?",
        f"Cannot connect to the Docker daemon {NAME}",
        f"stand-in: {NAME}",
    ],
)
def test_a_known_beginning_lets_no_row_follow(text: str) -> None:
    assert NAME not in safe(text)


@pytest.mark.parametrize(
    "text",
    [
        "Is the server running locally and accepting connections on that socket?",
        "Is the server running on that host and accepting TCP/IP connections?",
        "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. "
        "Is the docker daemon running?",
    ],
)
def test_a_server_that_is_down_is_told_wholly(text: str) -> None:
    assert text.rstrip("?") in safe(text)


def test_nothing_is_said_of_nothing() -> None:
    assert safe("") == "    (it printed nothing)"
    assert safe(NAME) == "    (withheld: it could quote rows)"


def test_an_error_of_the_driver_has_its_code_and_names() -> None:
    message = 'duplicate key value violates unique constraint "u"'
    assert error_of_sql("23505", message, [("constraint", "u")]) == f"23505 {message}"
    told = error_of_sql("23514", f"{NAME} is bad", [("table", "t"), ("constraint", "c")])
    assert told == "23514 check violation (table t, constraint c)"
    assert error_of_sql(None, NAME) == "an error without a code"
    assert NAME not in error_of_sql("22P02", f"invalid input: {NAME}", [("table", f"{NAME} x")])


def test_whose_words_come_from_a_database() -> None:
    assert may_quote_rows(("/usr/lib/postgresql/17/bin/psql", "-c", "x"))
    assert may_quote_rows(("docker", "exec", "db", "pg_restore"))
    assert may_quote_rows(("docker", "compose", "run", "web", "odoo", "--update", "mta"))
    assert not may_quote_rows(("git", "-C", "/src/odoo", "status"))
    assert may_quote_rows(("docker", "exec", "-i", "web", "python3", "-c", "x"))
    assert may_quote_rows(("docker", "compose", "logs", "web"))
    assert not may_quote_rows(("docker", "pull", "registry.test/odoo-mta"))
    assert not may_quote_rows(("docker", "compose", "up", "--detach", "odoo-mta-web"))
    assert NAME in quoted(("git",), NAME) and NAME not in quoted(("psql",), NAME)


def test_programs_that_fail_quote_no_row(tmp_path) -> None:
    program = tmp_path / "psql"
    program.write_text(f"#!/bin/sh\necho 'ERROR:  P0001: {NAME}' >&2\nexit 3\n")
    program.chmod(0o755)
    for call in (lambda: run([str(program)]), lambda: stream([str(program)]).__enter__().wait()):
        try:
            call()
        except Exception as error:
            assert NAME not in str(error) and "P0001" in str(error)
    with pytest.raises(Exception, match="P0001") as failed:
        with stream([str(program)]):
            pass
    assert NAME not in str(failed.value)


def test_a_bug_is_told_by_its_place() -> None:
    try:
        int(NAME)
    except ValueError as error:
        told = raised(error)
    assert told.startswith("ValueError at ") and "test_redaction.py" in told and NAME not in told


def test_a_quiet_program_says_nothing_but_what_is_safe(capfd) -> None:
    assert quiet.main([sys.executable, "-c", f"print('{NAME}')"]) == 0
    assert capfd.readouterr() == ("", "")
    code = f"import sys; print('{NAME}'); raise ValueError('{NAME}')"
    assert quiet.main([sys.executable, "-c", code]) == 1
    said = capfd.readouterr()
    assert said.out == "" and NAME not in said.err and "ValueError" in said.err
    assert quiet.main(["no-such-program"]) == 127 and quiet.main([]) == 2


def test_it_needs_nothing_but_python() -> None:
    """It runs in any image that has Odoo: with the standard library alone."""
    code = f"import sys; sys.path.insert(0, {str(SCRIPTS)!r}); import pipeline.core.process.quiet"
    assert run((sys.executable, "-I", "-S", "-c", code)).code == 0
