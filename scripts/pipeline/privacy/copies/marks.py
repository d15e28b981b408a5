"""What a database itself says about being anonymized; it travels with every copy of it."""

from __future__ import annotations

from pipeline.core.errors import CheckFailed, InputError
from pipeline.environment.host import sql
from pipeline.environment.operations.steps.refresh_dump import ANONYMIZED as MARKS
from pipeline.environment.operations.steps.refresh_dump import has_marks
from pipeline.privacy.database.programs import ask_sql
from pipeline.privacy.treatment.system import ANONYMIZED, EXPIRES, NOT_ANONYMIZED

_THERE = """
SELECT to_regclass('public.ir_config_parameter') IS NOT NULL
   AND to_regclass('public.ir_mail_server') IS NOT NULL AS there
"""
_KEYS = f"""
SELECT key, value FROM ir_config_parameter
 WHERE key IN ({', '.join(map(sql.text, (ANONYMIZED, EXPIRES, NOT_ANONYMIZED)))})
"""


def require_anonymized(database: str) -> None:
    """Check that a database has the marks of an anonymized one.

    Args:
        database: by name or DSN, on the server that PGHOST names.

    Raises:
        InputError: it is not Odoo's.
        CheckFailed: it is not anonymized.
        ToolError: it cannot be read.
    """
    if not ask_sql(database, _THERE)[0]["there"]:
        raise InputError("this is not an Odoo database", "give the name of an Odoo database")
    if NOT_ANONYMIZED in keys_of(database):
        raise CheckFailed(
            "this database is marked as not anonymized",
            "anonymize it first: `pipeline privacy anonymize`",
        )
    if not has_marks(ask_sql(database, MARKS)[0]):
        raise CheckFailed(
            "this database lacks the marks of an anonymized and neutralized one",
            "make it with `dagger call prod … anonymized-dump`, or `pipeline privacy anonymize`",
        )


def keys_of(database: str) -> dict[str, str]:
    """The marks of a database, by key. Raises ToolError: it cannot be read, or is not Odoo's."""
    return {str(row["key"]): str(row["value"] or "") for row in ask_sql(database, _KEYS)}
