"""The SQL that holds what a restored database would send, and that releases or drops it. Pure.

Everything held is a row of ``pipeline.outbox`` in the database itself, so that backups carry it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from pipeline.environment.host import sql
from pipeline.environment.outbox.row_kinds import EVERY_SCHEDULE, RowKind
from pipeline.environment.outbox.row_kinds import kinds as every_kind

SCHEMA = "pipeline"
TABLE = f"{SCHEMA}.outbox"
HELD, RELEASED, DROPPED, CHANGED = "held", "released", "dropped", "changed"
#: The verdict on a held row, from the database that was put aside.
WAITS, GONE, UNKNOWN = "not-sent", "sent", "unknown"

_CREATE = f"""\
CREATE SCHEMA IF NOT EXISTS {SCHEMA};
CREATE TABLE IF NOT EXISTS {TABLE} (
  model text NOT NULL, id bigint NOT NULL, was jsonb NOT NULL, held jsonb, made text,
  since timestamptz NOT NULL DEFAULT now(), verdict text NOT NULL DEFAULT '{UNKNOWN}',
  outcome text NOT NULL DEFAULT '{HELD}', decided text, PRIMARY KEY (model, id)
);
"""
_TAG = "$outbox$"
#: The kinds without a project's own schedules.
ALL = every_kind()


def hold(kinds: Iterable[RowKind] = ALL) -> str:
    """Statements that hold everything that would be sent. They can run twice, and in a transaction.

    A kind that cannot be held is a warning, and does not prevent the restore of a database: all
    schedules are held instead.
    """
    parts = (_guarded(kind, _hold(kind), False) for kind in kinds)
    return _CREATE + "".join(parts)


def waiting(kind: RowKind) -> str:
    """A query for the rows that would be sent, as stored in :data:`TABLE`."""
    return (
        f"SELECT {sql.text(kind.model)} AS model, t.id, {_values(kind, kind.kept)} AS was, "
        f"to_jsonb(t) ->> 'create_date' AS made FROM public.{kind.table} t WHERE ({kind.where})"
    )


def columns(kinds: Iterable[RowKind]) -> str:
    """A query for the columns of all tables of the kinds."""
    tables = ", ".join(sorted({sql.text(kind.table) for kind in kinds}))
    return (
        "SELECT c.relname AS table, array_agg(a.attname) AS columns FROM pg_attribute a "
        "JOIN pg_class c ON c.oid = a.attrelid WHERE c.relnamespace = 'public'::regnamespace "
        f"AND c.relkind IN ('r', 'p') AND NOT a.attisdropped AND c.relname IN ({tables}) GROUP BY 1"
    )


def chosen(models: Sequence[str], verdict: str) -> str:
    """The SQL condition for the chosen held rows.

    Args:
        models: only of these; empty: all.
        verdict: only rows with this one; empty: any.
    """
    words = [f"outcome = {sql.text(HELD)}"]
    if models:
        words.append(f"model IN ({', '.join(map(sql.text, models))})")
    if verdict:
        words.append(f"verdict = {sql.text(verdict)}")
    return " AND ".join(words)


def decide(kinds: Iterable[RowKind], release: bool, condition: str, by: str) -> str:
    """Statements, in one transaction, that release or drop held rows.

    A row that somebody changed since then is left as it is. One that cannot be restored now (its
    device is gone, its job is queued again) stays held.

    Args:
        kinds: what can be held.
        release: restore the rows; otherwise drop them.
        condition: see :func:`chosen`.
        by: name of the run that decides.
    """
    parts = (_guarded(kind, _decide(kind, release, condition, by), True) for kind in kinds)
    return "BEGIN;\n" + "".join(parts) + "COMMIT;\n"


def _hold(kind: RowKind) -> str:
    into = f"INSERT INTO {TABLE} AS o (model, id, was, held, made) SELECT"
    again = (
        "ON CONFLICT (model, id) DO UPDATE SET was = excluded.was, held = excluded.held, "
        f"made = excluded.made, since = now(), verdict = '{UNKNOWN}', outcome = '{HELD}', "
        "decided = NULL"
    )
    if not kind.hold:
        return (
            f"WITH gone AS (DELETE FROM public.{kind.table} t WHERE {kind.where} RETURNING t.id, "
            f"to_jsonb(t) AS was) {into} {sql.text(kind.model)}, id, was, NULL, "
            f"was ->> 'create_date' FROM gone {again}"
        )
    return (
        f"WITH due AS MATERIALIZED ({waiting(kind)}), marked AS (UPDATE public.{kind.table} t "
        f"SET {_set(kind.hold)} FROM due WHERE t.id = due.id RETURNING t.id, "
        f"{_values(kind, tuple(kind.hold))} AS held) {into} due.model, due.id, due.was, "
        f"marked.held, due.made FROM due JOIN marked USING (id) {again}"
    )


def _decide(kind: RowKind, release: bool, condition: str, by: str) -> str:
    """A loop over rows, so that one that cannot be restored does not stop the others."""
    outcome = RELEASED if release else DROPPED
    mine = f"model = {sql.text(kind.model)}"
    if kind.hold:  # of two kinds of one model, the one with these columns
        mine += "".join(f" AND was ? {sql.text(column)}" for column in kind.hold)
    row = f"jsonb_populate_record(NULL::public.{kind.table}, o.was) w"
    same = f"t.id = o.id AND {_values(kind, tuple(kind.hold))} = o.held"
    if not kind.hold:
        put = f"INSERT INTO public.{kind.table} SELECT w.* FROM {row}" if release else "PERFORM 1"
    elif release:
        back = _set({column: f"w.{column}" for column in kind.hold})
        put = f"UPDATE public.{kind.table} t SET {back} FROM {row} WHERE {same}"
    elif kind.drop is None:
        put = f"PERFORM 1 FROM public.{kind.table} t WHERE {same}"
    elif not kind.drop:
        put = f"DELETE FROM public.{kind.table} t WHERE {same}"
    else:
        put = f"UPDATE public.{kind.table} t SET {_set(kind.drop)} FROM {row} WHERE {same}"
    return (
        f"DECLARE o {TABLE}; BEGIN FOR o IN SELECT * FROM {TABLE} WHERE {mine} AND {condition} "
        f"ORDER BY id FOR UPDATE LOOP BEGIN {put}; UPDATE {TABLE} SET outcome = CASE WHEN FOUND "
        f"THEN '{outcome}' ELSE '{CHANGED}' END, decided = {sql.text(by)} "
        "WHERE model = o.model AND id = o.id; "
        "EXCEPTION WHEN unique_violation OR foreign_key_violation THEN NULL; END; END LOOP; END"
    )


def _guarded(kind: RowKind, statement: str, strict: bool) -> str:
    """Run a statement if the database has the kind's columns."""
    columns = ", ".join(sql.text(column) for column in sorted(kind.columns))
    if statement.startswith("DECLARE"):
        statement = f"DO {sql.text(statement)}"
    otherwise = (
        ""
        if strict
        # A temporary problem is still an error; its text may quote a row's values.
        else (
            "EXCEPTION WHEN OTHERS THEN IF SQLSTATE ~ '^(08|40|53|57|58|XX)' THEN RAISE; END IF; "
            f"RAISE WARNING '% could not be held (%)', {sql.text(kind.model)}, SQLSTATE; "
            "IF to_regclass('public.ir_cron') IS NOT NULL THEN "
            f"EXECUTE {sql.text(_hold(EVERY_SCHEDULE))}; END IF; "
        )
    )
    return (
        f"DO {_TAG} BEGIN IF (SELECT count(*) FROM pg_catalog.pg_attribute a "
        f"WHERE a.attrelid = to_regclass('public.{kind.table}') AND NOT a.attisdropped "
        f"AND a.attname IN ({columns})) = {len(kind.columns)} THEN EXECUTE {sql.text(statement)}; "
        f"END IF; {otherwise}END {_TAG};\n"
    )


def _set(values: Mapping[str, str]) -> str:
    return ", ".join(f"{column} = {value}" for column, value in values.items())


def _values(kind: RowKind, columns: Sequence[str]) -> str:
    """The row's values as one JSON object; all of them if the row is moved."""
    if not kind.hold:
        return "to_jsonb(t)"
    parts = ", ".join(f"{sql.text(column)}, t.{column}" for column in columns)
    return f"jsonb_build_object({parts})"
