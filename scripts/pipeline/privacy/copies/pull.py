"""Load a copy into a server next to the database that is there, and swap their names.

The developer's database keeps its name and its data until the new one is complete and checked.
"""

from __future__ import annotations

import contextlib
import re
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from pipeline.core.errors import CheckFailed, PipelineError, ToolError
from pipeline.core.process import DATABASE, run
from pipeline.environment.host import sessions, sql
from pipeline.environment.host.host import MAINTENANCE
from pipeline.environment.operations.steps.refresh_dump import RESTORE, UNACCENT
from pipeline.privacy.copies import marks
from pipeline.privacy.copies.document import CopyDocument
from pipeline.privacy.database.programs import ask_sql, execute_sql
from pipeline.privacy.treatment.system import EXPIRES

_ATTEMPTS, _PAUSE_SECONDS = 5, 0.2


@dataclass(frozen=True)
class Pulled:
    """What became of the database that had the name before.

    Attributes:
        replaced: whether there was one.
        kept: the name that it has now; empty: it was a copy itself, and is gone.
    """

    replaced: bool
    kept: str = ""


def load_copy(path: Path, document: CopyDocument, database: str) -> Pulled:
    """Load a dump into the server that PGHOST names, under this name.

    Args:
        path: the dump, which was checked against its document.
        document: of the copy.
        database: name that the copy gets. A database of this name is kept under another, closed,
            unless it is an earlier copy.

    Raises:
        CheckFailed: the dump is not what its document says, or the server is too old; nothing was
            replaced.
        ToolError: the server cannot be reached, or the dump cannot be restored; likewise.
    """
    names = _Names(database)
    _require_version()
    [owner] = ask_sql(MAINTENANCE, "SELECT current_user AS name")
    for left in (names.new, names.gone):  # by one that was killed
        execute_sql(MAINTENANCE, sql.drop(left))
    execute_sql(MAINTENANCE, sql.create(names.new, str(owner["name"])))
    try:
        _restore(path, names.new, "pre-data")
        execute_sql(names.new, UNACCENT)
        _restore(path, names.new, "data", "post-data")
        marks.require_anonymized(names.new)
        if marks.keys_of(names.new).get(EXPIRES) != document.expires:
            raise CheckFailed(
                "the database in the dump does not expire when its document says",
                "have the copy made again: `dagger call prod … anonymized-dump`",
            )
        pulled = _swap(names)
    except BaseException:  # including a signal
        with contextlib.suppress(PipelineError):  # the next one removes it, too
            execute_sql(MAINTENANCE, sql.drop(names.new))
        raise
    execute_sql(MAINTENANCE, sql.drop(names.gone))
    return pulled


@dataclass(frozen=True)
class _Names:
    """The databases of one pull."""

    live: str

    @property
    def new(self) -> str:
        """What is being loaded."""
        return f"{self.live}-pulled"

    @property
    def aside(self) -> str:
        """The developer's own, which a copy replaced."""
        return f"{self.live}-replaced"

    @property
    def gone(self) -> str:
        """What is removed after the swap."""
        return f"{self.live}-gone"


def _require_version() -> None:
    """A newer pg_restore sets parameters that an older server does not have."""
    try:
        [row] = ask_sql(MAINTENANCE, "SELECT current_setting('server_version_num')::int AS number")
    except ToolError as error:
        raise ToolError(
            f"the server to load the copy into does not let us in: {error.message}",
            "start it (`docker compose up -d --wait postgres`), and check its address and password",
        ) from error
    server = row["number"] // 10000
    program = re.search(r"\d+", run(("pg_restore", "--version")).stdout)
    assert program
    if server < int(program[0]):
        raise CheckFailed(
            f"the server is PostgreSQL {server}, and pg_restore is of {program[0]}: too new for it",
            "use a newer server in the local stack: POSTGRES_IMAGE in .env",
        )


def _restore(path: Path, database: str, *sections: str) -> None:
    chosen = (f"--section={one}" for one in sections)
    argv = ("pg_restore", *RESTORE, *chosen, f"--dbname={database}", str(path))
    run(argv, surroundings=DATABASE)


def _is_copy(database: str) -> bool:
    """Whether a database is an earlier copy. One that cannot be asked is somebody's own."""
    try:
        return EXPIRES in marks.keys_of(database)
    except PipelineError:
        return False


def _swap(names: _Names) -> Pulled:
    """One transaction: whenever it is interrupted, one of the two has the name.

    Odoo, if it runs, connects again at once: its sessions are ended until it is done.
    """
    there, kept_before = (_exists(one) for one in (names.live, names.aside))
    was_copy = there and _is_copy(names.live)
    moves: list[tuple[str, str]] = []
    if was_copy:
        moves.append((names.live, names.gone))
    elif there:
        moves += [(names.aside, names.gone)] if kept_before else []
        moves.append((names.live, names.aside))
    moves.append((names.new, names.live))
    renamed = "".join(sql.rename(old, new) for old, new in moves)
    closed = sql.close(names.aside) if there and not was_copy else ""
    statements = f"{sql.end_sessions(names.live)}BEGIN;\n{renamed}{closed}COMMIT;\n"
    attempt = 0
    while True:
        try:
            with _without_sessions(names.live):
                execute_sql(MAINTENANCE, statements)
            return Pulled(there, "" if was_copy else names.aside)
        except ToolError as error:
            attempt += 1
            if sessions.IN_USE not in error.message or attempt == _ATTEMPTS:
                raise


def _without_sessions(database: str) -> AbstractContextManager[None]:
    """Keep ending a database's sessions, as :mod:`pipeline.environment.host.sessions` does on a
    VM."""

    def end() -> bool:
        with contextlib.suppress(PipelineError):  # the rename reports what is wrong
            execute_sql(MAINTENANCE, sql.end_sessions(database))
        return True

    return sessions.repeated(end, _PAUSE_SECONDS)


def _exists(database: str) -> bool:
    return bool(ask_sql(MAINTENANCE, sql.exists(database)))
