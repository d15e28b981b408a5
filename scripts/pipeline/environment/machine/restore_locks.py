"""Whether PostgreSQL has room for the locks that restoring a backup takes.

A restore replaces everything in one transaction, so it holds a lock on each object that it drops
or makes until the end. The default (64 per transaction, 6,400 in all) is too few for
the few hundred tables of a usual Odoo; a restore that runs out of locks fails and changes nothing.
"""

from __future__ import annotations

from pipeline.environment.host import sql
from pipeline.environment.host.host import MAINTENANCE, Host

#: Catalogs of what has a lock of its own when it is made (constraints and types: as of PostgreSQL
#: 17) and another one when it is dropped; and of what has one only when it is dropped.
_BOTH = ("pg_class", "pg_constraint", "pg_type")
_ONCE = ("pg_attrdef", "pg_trigger", "pg_rewrite", "pg_proc")
#: Relations of the catalog that any restore uses.
_CATALOG = 200


def _count(table: str) -> str:
    return f"(SELECT count(*) FROM {table} WHERE oid >= {sql.FIRST_OBJECT})"


#: How many locks a restore of the database takes in which this query runs.
NEEDED = (
    f"SELECT {_CATALOG} + {' + '.join(map(_count, _ONCE))}"
    f" + 2 * ({' + '.join(map(_count, _BOTH))}) AS locks"
)
#: https://www.postgresql.org/docs/current/runtime-config-locks.html
_ROOM = (
    "SELECT current_setting('max_locks_per_transaction')::int AS each,"
    " current_setting('max_connections')::int"
    " + current_setting('max_prepared_transactions')::int AS times"
)
_STEP = 64


def too_few(host: Host) -> str:
    """What is wrong with the room for locks, and the fix; empty: there is enough.

    Odoo's database must exist.
    """
    [needed] = host.rows(NEEDED)
    [room] = host.rows(_ROOM, MAINTENANCE)
    return judge(int(needed["locks"]), int(room["each"]), int(room["times"]))


def judge(needed: int, each: int, times: int) -> str:
    """The same, for given figures. Pure.

    Args:
        needed: locks that a restore of the database takes.
        each: ``max_locks_per_transaction``.
        times: what the server multiplies it by.
    """
    if needed <= each * times:
        return ""
    # A quarter more: the database grows, and other sessions hold locks, too.
    enough = -(-needed * 5 // 4 // times // _STEP) * _STEP
    return (
        f"restoring this database takes about {needed} locks, and PostgreSQL has room for "
        f"{each * times}: a rollback to a backup would fail. Set max_locks_per_transaction to "
        f"{enough} or more and restart PostgreSQL"
    )
