"""The rollback point: a copy of the database, made in seconds while Odoo is stopped.

Going back is two renames in one transaction. Each part checks the current state first, so it can be
done twice. The database that Odoo uses is never closed to connections, so that an interruption or a
power failure leaves nothing that somebody would have to open again.
"""

from __future__ import annotations

from collections.abc import Callable

from pipeline.core.errors import PipelineError, ToolError
from pipeline.environment.host import sessions, sql
from pipeline.environment.host.host import MAINTENANCE, Host


def name(host: Host, number: int) -> str:
    """Name of the rollback point of a run."""
    return f"{host.environment.database}-before-{number:06}"


def aside(host: Host, number: int) -> str:
    """Name of the database that a run put aside."""
    return f"{host.environment.database}-aside-{number:06}"


def identity(host: Host) -> str:
    """What distinguishes Odoo's database from a copy, and from what a restore made of it.

    Odoo and its updates never change it. Empty: there is no database.
    """
    live = host.environment.database
    found = host.rows(f"SELECT oid FROM pg_database WHERE datname = {sql.text(live)}", MAINTENANCE)
    if not found:
        return ""
    [table] = host.rows("SELECT to_regclass('public.ir_module_module')::oid AS oid")
    return f"{found[0]['oid']}:{table['oid']}"


def was_restored(host: Host, before: str) -> bool:
    """Whether Odoo's database was restored since it had this identity.

    Also False when it is unknown, because one of the two has no tables of Odoo.
    """
    known = before.partition(":"), identity(host).partition(":")
    (old, _, old_table), (new, _, new_table) = known
    return old == new != "" and "None" not in (old_table, new_table) and old_table != new_table


def make(host: Host, point: str, size: int) -> None:
    """Copy Odoo's database, which has this many bytes. Remaining sessions are ended."""
    live = host.environment.database
    host.drop(point)
    copy = sql.copy(live, point, host.environment.database_user, size)
    sessions.without(host, live, copy, size)


def drop(host: Host, point: str) -> None:
    """Remove an unneeded rollback point, but never the only copy of the database."""
    if host.has_database(host.environment.database):
        host.drop(point)


def go_back(host: Host, point: str, keep_as: str) -> None:
    """Replace the database with a rollback point; the database is kept under another name, closed.

    It is one transaction: whenever it is interrupted, one of the two has the database's name.

    Raises:
        ToolError: there is neither a rollback point nor evidence that this was done before.
    """
    live = host.environment.database
    if not host.has_database(point):
        if host.has_database(live) and host.has_database(keep_as):
            return
        raise ToolError(
            f"the rollback point {point} is not there",
            "restore the backup: `pipeline environment rollback --manifest …`",
        )
    there = host.has_database(live)  # an older version renamed one after the other
    before = live if there else keep_as
    properties = host.rows(sql.settings_of(before), MAINTENANCE)
    given = "".join(f"{sql.formatted(row['statement'], point)};\n" for row in properties)
    aside = sql.rename(live, keep_as) + sql.close(keep_as) if there else ""
    if there:
        host.drop(keep_as)
    swap = f"BEGIN;\n{aside}{given}{sql.allow(point)}{sql.rename(point, live)}COMMIT;\n"
    sessions.without(host, live, swap)


def others(host: Host) -> list[str]:
    """Copies that earlier runs left: rollback points and databases put aside, oldest first."""
    live = host.environment.database
    pattern = sql.text(f"^{live}-(before|aside)-[0-9]+$")
    query = (
        "SELECT datname AS name FROM pg_database "
        f"WHERE datname ~ {pattern} ORDER BY substring(datname FROM '[0-9]+$')"
    )
    return [row["name"] for row in host.rows(query, MAINTENANCE)]


def remove(host: Host, copy: str, say: Callable[[str], None]) -> None:
    """Remove a copy that an earlier run left; if that is impossible, report it and continue."""
    try:
        drop(host, copy)
    except PipelineError as error:  # a subscription or a replication slot holds it
        say(f"warning: the copy {copy} cannot be removed: {error.message}")
