"""Neutralize a copy of PROD that is not anonymized: it must not act for PROD.

Runs after `odoo neutralize`, for what that leaves: secrets that sign links, the licence, the URL of
the web site, and modules that it did not find.
"""

from __future__ import annotations

from pipeline.core.errors import CheckFailed, InputError
from pipeline.privacy.database import catalog
from pipeline.privacy.database.connection import Database
from pipeline.privacy.database.schema import read_schema, require_reachable
from pipeline.privacy.declaration.load import Declaration
from pipeline.privacy.treatment import system


def neutralize(database: Database, declaration: Declaration, site: system.NewSite) -> None:
    """Cut a database off from PROD, verify that, and commit.

    Args:
        database: an open connection.
        declaration: names the testers.
        site: where the database will be used.

    Raises:
        InputError: not an Odoo database, or no such tester.
        CheckFailed: the database could still act; it is unchanged.
    """
    try:
        require_reachable(database)
        schema = read_schema(database)
        if not schema.has("ir_config_parameter", "key"):
            raise InputError("this is not an Odoo database", "give the name of an Odoo database")
        kept = [key for key, entry in declaration.columns.items() if entry.strategy == "keep"]
        resting = catalog.triggers(database)
        for statement in (
            *(trigger.off for trigger in resting),
            *system.detached(site.base_url),
            *system.quiet(schema),
            *system.without_secrets(schema, kept),
            *system.marked(),
        ):
            database.run(statement)
        system.let_in(database, declaration.testers, site.password)
        for statement in ("SET CONSTRAINTS ALL IMMEDIATE", *(trigger.on for trigger in resting)):
            database.run(statement)
        counted = (*system.loud(schema), *system.kept_secrets(schema, kept, columns=True))
        loud = [what for what, query in counted if database.value(query)]
        if loud:
            raise CheckFailed(
                f"the database still has {', '.join(loud)}", "run `odoo neutralize` on it first"
            )
        database.commit()
    finally:
        database.rollback()
