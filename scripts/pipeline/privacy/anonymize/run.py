"""Anonymize a database in one transaction, so that a failure changes nothing."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.core.errors import CheckFailed
from pipeline.privacy.anonymize import preflight
from pipeline.privacy.anonymize.level import Crowd, apply_level
from pipeline.privacy.anonymize.report import ColumnReport, Report
from pipeline.privacy.database import catalog, unique_indexes
from pipeline.privacy.database.connection import Database
from pipeline.privacy.database.schema import Column, Schema, read_schema, require_reachable
from pipeline.privacy.declaration.exemptions import emptied, require_classified, resolve_rules
from pipeline.privacy.declaration.load import ColumnRule, Declaration
from pipeline.privacy.treatment import (
    attachments,
    expressions,
    levels,
    markup,
    names,
    numbers,
    statements,
    system,
)
from pipeline.privacy.treatment.columns import Treatment
from pipeline.privacy.treatment.expressions import Maker
from pipeline.privacy.treatment.pools import longest, places, pools, rows
from pipeline.privacy.verification import singling_out, traces, verify


@dataclass
class Anonymization:
    """One run on one database."""

    database: Database
    declaration: Declaration
    schema: Schema
    entries: dict[tuple[str, str], ColumnRule]
    emptied: dict[str, str]
    maker: Maker
    left: dict[tuple[str, str], str] = field(default_factory=dict)
    crowd: Crowd = field(default_factory=Crowd)
    rows: dict[str, tuple[int, int]] = field(default_factory=dict)
    changed: dict[tuple[str, str], int] = field(default_factory=dict)
    lost: dict[str, int] = field(default_factory=dict)

    @classmethod
    def begin(
        cls, database: Database, declaration: Declaration, *, complete: bool = True
    ) -> Anonymization:
        """Read the schema, check that all of it is classified, and load the fake values.

        Args:
            database: an open connection.
            declaration: what is to be done.
            complete: whether it has to classify every column.

        Raises:
            InputError: not an Odoo database, or one with unsupported parts.
            CheckFailed: an unclassified column.
        """
        require_reachable(database)
        schema = read_schema(database)
        if complete:
            require_classified(schema, declaration)
        made = pools(declaration.locales)
        # A new key for each run, known only to this transaction.
        database.run(expressions.SETUP % {"key": secrets.token_hex(32)})
        database.run(expressions.MARKUP)
        database.run(expressions.NAMES)
        staying = list(names.staying(database, schema, declaration))
        database.fill(f"{expressions.SCHEMA}.stays", iter(staying))
        database.fill(f"{expressions.SCHEMA}.pool", rows(made))
        database.fill(
            f"{expressions.SCHEMA}.word", ((word,) for word in markup.words(database, schema))
        )
        for statement in expressions.READY:
            database.run(statement)
        maker = Maker(
            places(made),
            declaration.mail_domain,
            declaration.testers,
            numbers.read(database, schema, (text for kind, text in staying if kind == "code")),
            longest(made),
        )
        entries, left = apply_level(
            database, schema, resolve_rules(schema, declaration), declaration.privacy, maker
        )
        gone = emptied(schema, declaration)
        return cls(database, declaration, schema, entries, gone, maker, left)

    def treatments(self, declaration: Declaration | None = None) -> list[Treatment]:
        """The treatment of each column by this declaration, or by another."""
        entries = resolve_rules(self.schema, declaration) if declaration else self.entries
        return self.crowd.over(statements.treatments(self.schema, entries, self.maker))

    def gather(self) -> None:
        """At level ``public``: whoever is one of few will get the most common values."""
        privacy = self.declaration.privacy
        if privacy.level == "public":
            self.crowd = Crowd.of(self.database, self.schema, self.remaining(), privacy, self.maker)
            self.left |= self.crowd.left

    def count(self) -> None:
        """Count rows, and the values that each treatment would replace."""
        treated = dict(statements.by_table(self.treatments()))
        for table in self.schema.tables:
            if table in self.emptied:
                self.lost[table] = self.database.value(
                    f"SELECT count(*) FROM {self.schema.rows(table)}"
                )
                continue
            group = treated.get(table, [])
            there, *changed = (
                self.database.rows(statements.counting(self.schema, table, group))[0]
                if group
                else self.database.rows(f"SELECT count(*) FROM {self.schema.rows(table)}")[0]
            )
            self.rows[table] = (there, there)
            for one, number in zip(group, changed, strict=True):
                self.changed[table, one.column.name] = number

    def change(self, site: system.NewSite) -> None:
        """Apply all treatments. User-defined triggers and rules are disabled meanwhile, so that
        only the declared changes are made; unique indexes are away where rows exchange values."""
        resting = catalog.triggers(self.database)
        resting += unique_indexes.away(self.database, self.schema, levels.exchanging(self.entries))
        for trigger in resting:
            self.database.run(trigger.off)
        self._replace(site)
        self.database.run("SET CONSTRAINTS ALL IMMEDIATE")
        for trigger in resting:
            self.database.run(trigger.on)
        for view in self.schema.views:
            self.database.run(f"REFRESH MATERIALIZED VIEW {view}")

    def _replace(self, site: system.NewSite) -> None:
        for statement in statements.emptying(self.emptied, self.schema):
            self.database.run(statement)
        plain = [one for one in self.treatments() if not one.entry.computed]
        for table, group in statements.by_table(plain):
            self.database.run(statements.update(self.schema, table, group))
        for one in statements.computed(self.treatments(), self.declaration):
            self.database.run(statements.update(self.schema, one.column.table, [one]))
        self.database.run(attachments.BUNDLES)
        for statement in (
            *attachments.placeholders(self.schema.tables["ir_attachment"]),
            attachments.CLEAN,
        ):
            self.database.run(statement)
        for statement in (
            *system.parameters(self.declaration.parameters, site.base_url),
            *system.quiet(self.schema),
            *system.without_mappings(),
        ):
            self.database.run(statement)
        system.let_in(self.database, self.declaration.testers, site.password)
        self.database.run("SELECT lo_unlink(oid) FROM pg_largeobject_metadata")

    def remaining(self) -> dict[tuple[str, str], ColumnRule]:
        """The treatment of each column of the tables that are not emptied."""
        return {key: entry for key, entry in self.entries.items() if key[0] not in self.emptied}

    def require_no_traces(self) -> None:
        """Check that no kept text quotes somebody. Raises CheckFailed."""
        found = traces.quoted_people(self.database, self.schema, self.entries, self.treatments())
        if found:
            raise CheckFailed(
                "kept texts quote names, addresses or numbers of people:\n    "
                + "\n    ".join(found),
                "declare these columns (`text`, `code`, `null`, a `constant`), or change what "
                "people wrote there in PROD; nothing was changed",
            )

    def recount(self) -> None:
        """Count the rows again."""
        for table, (before, _) in self.rows.items():
            after = self.database.value(f"SELECT count(*) FROM {self.schema.rows(table)}")
            self.rows[table] = (before, after)


def anonymize(
    database: Database,
    name: str,
    declaration: Declaration,
    site: system.NewSite,
    filestore: Path | None = None,
    *,
    dry_run: bool = False,
    link: str = "",
) -> Report:
    """Anonymize a database, verify it, and report what was done.

    Args:
        database: an open connection; committed when everything is verified.
        name: of the database, for the report.
        declaration: what is to be done.
        site: where the database will be used.
        filestore: Odoo's folder of this database's files, if it is anonymized too.
        dry_run: only count.
        link: the page of the run, for the report.

    Raises:
        InputError, CheckFailed, ToolError: the database is unchanged.
    """
    clock = time.monotonic()
    if filestore:
        attachments.require_filestore(filestore)
    try:
        run = Anonymization.begin(database, declaration)
        preflight.require_possible(database, run.schema, run.treatments())
        run.require_no_traces()
        run.gather()
        run.count()
        total, kept = database.rows(attachments.COUNT)[0]
        integrity: dict[str, str] = {}
        named: list[str] = []
        if not dry_run:
            run.change(site)
            run.recount()
        people = tuple(singling_out.recognizable(database, run.schema, run.remaining()))
        if not dry_run:
            integrity = verify.integrity(run.database, run.schema, run.rows)
            named = [row[0] for row in database.rows(attachments.NAMES)]
            findings = verify.findings(run.database, run.schema, run.entries, declaration)
            if declaration.privacy.level == "public":
                k = declaration.privacy.k
                few = singling_out.too_few(database, run.schema, run.crowd.columns, k)
                integrity[f"nobody is one of fewer than {k}"] = "; ".join(few)
            integrity["every value is one that its strategy makes"] = "; ".join(findings)
            _require(integrity)
            database.run(expressions.CLEANUP)
            database.commit()
    finally:
        database.rollback()
    files = attachments.prune(filestore, named) if filestore and not dry_run else None
    return Report(
        database=name,
        dry_run=dry_run,
        seconds=round(time.monotonic() - clock, 2),
        columns=tuple(_column(run, column) for column in run.schema.columns()),
        emptied=run.lost,
        rows=run.rows,
        attachments=(total, kept),
        files=files,
        integrity=integrity,
        stale=_stale(run),
        people=people,
        link=link,
        level=declaration.privacy.level,
        k=declaration.privacy.k if declaration.privacy.level == "public" else 0,
        left_by_level={f"{table}.{name}": why for (table, name), why in sorted(run.left.items())},
        made_common=run.crowd.rows,
    )


def _require(integrity: dict[str, str]) -> None:
    bad = [f"{check}: {found}" for check, found in integrity.items() if found]
    if bad:
        raise CheckFailed(
            "the anonymized database did not pass verification:\n    " + "\n    ".join(bad),
            "nothing was changed; fix the declaration, and report a strategy that fails",
        )


def _column(run: Anonymization, column: Column) -> ColumnReport:
    if column.table in run.emptied:
        return ColumnReport(column.table, column.name, "empty", reason=run.emptied[column.table])
    entry = run.entries[column.table, column.name]
    number = run.changed.get((column.table, column.name), 0)
    return ColumnReport(column.table, column.name, entry.strategy, number, entry.reason, entry.own)


def _stale(run: Anonymization) -> tuple[str, ...]:
    return tuple(
        f"{table}.{name}"
        for (table, name), entry in run.declaration.columns.items()
        if entry.own and not run.schema.has(table, name)
    )
