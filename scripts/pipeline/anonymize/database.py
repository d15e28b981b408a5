"""A connection to PostgreSQL."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

from pipeline.errors import InputError, ToolError

_QUOTED = re.compile(r'"[^"]*"')


class Database:
    """An open transaction, or several: ``commit`` ends one and begins another."""

    def __init__(self, connection: psycopg.Connection[tuple[Any, ...]]) -> None:
        self._connection = connection

    def run(self, statement: str, parameters: Sequence[Any] | None = None) -> int:
        """Run a statement; gives the number of rows it touched (0 where that has no meaning).

        Raises:
            ToolError: PostgreSQL refuses it. The message has no value of the database.
        """
        with self._cursor(statement, parameters) as cursor:
            return max(cursor.rowcount, 0)

    def rows(
        self, statement: str, parameters: Sequence[Any] | None = None
    ) -> list[tuple[Any, ...]]:
        """The rows of a query. Raises ToolError as :meth:`run` does."""
        with self._cursor(statement, parameters) as cursor:
            return cursor.fetchall()

    def value(self, statement: str, parameters: Sequence[Any] | None = None) -> Any:
        """The first value of a query's first row; None without a row."""
        rows = self.rows(statement, parameters)
        return rows[0][0] if rows else None

    def fill(self, table: str, rows: Iterator[tuple[Any, ...]]) -> None:
        """Put rows into a table."""
        with self._connection.cursor() as cursor:
            with cursor.copy(f"COPY {table} FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)

    def commit(self) -> None:
        """Keep what was done."""
        self._connection.commit()

    def rollback(self) -> None:
        """Undo what was done since the last commit."""
        self._connection.rollback()

    @contextmanager
    def _cursor(
        self, statement: str, parameters: Sequence[Any] | None
    ) -> Iterator[psycopg.Cursor[tuple[Any, ...]]]:
        with self._connection.cursor() as cursor:
            try:
                cursor.execute(statement, parameters)
            except psycopg.Error as error:
                # DETAIL is never shown: it quotes rows. Neither is what stands in quotation marks,
                # but for errors of class 42, whose names are those of tables and columns.
                said = error.diag.message_primary or type(error).__name__
                if not (error.sqlstate or "").startswith("42"):
                    said = _QUOTED.sub('"…"', said)
                where = error.diag.constraint_name or error.diag.table_name or ""
                raise ToolError(
                    f"PostgreSQL: {said}{f' ({where})' if where else ''}\n"
                    f"    {' '.join(statement.split())[:300]}",
                    "nothing was changed; mend the declaration or the database, and begin again",
                ) from None
            yield cursor


@contextmanager
def connect(dsn: str) -> Iterator[Database]:
    """Connect to a database by URL or ``host=… dbname=…``; PG… variables fill in what is missing.

    Raises:
        InputError: no database of this name, or no such server; never with the password.
    """
    try:
        connection = psycopg.connect(dsn, application_name="pipeline", connect_timeout=30)
    except psycopg.Error as error:
        raise InputError(
            f"no connection to the database ({_plain(error, dsn)})",
            "check --database-url, or PGHOST, PGUSER, PGPASSWORD and PGDATABASE",
        ) from None
    with connection:
        connection.execute("SET statement_timeout = 0; SET lock_timeout = '60s'; SET jit = off")
        connection.commit()
        yield Database(connection)


def _plain(error: psycopg.Error, dsn: str) -> str:
    """The error in one line; the words of a DSN that cannot be parsed may be a password."""
    try:
        password = conninfo_to_dict(dsn).get("password")
    except psycopg.Error:
        return "the DSN cannot be read"
    text = " ".join(str(error).split())
    return text.replace(str(password), "***") if password else text
