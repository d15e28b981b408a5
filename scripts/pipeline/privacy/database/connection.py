"""A connection to PostgreSQL whose errors never contain a value of the database."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

from pipeline.core.errors import InputError, PipelineError, ToolError
from pipeline.core.process.redaction import error_of_sql, raised

#: Regardless of the settings of the database or the role: one search path, no rows hidden by
#: policies (a table with a policy is an error, as for pg_dump), and the same text output of values
#: everywhere.
_SETTINGS = """
SET statement_timeout = 0; SET lock_timeout = '60s'; SET idle_in_transaction_session_timeout = 0;
SET default_transaction_read_only = off; SET jit = off; SET search_path = public, pg_temp;
SET row_security = off; SET standard_conforming_strings = on; SET transform_null_equals = off;
SET DateStyle = 'ISO, YMD'; SET IntervalStyle = postgres; SET bytea_output = hex;
SET client_min_messages = error;
"""
#: Fetched at a time by a query that is streamed: a row may have a page of a website in it.
_ROWS = 500
_TARGET = re.compile(r'(?:FROM|UPDATE|INTO|TABLE|TRUNCATE|VIEW) (?:ONLY )?((?:"[^"]*"|[\w.])+)')


class Database:
    """An open transaction; ``commit`` ends it and begins another."""

    def __init__(self, connection: psycopg.Connection[tuple[Any, ...]]) -> None:
        self._connection = connection

    def run(self, statement: str, parameters: Sequence[Any] | None = None) -> int:
        """Run a statement; returns the number of affected rows (0 when that has no meaning).

        Raises:
            ToolError: PostgreSQL rejects it. The message contains no value of the database.
        """
        with _told(statement), self._connection.cursor() as cursor:
            cursor.execute(statement, parameters)
            return max(cursor.rowcount, 0)

    def rows(
        self, statement: str, parameters: Sequence[Any] | None = None
    ) -> list[tuple[Any, ...]]:
        """The rows of a query. Raises ToolError as :meth:`run` does."""
        with _told(statement), self._connection.cursor() as cursor:
            return cursor.execute(statement, parameters).fetchall()

    def stream(self, query: str) -> Iterator[tuple[Any, ...]]:
        """The rows of a query, in batches, whatever their number. Raises ToolError."""
        with _told(query), self._connection.cursor("pipeline") as cursor:
            cursor.itersize = _ROWS
            yield from cursor.execute(query)

    def value(self, statement: str, parameters: Sequence[Any] | None = None) -> Any:
        """The first value of a query's first row; None if there is no row."""
        rows = self.rows(statement, parameters)
        return rows[0][0] if rows else None

    def fill(self, table: str, rows: Iterator[tuple[Any, ...]]) -> None:
        """Insert rows into a table."""
        with _told(f"COPY {table}"), self._connection.cursor() as cursor:
            with cursor.copy(f"COPY {table} FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """A savepoint: when the block fails, only its changes are undone."""
        with self._connection.transaction():
            yield

    def commit(self) -> None:
        """Commit. Raises ToolError: a deferred constraint is violated."""
        with _told("COMMIT"):
            self._connection.commit()

    def rollback(self) -> None:
        """Undo all changes since the last commit."""
        with _told("ROLLBACK"):
            self._connection.rollback()


_FIX = "fix the declaration or the database"
#: By PostgreSQL's error code.
_FIXES = {
    "23503": "a foreign key of texts holds only while both of its columns are as they were: keep "
    'them ([keep."why"]), or drop the constraint in this copy',
}


@contextmanager
def _told(statement: str) -> Iterator[None]:
    try:
        yield
    except psycopg.Error as error:
        raise ToolError(
            f"PostgreSQL: {_words(error)}\n    {_target(statement)}",
            f"nothing was changed; {_FIXES.get(error.sqlstate or '', _FIX)}, and start again",
        ) from None


def _words(error: psycopg.Error) -> str:
    """Code, names, and a message that cannot contain a value.

    An error in the statement's text, such as an unknown column, has a position: it was found before
    the first row was read, and the statement comes from this program or from the declaration.
    """
    diag = error.diag
    if error.sqlstate is None:
        return raised(error)
    before_any_row = error.sqlstate.startswith("42") and diag.statement_position is not None
    if before_any_row and not diag.context:
        return f"{error.sqlstate} {' '.join((diag.message_primary or '').split())}"
    names = (("table", diag.table_name), ("column", diag.column_name))
    more = (("constraint", diag.constraint_name), ("type", diag.datatype_name))
    return error_of_sql(error.sqlstate, diag.message_primary or "", [*names, *more])


def _target(statement: str) -> str:
    """The action of a statement and its table: no expression, no literal."""
    verb = statement.split(None, 1)[0]
    found = _TARGET.findall(" ".join(statement.split()))
    # The last match of a query is its own table: earlier ones are in expressions.
    return f"{verb} {found[0] if verb != 'SELECT' else found[-1]}" if found else verb


@contextmanager
def connect_database(dsn: str) -> Iterator[Database]:
    """Connect to a database by URL or ``host=… dbname=…``; PG… variables supply what is missing.

    Raises:
        InputError: no database of this name, or no such server; never shows the password.
        ToolError: a bug, or a broken connection; never shows a value of the database.
    """
    try:
        connection = psycopg.connect(dsn, application_name="pipeline", connect_timeout=30)
    except psycopg.Error as error:
        raise InputError(
            f"cannot connect to the database ({_plain(error, dsn)})",
            "check --database-url, or PGHOST, PGUSER, PGPASSWORD and PGDATABASE",
        ) from None
    try:
        with connection, _told("COMMIT"):
            connection.execute(_SETTINGS)
            connection.commit()
            yield Database(connection)
    except psycopg.Error as error:
        raise ToolError(f"PostgreSQL: {_words(error)}", "nothing was changed; try again") from None
    except (PipelineError, OSError):
        raise
    except Exception as error:
        # Its message, and a traceback that quotes it, could contain a value.
        raise ToolError(raised(error), "report this as a bug of the pipeline") from None


def _plain(error: psycopg.Error, dsn: str) -> str:
    """The error on one line; the parts of a DSN that cannot be parsed may include a password."""
    try:
        password = conninfo_to_dict(dsn).get("password")
    except psycopg.Error:
        return "the DSN cannot be read"
    text = " ".join(str(error).split())
    return text.replace(str(password), "***") if password else text
