"""After the database was restored to an older state, nothing is sent twice.

What the restored rows would send is held and listed, and a person releases or drops it. The
database that was put aside shows what was sent in the meantime.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from pipeline.core.settings.environments import typed
from pipeline.environment.host import sql
from pipeline.environment.host.host import Host
from pipeline.environment.outbox import hold_sql, row_kinds
from pipeline.environment.outbox.hold_sql import (
    CHANGED,
    DROPPED,
    GONE,
    HELD,
    RELEASED,
    TABLE,
    UNKNOWN,
    WAITS,
)

#: Number of verdicts that are written at once.
_BATCH = 2000
_WORDS = {
    WAITS: "not sent meanwhile",
    GONE: "sent, or ended, meanwhile",
    UNKNOWN: "whether it was sent is not known",
}
Row = dict[str, Any]


@dataclass(frozen=True)
class PutAside:
    """What the restored database is compared with.

    Attributes:
        database: the one that was put aside; empty: none.
        descends: whether it developed from the restored moment: only then a row that is missing
            there was sent.
        same_moment: whether Odoo was stopped at the restored moment: then, what still waits in the
            database that was put aside is not held.
    """

    database: str = ""
    descends: bool = False
    same_moment: bool = False


@dataclass(frozen=True)
class Count:
    """Number of held rows of a model with a verdict."""

    model: str
    verdict: str
    rows: int

    @property
    def what(self) -> tuple[str, str]:
        """What is counted."""
        return self.model, self.verdict


@dataclass(frozen=True)
class Outbox:
    """What :func:`hold` did, for the journal: counts, never contents of a row.

    Attributes:
        held: rows that are held.
        not_held: number of rows that could not be held, by model.
    """

    held: tuple[Count, ...] = ()
    not_held: dict[str, int] = field(default_factory=dict)


def hold(host: Host, past: PutAside, by: str, size: int = 0) -> Outbox:
    """Hold what Odoo's database would send, before Odoo starts. It can be done twice.

    Args:
        host: the VM.
        past: what to compare with.
        by: name of the run.
        size: bytes of the database, of which all tables may have to be read.
    """
    live = host.environment.database
    kinds = row_kinds.kinds(host.environment.schedules)
    host.sql(f"BEGIN;\n{hold_sql.hold(kinds)}COMMIT;\n", live, size)
    if past.database and host.has_database(past.database):
        with _opened(host, past.database):
            there = _there(host, past.database, size)
        _judge(host, there, past.descends)
    if past.same_moment:
        host.sql(hold_sql.decide(kinds, True, hold_sql.chosen((), WAITS), by), live, size)
    missed = Counter(row["model"] for row in _waiting(host, live, size))
    return Outbox(summary(held(host)), dict(missed))


def held(host: Host) -> list[Row]:
    """The held rows: model, id, verdict and since when, by model and id, without their content."""
    if not _has_table(host, ""):
        return []
    return host.rows(
        f"SELECT model, id, verdict, since FROM {TABLE} WHERE outcome = {sql.text(HELD)} "
        "ORDER BY model, id"
    )


def decide(
    host: Host, release: bool, models: Sequence[str], verdict: str, by: str
) -> dict[str, int]:
    """Release or drop held rows; returns counts by outcome. It can be done twice.

    Args:
        host: the VM.
        release: restore the rows, so that Odoo sends them; otherwise they are never sent.
        models: only of these; empty: all.
        verdict: only rows with this one; empty: any.
        by: name of the run.
    """
    if not _has_table(host, ""):
        return {}
    chosen = hold_sql.chosen(models, verdict)
    kinds = row_kinds.kinds(host.environment.schedules)
    size = host.database_size()
    host.sql(hold_sql.decide(kinds, release, chosen, by), host.environment.database, size)
    done = host.rows(
        f"SELECT outcome, count(*) AS rows FROM {TABLE} WHERE decided = {sql.text(by)} GROUP BY 1"
    )
    [left] = host.rows(f"SELECT count(*) AS rows FROM {TABLE} WHERE {chosen}")
    return {**{row["outcome"]: row["rows"] for row in done}, "left": left["rows"]}


def summary(rows: Sequence[Row]) -> tuple[Count, ...]:
    """The counts by model and verdict. Pure."""
    counts = Counter((row["model"], row["verdict"]) for row in rows)
    return tuple(
        Count(model, verdict, number) for (model, verdict), number in sorted(counts.items())
    )


def text(found: Outbox, environment: str) -> list[str]:
    """The counts of :func:`hold` as lines of a report. Pure."""
    lines = []
    if found.held:
        total = sum(row.rows for row in found.held)
        lines.append(f"held, so that nothing is sent twice: {total} that would be sent now")
        lines += [f"  {row.model}: {row.rows}, {_WORDS[row.verdict]}" for row in found.held]
        lines.append(
            f"decide: {typed(environment, 'outbox')} lists it; --release"
            " sends it, --drop never does"
        )
    lines += [
        f"warning: {number} rows of {model} could not be held: every schedule is switched off "
        "instead; look at those rows, then release ir.cron"
        for model, number in found.not_held.items()
    ]
    return lines or ["nothing waits to be sent"]


def outcome(counts: dict[str, int]) -> str:
    """What :func:`decide` did, as one line. Pure."""
    words = {
        RELEASED: "released",
        DROPPED: "dropped",
        CHANGED: "changed by somebody since, and left as they are",
    }
    parts = [f"{counts[key]} {word}" for key, word in words.items() if counts.get(key)]
    if counts.get("left"):
        parts.append(f"{counts['left']} cannot be restored now, and stay held")
    return "; ".join(parts) or "nothing that matches is held"


def _waiting(host: Host, database: str, size: int = 0) -> list[Row]:
    known = row_kinds.kinds(host.environment.schedules)
    there = {
        row["table"]: {*row["columns"]} for row in host.rows(hold_sql.columns(known), database)
    }
    kinds = [kind for kind in known if kind.columns <= there.get(kind.table, set())]
    queries = " UNION ALL ".join(f"({hold_sql.waiting(kind)})" for kind in kinds)
    return host.rows(queries, database, size) if kinds else []


def _there(host: Host, database: str, size: int) -> dict[tuple[str, int], Row]:
    """Rows that still wait in a database, or are held there, by model and id."""
    waits = _waiting(host, database, size)
    if _has_table(host, database):
        # The verdict on a row that is held there is kept.
        kept = f"SELECT model, id, was, made, verdict FROM {TABLE}"
        waits += host.rows(f"{kept} WHERE outcome = '{HELD}' OR verdict = '{GONE}'", database)
    return {(row["model"], row["id"]): row for row in waits}


def _judge(host: Host, there: dict[tuple[str, int], Row], descends: bool) -> None:
    """Record the verdict on each held row, from the other database."""
    live = host.environment.database
    query = f"SELECT model, id, was, made FROM {TABLE} WHERE outcome = {sql.text(HELD)}"
    verdicts = [
        (row["model"], row["id"], _verdict(row, there.get((row["model"], row["id"])), descends))
        for row in host.rows(query)
    ]
    for start in range(0, len(verdicts), _BATCH):
        values = ", ".join(
            f"({sql.text(model)}, {number}, {sql.text(verdict)})"
            for model, number, verdict in verdicts[start : start + _BATCH]
        )
        host.sql(
            f"UPDATE {TABLE} o SET verdict = v.verdict FROM (VALUES {values}) "
            "AS v (model, id, verdict) WHERE o.model = v.model AND o.id = v.id;\n",
            live,
        )


def _verdict(row: Row, other: Row | None, descends: bool) -> str:
    if other is not None and other["made"] != row["made"]:
        return UNKNOWN  # a different row with the same number
    if other is not None and "verdict" in other:
        return str(other["verdict"])
    if other is not None and other["was"] == row["was"]:
        return WAITS
    return GONE if descends else UNKNOWN


def _has_table(host: Host, database: str) -> bool:
    [row] = host.rows(f"SELECT to_regclass('{TABLE}') IS NOT NULL AS there", database)
    return bool(row["there"])


@contextmanager
def _opened(host: Host, database: str) -> Iterator[None]:
    """Allow connections to a database that was put aside, for the block."""
    host.sql(sql.allow(database))
    try:
        yield
    finally:
        host.sql(sql.close(database) + sql.end_sessions(database))
