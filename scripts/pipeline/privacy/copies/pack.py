"""Make a copy: an anonymized database gets an expiry, and is dumped next to a signed document."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path

from pipeline.core import files
from pipeline.core.errors import InputError
from pipeline.core.process import DATABASE, run
from pipeline.core.versions.series import in_version
from pipeline.privacy.copies import document, marks
from pipeline.privacy.copies.document import FORM, CopyDocument
from pipeline.privacy.database.programs import ask_sql, execute_sql
from pipeline.privacy.treatment import system

_VERSION = "SELECT latest_version AS found FROM ir_module_module WHERE name = 'base'"


def pack_copy(
    dsn: str, folder: Path, project: str, database: str, days: int, key: bytes, now: datetime
) -> CopyDocument:
    """Write a copy of a database into a folder. The document comes last: without it there is none.

    Args:
        dsn: the anonymized database, by name or DSN; empty: the one that PGDATABASE names.
        folder: gets the dump, its document and the signature.
        project: name of the project.
        database: what PROD's database is called.
        days: after how many days the copy expires.
        key: that signs; empty: a checksum in place of a signature.
        now: the time.

    Raises:
        InputError: not an Odoo database, or the folder cannot be written to.
        CheckFailed: the database is not anonymized.
        ToolError: it cannot be dumped.
    """
    marks.require_anonymized(dsn)
    version = "".join(str(row["found"] or "") for row in ask_sql(dsn, _VERSION))
    series = in_version(version)
    if not series:
        raise InputError(
            "the database does not say which series of Odoo it is for: its module base has the "
            f"version {version!r}",
            "give the name of an Odoo database",
        )
    at = now.astimezone(timezone.utc)
    made, expires = (one.strftime(FORM) for one in (at, at + timedelta(days=days)))
    execute_sql(dsn, "".join(f"{one};\n" for one in system.dated(made, expires)))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{document.NAME}.json").unlink(missing_ok=True)  # it would name another dump
        path = folder / document.DUMP
        options = ("--format=custom", "--no-owner", "--no-privileges", f"--file={path}")
        run(("pg_dump", *options, f"--dbname={dsn}"), surroundings=DATABASE)
        size, sha256 = path.stat().st_size, files.digest(path)
        copy = CopyDocument(project, database, series, made, expires, path.name, size, sha256)
        copy.write(folder, key)
    except OSError as error:
        raise InputError(
            f"the copy cannot be written to {folder}: {error.strerror}",
            "give another --output, a directory that can be written to",
        ) from error
    return copy
