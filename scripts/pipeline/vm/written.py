"""What was written since a moment: what going back to it puts aside. Counts, never contents."""

from __future__ import annotations

from typing import Any

from pipeline.vm import sql
from pipeline.vm.host import Host

#: Tables that say by themselves when a row was made and changed; what Odoo writes for itself
#: is left out.
_TABLES = """
SELECT c.table_name AS name FROM information_schema.columns c
  JOIN information_schema.tables t USING (table_schema, table_name)
 WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE'
   AND c.column_name IN ('create_date', 'write_date')
   AND c.table_name NOT LIKE 'ir\\_%' AND c.table_name NOT LIKE 'bus\\_%'
   AND c.table_name NOT IN ('res_users_log', 'res_device_log')
 GROUP BY 1 HAVING count(*) = 2 ORDER BY 1
"""
#: Rows that have consequences outside: money and letters. Table, condition, word.
_SERIOUS = (
    ("account_move", "state = 'posted'", "posted invoices and entries"),
    ("account_payment", "true", "payments"),
    ("mail_mail", "state = 'sent'", "mails sent"),
    ("sale_order", "state = 'sale'", "confirmed orders"),
)


def since(host: Host, moment: str, database: str = "") -> list[dict[str, Any]]:
    """New and changed rows by table, most first.

    Args:
        host: the VM.
        moment: a time by the clock of the database, as a manifest has it.
        database: which one; Odoo's own unless given.
    """
    tables = [row["name"] for row in host.rows(_TABLES, database)]
    if not tables:
        return []
    then = f"({sql.text(moment)}::timestamptz AT TIME ZONE 'UTC')"
    parts = [
        f"SELECT {sql.text(table)} AS name, "
        f"count(*) FILTER (WHERE create_date > {then}) AS new, "
        f"count(*) FILTER (WHERE write_date > {then} AND create_date <= {then}) AS changed "
        f"FROM public.{sql.name(table)}"
        for table in tables
    ]
    union = " UNION ALL ".join(parts)
    query = (
        f"SELECT * FROM ({union}) AS u WHERE new + changed > 0 ORDER BY new + changed DESC, name"
    )
    found = host.rows(query, database)
    for table, condition, word in _SERIOUS:
        if table in tables and any(row["name"] == table for row in found):
            counted = f"SELECT count(*) AS number FROM public.{table}"
            [row] = host.rows(f"{counted} WHERE {condition} AND write_date > {then}", database)
            if row["number"]:
                found.insert(0, {"name": word, "new": row["number"], "changed": 0})
    return found


def text(rows: list[dict[str, Any]], most: int = 12) -> str:
    """The counts in one line."""
    if not rows:
        return "nothing was written since"
    parts = []
    for row in rows[:most]:
        changed = f", {row['changed']} changed" if row["changed"] else ""
        parts.append(f"{row['name']}: {row['new']} new{changed}")
    more = f"; and {len(rows) - most} more tables" if rows[most:] else ""
    return f"written since: {'; '.join(parts)}{more}"
