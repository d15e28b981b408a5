"""Read the free-text durations and map the old states, before the new model loads.

Set-based: one UPDATE a table, whatever its size. Each statement touches only rows
that are still in the old form, so running the script again changes nothing. What it
cannot read stays in the old columns, for the post script to put in the chatter.
"""

from psycopg2.extras import Json

from odoo.tools.sql import column_exists, create_column

STATES = {
    "draft": "new",
    "assigned": "planned",
    "open": "in_progress",
    "closed": "done",
    "cancel": "cancelled",
}
NEW_STATES = ("new", "planned", "in_progress", "waiting", "done", "cancelled")

# [0-9], not \d: \d may match digits of other scripts, which a cast refuses. The number
# of digits is limited for the same reason: "999...9" must not overflow the cast.
HOUR = "(?:h|hr|hrs|hour|hours|heure|heures)"
MINUTE = "(?:m|mn|min|mins|minute|minutes|')"
CLOCK = r"^([0-9]{1,2}):([0-5][0-9])$"
HOURS_MINUTES = rf"^([0-9]{{1,2}})\s*{HOUR}\s*([0-5]?[0-9])\s*{MINUTE}?$"
MINUTES = rf"^([0-9]{{1,4}})\s*{MINUTE}$"
DECIMAL = rf"^([0-9]{{1,2}}(?:\.[0-9]{{1,4}})?|\.[0-9]{{1,4}})\s*{HOUR}?$"


def migrate(cr, version):
    _read_durations(cr)
    _sum_durations(cr)
    _map_states(cr)


def _read_durations(cr):
    if not column_exists(cr, "mta_intervention_line", "duration"):
        create_column(cr, "mta_intervention_line", "duration", "float8")
    if not column_exists(cr, "mta_intervention_line", "duration_text"):
        return
    # It was required; what has been read is emptied below.
    cr.execute(
        "ALTER TABLE mta_intervention_line ALTER COLUMN duration_text DROP NOT NULL",
    )
    # MATERIALIZED: inlined, every use of an expression would run its regex again.
    cr.execute(
        r"""
        WITH cleaned AS MATERIALIZED (
            SELECT id,
                   replace(btrim(regexp_replace(lower(duration_text),
                           '[\s\u00a0\u202f]+', ' ', 'g')), ',', '.') AS text
              FROM mta_intervention_line
             WHERE duration_text IS NOT NULL
        ), matched AS MATERIALIZED (
            SELECT id,
                   text,
                   COALESCE(regexp_match(text, %(clock)s),
                            regexp_match(text, %(hours_minutes)s)) AS pair,
                   regexp_match(text, %(minutes)s) AS minutes,
                   regexp_match(text, %(decimal)s) AS hours
              FROM cleaned
        ), parsed AS MATERIALIZED (
            SELECT id,
                   COALESCE(pair[1]::float8 + pair[2]::float8 / 60,
                            minutes[1]::float8 / 60,
                            hours[1]::float8,
                            CASE WHEN text = '' THEN 0 END) AS hours
              FROM matched
        ), checked AS MATERIALIZED (
            -- A line is the work of one day: 90 without a unit is no number of hours.
            SELECT id, CASE WHEN hours <= 24 THEN hours END AS hours FROM parsed
        )
        UPDATE mta_intervention_line AS line
           SET duration = COALESCE(checked.hours, line.duration, 0),
               duration_text =
                   CASE WHEN checked.hours IS NULL THEN line.duration_text END
          FROM checked
         WHERE checked.id = line.id
        """,
        {
            "clock": CLOCK,
            "hours_minutes": HOURS_MINUTES,
            "minutes": MINUTES,
            "decimal": DECIMAL,
        },
    )
    cr.execute("UPDATE mta_intervention_line SET duration = 0 WHERE duration IS NULL")


def _sum_durations(cr):
    # Filled here, or Odoo would compute the new stored field call by call.
    if column_exists(cr, "mta_intervention", "total_hours"):
        return
    # Every call gets 0 with the column itself, which rewrites no row.
    cr.execute("ALTER TABLE mta_intervention ADD COLUMN total_hours float8 DEFAULT 0")
    cr.execute("ALTER TABLE mta_intervention ALTER COLUMN total_hours DROP DEFAULT")
    cr.execute("""
        UPDATE mta_intervention AS intervention
           SET total_hours = sums.hours
          FROM (SELECT intervention_id, SUM(duration) AS hours
                  FROM mta_intervention_line
                 GROUP BY intervention_id) AS sums
         WHERE sums.intervention_id = intervention.id
        """)


def _map_states(cr):
    # Unknown values are kept aside: the new model has no place for them.
    if not column_exists(cr, "mta_intervention", "legacy_state"):
        create_column(cr, "mta_intervention", "legacy_state", "varchar")
    cr.execute(
        """
        UPDATE mta_intervention
           SET legacy_state = state
         WHERE state <> ALL(%s) AND state <> ALL(%s)
        """,
        [list(STATES), list(NEW_STATES)],
    )
    # A planned call needs a technician and a date now; without them it is new.
    cr.execute(
        """
        UPDATE mta_intervention
           SET state = CASE
                   WHEN state = 'assigned'
                        AND (technician_id IS NULL OR planned_start IS NULL)
                   THEN 'new'
                   ELSE COALESCE(%s::jsonb ->> state, 'new')
               END
         WHERE state IS NULL OR state <> ALL(%s)
        """,
        [Json(STATES), list(NEW_STATES)],
    )
