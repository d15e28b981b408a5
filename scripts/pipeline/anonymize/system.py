"""What else must not come along from PROD: parameters, secrets, running jobs, who may log in."""

from __future__ import annotations

import base64
import hashlib
import secrets
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pipeline.anonymize.database import Database
from pipeline.anonymize.expressions import literal
from pipeline.anonymize.schema import Schema
from pipeline.errors import InputError

_ROUNDS = 600_000
#: What the value of a parameter that stays may look like: no sentence, no name, no address.
_HARMLESS = "^([0-9 :.,-]*|[a-z_,]*|True|False)$"
#: Written anew: they sign links for passwords, and tell Odoo's servers who asks.
ROTATED = ("database.secret", "database.uuid", "web.base.url", "web.base.url.freeze")
#: The licence that PROD has, and domains whose mail it gets.
_TIES = ("database.enterprise_code", "database.expiration_date", "mail.catchall.domain")


@dataclass(frozen=True)
class Target:
    """Where the anonymized database goes.

    Attributes:
        base_url: the address of its web site.
        password: of the testers; empty: nobody gets one.
    """

    base_url: str = "http://localhost:8069"
    password: str = ""


def parameters(keep: Iterable[str], base_url: str) -> Iterator[str]:
    """Statements: parameters that are not listed go, secrets are rotated, the URL is frozen."""
    listed = ", ".join(literal(key) for key in sorted({*keep} - {*ROTATED})) or "''"
    yield (
        f"DELETE FROM ir_config_parameter WHERE key NOT IN ({listed}) "
        f"OR value IS NULL OR value !~ {literal(_HARMLESS)}"
    )
    yield from _rotate(base_url)


def detached(base_url: str) -> Iterator[str]:
    """Statements: the parameters that tie a database to PROD go, the others stay."""
    listed = ", ".join(literal(key) for key in (*ROTATED, *_TIES))
    yield f"DELETE FROM ir_config_parameter WHERE key IN ({listed})"
    yield from _rotate(base_url)


def _rotate(base_url: str) -> Iterator[str]:
    values = (str(uuid.uuid4()), str(uuid.uuid4()), base_url.rstrip("/"), "True")
    for key, value in zip(ROTATED, values, strict=True):
        yield (
            "INSERT INTO ir_config_parameter (key, value, create_uid, write_uid, create_date, "
            f"write_date) VALUES ({literal(key)}, {literal(value)}, 1, 1, now(), now())"
        )


def strange_parameters(keep: Iterable[str]) -> str:
    """A query: how many parameters are there that should not be."""
    listed = ", ".join(literal(key) for key in sorted({*keep, *ROTATED}))
    rotated = ", ".join(literal(key) for key in ROTATED)
    return (
        f"SELECT count(*) FROM ir_config_parameter WHERE key NOT IN ({listed}) OR "
        f"key NOT IN ({rotated}) AND value !~ {literal(_HARMLESS)}"
    )


def quiet(schema: Schema) -> Iterator[str]:
    """Statements: nothing runs, fetches, sends or pays. `odoo neutralize` comes before; this is
    for what it does not reach, such as the modules that it did not find."""
    if schema.has("ir_cron", "active"):
        yield f"UPDATE ir_cron SET active = false WHERE active AND id NOT IN ({_VACUUM})"
    if schema.has("fetchmail_server", "active"):
        yield "UPDATE fetchmail_server SET active = false WHERE active"
    if schema.has("payment_provider", "state"):
        yield "UPDATE payment_provider SET state = 'disabled' WHERE state = 'enabled'"
    yield "DELETE FROM ir_mail_server"
    # With no server at all, Odoo would send through the one of its configuration file.
    yield (
        "INSERT INTO ir_mail_server (name, smtp_host, smtp_port, smtp_encryption, "
        "smtp_authentication, active, sequence) "
        "VALUES ('no mail leaves here', 'invalid', 1025, 'none', 'login', true, 1)"
    )


def loud(schema: Schema) -> Iterator[tuple[str, str]]:
    """Queries that count what should be quiet, each with what it counts."""
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


def let_in(database: Database, ids: Iterable[str], password: str) -> None:
    """Let the testers log in with a password; without one nobody gets it.

    Raises:
        InputError: one of them does not exist.
    """
    for name, statement in _testers(ids, password) if password else ():
        if not database.run(statement):
            raise InputError(
                f"this database has no user {name}", "mend `testers` in the declaration"
            )


def _testers(ids: Iterable[str], password: str) -> Iterator[tuple[str, str]]:
    """External ids of users, each with the statement that lets it log in with the password."""
    for name in ids:
        module, _, record = name.partition(".")
        if not record:
            raise InputError(
                f"the tester {name!r} is no external id", "write it as base.user_admin"
            )
        yield name, (
            f"UPDATE res_users SET password = {literal(password_hash(password))}, "
            f"login = {literal(login(name))}, active = true "
            "WHERE id = (SELECT res_id FROM ir_model_data WHERE model = 'res.users' "
            f"AND module = {literal(module)} AND name = {literal(record)})"
        )


def login(external_id: str) -> str:
    """What a tester types: ``admin`` for ``base.user_admin``."""
    return external_id.partition(".")[2].removeprefix("user_")


def password_hash(password: str) -> str:
    """The password as Odoo stores it (passlib's pbkdf2_sha512)."""
    salt = secrets.token_bytes(16)
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, _ROUNDS)
    encoded = (
        base64.b64encode(part).decode().rstrip("=").replace("+", ".") for part in (salt, digest)
    )
    return "$".join(["", "pbkdf2-sha512", str(_ROUNDS), *encoded])
