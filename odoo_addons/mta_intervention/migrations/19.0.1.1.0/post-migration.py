"""Put what the pre script could not read in the chatter, then drop the old columns."""

from markupsafe import Markup

from odoo import SUPERUSER_ID, api
from odoo.tools.sql import column_exists

# So that a table with many odd values neither fills the memory nor posts one by one.
BATCH = 1000


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    _note(
        env,
        "mta_intervention_line",
        "duration_text",
        "intervention_id",
        env._("These durations could not be read and count as 0 hours:"),
    )
    _note(
        env,
        "mta_intervention",
        "legacy_state",
        "id",
        env._("This state is unknown and became New:"),
    )


def _note(env, table, column, key, intro):
    if not column_exists(env.cr, table, column):
        return
    # The names are the two pairs above, none comes from outside.
    env.cr.execute(f"""
        SELECT {key}, array_agg({column} ORDER BY id)
          FROM {table}
         WHERE {column} IS NOT NULL
         GROUP BY {key}
        """)  # pylint: disable=sql-injection
    rows = env.cr.fetchall()
    for start in range(0, len(rows), BATCH):
        bodies = {
            intervention_id: Markup("<p>%s</p><ul>%s</ul>")
            % (intro, Markup().join(Markup("<li>%s</li>") % text for text in texts))
            for intervention_id, texts in rows[start : start + BATCH]
        }
        interventions = env["mta.intervention"].browse(bodies)
        interventions._message_log_batch(bodies=bodies)
        env.cr.flush()
        env.invalidate_all()
    statement = f"ALTER TABLE {table} DROP COLUMN {column}"
    env.cr.execute(statement)  # pylint: disable=sql-injection
