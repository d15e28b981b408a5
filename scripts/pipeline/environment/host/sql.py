"""SQL as text: quoted names and values, and statements that several modules need."""

from __future__ import annotations

#: Bytes of a database below which writing its copy to the WAL takes less than two checkpoints.
_SMALL = 256 << 20
#: Objects of the server itself have lower numbers (FirstNormalObjectId in PostgreSQL's
#: access/transam.h).
FIRST_OBJECT = 16384


def name(identifier: str) -> str:
    """A quoted identifier: ``"mta-prod"``."""
    return '"' + identifier.replace('"', '""') + '"'


def text(value: str) -> str:
    """A quoted string."""
    if "\\" in value:
        return "E'" + value.replace("\\", "\\\\").replace("'", "''") + "'"
    return "'" + value.replace("'", "''") + "'"


def rows(query: str) -> str:
    """A query that prints each row as one JSON object on a line of its own."""
    return f"SELECT row_to_json(t) FROM ({query}) AS t;\n"


def exists(database: str) -> str:
    """Query whether a database exists."""
    return f"SELECT 1 AS found FROM pg_database WHERE datname = {text(database)}"


def size(database: str) -> str:
    """Query the size of a database in bytes; no row when there is none."""
    named = f"datname = {text(database)}"
    return f"SELECT pg_database_size(datname) AS size FROM pg_database WHERE {named}"


def end_sessions(database: str) -> str:
    """End all other sessions of a database, and its background workers."""
    return (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity\n"
        f"  WHERE datname = {text(database)} AND pid <> pg_backend_pid();\n"
    )


def end_tagged(tag: str) -> str:
    """End the sessions that a run left behind, in any database."""
    return (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity\n"
        f"  WHERE application_name = {text(tag)} AND pid <> pg_backend_pid();\n"
    )


def copy(source: str, target: str, owner: str, size: int) -> str:
    """Create a copy that nobody can connect to.

    It waits some seconds for the source to have no sessions; new ones wait until it is done.

    Copying files takes two checkpoints of the entire cluster; a small database uses the WAL.

    Args:
        source: the database.
        target: name of the copy.
        owner: role that owns it.
        size: bytes of the source.
    """
    strategy = "wal_log" if size < _SMALL else "file_copy"
    return (
        f"CREATE DATABASE {name(target)} WITH TEMPLATE {name(source)} OWNER {name(owner)}\n"
        f"  STRATEGY {strategy} ALLOW_CONNECTIONS false;\n"
    )


def create(database: str, owner: str) -> str:
    """Create an empty database, as Odoo does."""
    return (
        f"CREATE DATABASE {name(database)} WITH OWNER {name(owner)} TEMPLATE template0\n"
        "  ENCODING 'UTF8' LC_COLLATE 'C';\n"
    )


def drop(database: str) -> str:
    """Drop a database if it exists, and its sessions."""
    return f"DROP DATABASE IF EXISTS {name(database)} WITH (FORCE);\n"


def rename(old: str, new: str) -> str:
    """Rename a database. It waits some seconds for the database to have no sessions."""
    return f"ALTER DATABASE {name(old)} RENAME TO {name(new)};\n"


def allow(database: str) -> str:
    """Allow connections."""
    return f"ALTER DATABASE {name(database)} WITH ALLOW_CONNECTIONS true;\n"


def close(database: str) -> str:
    """Forbid connections. Only ever for a copy."""
    return f"ALTER DATABASE {name(database)} WITH ALLOW_CONNECTIONS false;\n"


def settings_of(database: str) -> str:
    """A query for the statements that give another database this one's settings and grants.

    They have ``@`` in place of its name (see :func:`formatted`). A copy lacks what ALTER DATABASE …
    SET, ALTER ROLE … IN DATABASE … SET and GRANT … ON DATABASE set.
    """
    here = f"(SELECT oid FROM pg_database WHERE datname = {text(database)})"
    return f"""
SELECT CASE WHEN setrole = 0 THEN 'ALTER DATABASE @'
            ELSE format('ALTER ROLE %I IN DATABASE @', pg_get_userbyid(setrole)) END
       || format(' SET %I TO %s', split_part(one, '=', 1),
                 CASE WHEN split_part(one, '=', 1) IN ('search_path', 'DateStyle')
                      THEN substr(one, strpos(one, '=') + 1)
                      ELSE quote_literal(substr(one, strpos(one, '=') + 1)) END) AS statement
  FROM pg_db_role_setting, unnest(setconfig) AS one WHERE setdatabase = {here}
UNION ALL
SELECT format('GRANT %s ON DATABASE @ TO %s', privilege_type,
              CASE WHEN grantee = 0 THEN 'PUBLIC'
                   ELSE quote_ident(pg_get_userbyid(grantee)) END)
       || CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END
  FROM pg_database, aclexplode(datacl) WHERE datname = {text(database)}
"""


def formatted(statement: str, database: str) -> str:
    """A statement of :func:`settings_of`, for a database."""
    return statement.replace(" DATABASE @ ", f" DATABASE {name(database)} ", 1)
