"""The rollback point: a copy of the database, made in seconds while Odoo is stopped.

The way back is two renames in one transaction. Each part may be done twice, and looks at what is
there first. The database that Odoo uses is never closed to connections: what breaks off in the
middle, or loses its power, leaves nothing that somebody would have to open again.
"""

from __future__ import annotations

from collections.abc import Callable

from pipeline.core.errors import PipelineError, ToolError
from pipeline.environment.host import sessions, sql
from pipeline.environment.host.host import MAINTENANCE, Host


def name(host: Host, number: int) -> str:
    """Of the rollback point that a run makes."""
    return f"{host.environment.database}-before-{number:06}"


def aside(host: Host, number: int) -> str:
    """Of the database that a run put aside."""
    return f"{host.environment.database}-aside-{number:06}"


def identity(host: Host) -> str:
    """What tells Odoo's database from a copy of it, and from what a restore made in its place.

    It stays the same whatever Odoo and its updates do. Empty: there is no database.
    """
    live = host.environment.database
    found = host.rows(f"SELECT oid FROM pg_database WHERE datname = {sql.text(live)}", MAINTENANCE)
    if not found:
        return ""
    [table] = host.rows("SELECT to_regclass('public.ir_module_module')::oid AS oid")
    return f"{found[0]['oid']}:{table['oid']}"


def was_restored(host: Host, before: str) -> bool:
    """Whether a restore made what is in Odoo's database since that was its identity.

    False as well when nobody knows: one of the two has no tables of Odoo.
    """
    known = before.partition(":"), identity(host).partition(":")
    (old, _, old_table), (new, _, new_table) = known
    return old == new != "" and "None" not in (old_table, new_table) and old_table != new_table


def make(host: Host, point: str, size: int) -> None:
    """Copy Odoo's database, of so many bytes. Sessions that are still there are ended."""
    live = host.environment.database
    host.drop(point)
    copy = sql.copy(live, point, host.environment.database_user, size)
    sessions.without(host, live, copy, size)


def drop(host: Host, point: str) -> None:
    """Remove a rollback point that is not needed; never the only copy there is."""
    if host.has_database(host.environment.database):
        host.drop(point)


def go_back(host: Host, point: str, keep_as: str) -> None:
    """Put a rollback point in the place of the database, which is kept aside, closed.

    All of it is one transaction: whenever it breaks off, either database has the name.

    Raises:
        ToolError: there is neither a rollback point nor a sign that this was done before.
    """
    live = host.environment.database
    if not host.has_database(point):
        if host.has_database(live) and host.has_database(keep_as):
            return
        raise ToolError(
            f"the rollback point {point} is not there",
            "restore the backup: `pipeline environment rollback --manifest …`",
        )
    there = host.has_database(live)  # an older version of this tool renamed one after the other
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
    """Remove a copy that an earlier run left; if it cannot be removed, report that and go on."""
    try:
        drop(host, copy)
    except PipelineError as error:  # a subscription or a replication slot holds it
        say(f"warning: the copy {copy} cannot be removed: {error.message}")
