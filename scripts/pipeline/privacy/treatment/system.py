"""What else must not be copied from PROD: parameters, secrets, running jobs, logins."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pipeline.core.errors import InputError
from pipeline.privacy.database.catalog import quote
from pipeline.privacy.database.connection import Database
from pipeline.privacy.database.schema import Column, Schema
from pipeline.privacy.treatment.expressions import literal
from pipeline.privacy.treatment.neutral import neutral

_ROUNDS = 600_000
#: Allowed values of a parameter that stays: no sentence, no name, no address.
_HARMLESS = "^([0-9 :.,-]*|[a-z_,]*|True|False)$"
#: Marks a database that has personal data from PROD unchanged (see `steps.not_anonymized`).
NOT_ANONYMIZED = "pipeline.not_anonymized"
#: Written into a copy for a laptop: when it was anonymized and exported, and when it expires.
ANONYMIZED, EXPIRES = "pipeline.anonymized", "pipeline.expires"
#: Replaced: they sign password links, and identify the database to Odoo's servers.
ROTATED = ("database.secret", "database.uuid", "web.base.url", "web.base.url.freeze")
#: PROD's licence, and the domains of its incoming mail.
_TIES = ("database.enterprise_code", "database.expiration_date", "mail.catchall.domain")


@dataclass(frozen=True)
class NewSite:
    """Where the anonymized database will be used.

    Attributes:
        base_url: URL of its web site.
        password: of the testers; empty: nobody gets one.
    """

    base_url: str = "http://localhost:8069"
    password: str = ""


def parameters(keep: Iterable[str], base_url: str) -> Iterator[str]:
    """Statements: unlisted parameters are removed, secrets are rotated, the URL is frozen."""
    listed = ", ".join(literal(key) for key in sorted({*keep} - {*ROTATED})) or "''"
    yield (
        f"DELETE FROM ir_config_parameter WHERE key NOT IN ({listed}) "
        f"OR value IS NULL OR value !~ {literal(_HARMLESS)}"
    )
    yield from _rotate(base_url)


def detached(base_url: str) -> Iterator[str]:
    """Statements: the parameters that tie a database to PROD are removed, the others stay."""
    listed = ", ".join(literal(key) for key in (*ROTATED, *_TIES))
    yield f"DELETE FROM ir_config_parameter WHERE key IN ({listed})"
    yield from _rotate(base_url)


def _rotate(base_url: str) -> Iterator[str]:
    values = (str(uuid.uuid4()), str(uuid.uuid4()), base_url.rstrip("/"), "True")
    for key, value in zip(ROTATED, values, strict=True):
        yield from _set(key, value)


def strange_parameters(database: Database, keep: Iterable[str]) -> int:
    """The number of parameters that should not be there, or have a value they should not."""
    listed = {*keep, ANONYMIZED, EXPIRES} - {*ROTATED}
    rows = database.rows("SELECT key, value FROM ir_config_parameter")
    return sum(
        key not in ROTATED and (key not in listed or not _says_nothing(str(value or "")))
        for key, value in rows
    )


def _says_nothing(value: str) -> bool:
    """Whether a value is True, False, a lower-case word, or numbers and punctuation."""
    if value in ("True", "False") or not value:
        return True
    words = value.replace("_", "").replace(",", "")
    if not words or words.isascii() and words.isalpha() and words.islower():
        return True
    return set(value) <= set("0123456789 :.,-")


def quiet(schema: Schema) -> Iterator[str]:
    """Statements: nothing runs, fetches, sends or pays. `odoo neutralize` runs before; this covers
    what it does not reach, such as modules that it did not find."""
    if schema.has("ir_cron", "active"):
        yield f"UPDATE ir_cron SET active = false WHERE active AND id NOT IN ({_VACUUM})"
    if schema.has("fetchmail_server", "active"):
        yield "UPDATE fetchmail_server SET active = false WHERE active"
    if schema.has("payment_provider", "state"):
        yield "UPDATE payment_provider SET state = 'disabled' WHERE state = 'enabled'"
    yield "DELETE FROM ir_mail_server"
    # Without any mail server, Odoo would send through the one in its configuration file.
    yield (
        "INSERT INTO ir_mail_server (name, smtp_host, smtp_port, smtp_encryption, "
        "smtp_authentication, active, sequence) "
        "VALUES ('no mail leaves here', 'invalid', 1025, 'none', 'login', true, 1)"
    )


def loud(schema: Schema) -> Iterator[tuple[str, str]]:
    """Queries that count what should be disabled, each with its subject."""
    if schema.has("ir_cron", "active"):
        yield "active crons", f"SELECT count(*) FROM ir_cron WHERE active AND id NOT IN ({_VACUUM})"
    if schema.has("fetchmail_server", "active"):
        yield "active incoming mail servers", ("SELECT count(*) FROM fetchmail_server WHERE active")
    if schema.has("payment_provider", "state"):
        yield "enabled payment providers", (
            "SELECT count(*) FROM payment_provider WHERE state = 'enabled'"
        )
    yield "outgoing mail servers", (
        "SELECT count(*) FROM ir_mail_server WHERE smtp_host IS DISTINCT FROM 'invalid'"
    )
    yield "missing signs of `odoo neutralize`", (
        "SELECT 1 - count(*) FROM ir_config_parameter "
        "WHERE key = 'database.is_neutralized' AND lower(value) = 'true'"
    )


_VACUUM = (
    "SELECT res_id FROM ir_model_data WHERE model = 'ir.cron' AND module = 'base' "
    "AND name = 'autovacuum_job'"
)


#: Names of columns and parameters with credentials.
_CREDENTIAL = (
    r"(password|passwd|passphrase|_pass$|^pass$|secret|token(_value)?$|api_?key|access_?key|"
    r"private_?key|key_?pem|auth_?key|credential|pkcs12|refresh_token|access_token)"
)
#: They are valid for this database alone.
_OF_THIS_DATABASE = frozenset((("res_users", "password"), ("res_users", "totp_secret")))


def without_secrets(schema: Schema, kept: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Statements: keys and passwords for other systems are removed, wherever a module stores them.

    Args:
        schema: the live schema.
        kept: columns that the declaration keeps, with a reason.
    """
    for column in _secrets(schema, kept):
        name = quote(column.name)
        value = "NULL" if column.nullable else f"left(md5(random()::text), {column.length or 32})"
        if not column.nullable and column.kind != "text":
            value = neutral(column, f"{name}::text")
        rows = schema.rows(column.table)
        yield f"UPDATE {rows} SET {name} = {value} WHERE {name} IS NOT NULL"
    yield (
        f"DELETE FROM ir_config_parameter WHERE key ~* {literal(_CREDENTIAL)} "
        f"AND key NOT IN ({', '.join(literal(key) for key in ROTATED)})"
    )
    for table in _KEYS_OF_USERS:
        if schema.has(table, "id"):
            yield f"DELETE FROM {schema.rows(table)}"
    yield from without_mappings()


def marked() -> Iterator[str]:
    """Statements: mark the database as containing real personal data."""
    yield from _set(NOT_ANONYMIZED, "True")


def dated(made: str, expires: str) -> Iterator[str]:
    """Statements: mark the database as a copy for laptops, with these two times."""
    yield from _set(ANONYMIZED, made)
    yield from _set(EXPIRES, expires)


def _set(key: str, value: str) -> Iterator[str]:
    yield f"DELETE FROM ir_config_parameter WHERE key = {literal(key)}"
    yield (
        "INSERT INTO ir_config_parameter (key, value, create_uid, write_uid, create_date, "
        f"write_date) VALUES ({literal(key)}, {literal(value)}, 1, 1, now(), now())"
    )


def without_mappings() -> Iterator[str]:
    """The statement that removes passwords for other database servers."""
    yield _NO_MAPPINGS


def kept_secrets(
    schema: Schema, kept: Iterable[tuple[str, str]] = (), *, columns: bool = False
) -> Iterator[tuple[str, str]]:
    """Queries that count keys and passwords for other systems, each with its subject."""
    for column in _secrets(schema, kept) if columns else ():
        if column.nullable:
            yield f"secrets in {column.label}", (
                f"SELECT count(*) FROM {schema.rows(column.table)} "
                f"WHERE {quote(column.name)} IS NOT NULL"
            )
    yield "passwords for other database servers", "SELECT count(*) FROM pg_user_mappings"


def _secrets(schema: Schema, kept: Iterable[tuple[str, str]]) -> Iterator[Column]:
    spared = {*kept} | _OF_THIS_DATABASE
    for column in schema.columns():
        if column.key or column.kind not in ("text", "json", "bytea"):
            continue
        if (column.table, column.name) not in spared and re.search(_CREDENTIAL, column.name):
            yield column


_KEYS_OF_USERS = ("res_users_apikeys", "auth_totp_device", "auth_passkey_key")
#: A dump contains them, with their passwords.
_NO_MAPPINGS = """
DO $$ DECLARE one record; BEGIN
  FOR one IN SELECT srvname, CASE umuser WHEN 0 THEN 'PUBLIC' ELSE quote_ident(usename) END AS who
    FROM pg_user_mappings LOOP
    EXECUTE format('DROP USER MAPPING FOR %s SERVER %I', one.who, one.srvname);
  END LOOP;
END $$
"""


def let_in(database: Database, ids: Iterable[str], password: str) -> None:
    """Let the testers log in with a password; without one, nobody can.

    Raises:
        InputError: a tester does not exist.
    """
    for name, statement, values in _testers(ids, password) if password else ():
        if not database.run(statement, values):
            raise InputError(
                f"this database has no user {name}", "fix `testers` in the declaration"
            )


def _testers(ids: Iterable[str], password: str) -> Iterator[tuple[str, str, list[str]]]:
    """External ids of users, each with the statement that sets the password, and its parameters: no
    statement's text contains the password's hash."""
    for name in ids:
        module, _, record = name.partition(".")
        if not record:
            raise InputError(
                f"the tester {name!r} is not an external ID", "write it as base.user_admin"
            )
        values = [password_hash(password), login(name), module, record]
        yield name, (
            "UPDATE res_users SET password = %s, login = %s, active = true "
            "WHERE id = (SELECT res_id FROM ir_model_data WHERE model = 'res.users' "
            "AND module = %s AND name = %s)"
        ), values


def login(external_id: str) -> str:
    """A tester's login: ``admin`` for ``base.user_admin``."""
    return external_id.partition(".")[2].removeprefix("user_")


def password_hash(password: str) -> str:
    """The password as Odoo stores it (passlib's pbkdf2_sha512)."""
    salt = secrets.token_bytes(16)
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, _ROUNDS)
    encoded = (
        base64.b64encode(part).decode().rstrip("=").replace("+", ".") for part in (salt, digest)
    )
    return "$".join(["", "pbkdf2-sha512", str(_ROUNDS), *encoded])
