"""What was written since a moment, and would be put aside by going back to it. Counts, no contents.

It is only for a report, so it never stops a run: it has a time limit (`count_seconds`), small
tables come first, and tables that were too large or could not be counted are named.
"""

from __future__ import annotations

import json
import queue
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from pipeline.core import limits
from pipeline.core.errors import PipelineError
from pipeline.core.process import Program
from pipeline.environment.host import docker, psql, sql
from pipeline.environment.host.host import Host

#: Tables with columns for when a row was created and changed, small ones first, without those that
#: Odoo writes for itself. With their pages by the server's statistics (measuring a size would wait
#: for locks), and whether there is an index on the last change.
_TABLES = """
SELECT c.relname AS name, c.relpages AS pages,
       EXISTS (SELECT FROM pg_index i JOIN pg_attribute a ON a.attrelid = c.oid
                WHERE i.indrelid = c.oid AND i.indkey[0] = a.attnum AND a.attname = 'write_date'
                  AND i.indpred IS NULL AND i.indisvalid) AS indexed
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p')
   AND (SELECT count(*) FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0
           AND a.attname IN ('create_date', 'write_date') AND NOT a.attisdropped) = 2
   AND c.relname NOT LIKE 'ir\\_%' AND c.relname NOT LIKE 'bus\\_%'
   AND c.relname NOT IN ('res_users_log', 'res_device_log')
 ORDER BY pages, name
"""
#: Rows with consequences outside, such as payments and mails: table, condition, word.
_SERIOUS = {
    "account_move": ("state = 'posted'", "posted invoices and entries"),
    "account_payment": ("true", "payments"),
    "mail_mail": ("state = 'sent'", "mails sent"),
    "sale_order": ("state = 'sale'", "confirmed orders"),
}
#: Without an index, a table of more pages than this (4 GiB) is not read at all.
_LARGE_PAGES = (4 << 30) // 8192
_CONNECTIONS = 4


@dataclass(frozen=True)
class RowChanges:
    """Rows of a table, or rows with consequences outside."""

    name: str
    new: int
    changed: int = 0
    serious: bool = False


@dataclass
class Written:
    """What was written since a moment.

    Attributes:
        rows: new and changed rows by table, most first, after those with consequences outside.
        uncounted: tables that were too large for the time limit.
        problem: why nothing more is known; empty: everything was counted, or is in ``uncounted``.
    """

    rows: list[RowChanges] = field(default_factory=list)
    uncounted: list[str] = field(default_factory=list)
    problem: str = ""


def since(host: Host, moment: str, database: str = "") -> Written:
    """Count new and changed rows. It raises no error that could make a step fail.

    Args:
        host: the VM.
        moment: a time by the database's clock, as in a manifest.
        database: the database; default Odoo's.
    """
    found, deadline = Written(), time.monotonic() + host.environment.count_seconds
    todo: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    try:
        tables = host.rows(_TABLES, database)
        for table in tables:
            todo.put(table)
        then = f"({sql.text(moment)}::timestamptz AT TIME ZONE 'UTC')"
        with ThreadPoolExecutor(_CONNECTIONS) as pool:
            workers = [
                pool.submit(_work, host, database, then, todo, deadline, found)
                for _ in range(min(_CONNECTIONS, len(tables)))
            ]
        for worker in workers:
            worker.result()
    except (PipelineError, OSError, ValueError) as error:  # the last one: an incomplete line
        found.problem = str(error).splitlines()[0]
    while not todo.empty():  # a broken connection
        found.uncounted.append(todo.get()["name"])
    found.rows.sort(key=lambda row: (not row.serious, -row.new - row.changed))
    found.uncounted.sort()
    return found


def _work(
    host: Host,
    database: str,
    then: str,
    todo: queue.SimpleQueue[dict[str, Any]],
    deadline: float,
    found: Written,
) -> None:
    """Count the tables one after the other, over a separate connection."""
    argv = docker.psql(
        host.environment,
        database or host.environment.database,
        host.tag,
        host.environment.count_seconds,
        strict=False,
    )
    with host.talk(argv, timeout=host.environment.count_seconds + limits.CLIENT) as program:
        while not todo.empty():
            try:
                table = todo.get_nowait()
            except queue.Empty:
                return
            left = deadline - time.monotonic()
            if left <= 0 or (table["pages"] > _LARGE_PAGES and not table["indexed"]):
                found.uncounted.append(table["name"])
                continue
            found.uncounted.append(table["name"])  # timed out, dropped meanwhile, interrupted
            if rows := _ask(program, _count(table, then, left)):
                found.uncounted.remove(table["name"])
            found.rows += [row for row in rows if row.new + row.changed]


def _count(table: dict[str, Any], then: str, seconds: float) -> str:
    """Statements that count one table, with one row each."""
    name = table["name"]
    # Odoo sets both dates of a new row: with an index, the date of the change finds all rows.
    where = f"WHERE write_date > {then}"
    if not table["indexed"]:
        where += f" OR create_date > {then}"
    new, changed = f"create_date > {then}", f"create_date <= {then}"
    columns = f"count(*) FILTER (WHERE {new}) AS new, count(*) FILTER (WHERE {changed}) AS changed"
    extra = ""
    if name in _SERIOUS:
        condition, _ = _SERIOUS[name]
        extra = f", count(*) FILTER (WHERE {condition} AND write_date > {then}) AS serious"
    text = f"SET statement_timeout = {max(1, int(seconds * 1000))};\n"
    source = f"FROM public.{sql.name(name)} {where}"
    return text + sql.rows(f"SELECT {sql.text(name)} AS name, {columns}{extra} {source}")


def _ask(program: Program, statements: str) -> list[RowChanges]:
    rows: list[RowChanges] = []
    for line in psql.lines(program, statements):
        row = json.loads(line)
        serious = row.pop("serious", 0)
        rows.append(RowChanges(**row))
        if serious:
            rows.append(RowChanges(_SERIOUS[row["name"]][1], new=serious, serious=True))
    return rows


def text(found: Written, most: int = 12) -> str:
    """The counts in one line."""
    parts = []
    for row in found.rows[:most]:
        changed = f", {row.changed} changed" if row.changed else ""
        parts.append(f"{row.name}: {row.new} new{changed}")
    more = f"; and {len(found.rows) - most} more tables" if found.rows[most:] else ""
    said = f"written since: {'; '.join(parts)}{more}" if parts else "nothing was written since"
    if found.uncounted:
        names = ", ".join(found.uncounted[:most])
        others = len(found.uncounted) - most
        said += f"; not counted: {names}{f' and {others} more' if others > 0 else ''}: too large"
    if found.problem:
        said += f"; not all could be counted: {found.problem}"
    return said
