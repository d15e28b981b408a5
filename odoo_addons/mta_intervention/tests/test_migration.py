from odoo.modules.module import load_script
from odoo.tests import tagged

from .common import NOW, MtaInterventionCase

FOLDER = "mta_intervention/migrations/19.0.1.1.0"

# What people typed into the free text of 19.0.1.0.0, and what it means in hours.
READABLE = {
    "2": 2,
    "1.5": 1.5,
    "1,5": 1.5,
    ".25": 0.25,
    " 3 h ": 3,
    "1.5 hours": 1.5,
    "2 Heures": 2,
    "1:30": 1.5,
    "00:45": 0.75,
    "1h30": 1.5,
    "1H05": 1 + 5 / 60,
    "1 h 30 min": 1.5,
    "2hrs 15m": 2.25,
    "90 min": 1.5,
    "45'": 0.75,
    "30mn": 0.5,
    "1\u00a0h\u00a030": 1.5,
    "\t2\n": 2,
    "24": 24,
    "0": 0,
    "": 0,
    "   ": 0,
}
UNREADABLE = [
    "about two hours",
    "-2",
    "90",
    "24:30",
    "1:75",
    "1h75",
    "1 30",
    "1.5.2",
    "1500 min",
    "9" * 400,
    "1e400",
    "NaN",
    "Infinity",
    "\u0661\u0662",
    "½ h",
    "2 h <b>& more</b>",
    "'; DROP TABLE mta_intervention; --",
    "100%s",
    "\\u0031",
]


@tagged("at_install")
class TestMigration(MtaInterventionCase):
    """Take the tables back to 19.0.1.0.0 inside the transaction, then migrate."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.flush_all()
        cls.env.cr.execute("""
            ALTER TABLE mta_intervention_line DROP COLUMN duration;
            ALTER TABLE mta_intervention_line ADD COLUMN duration_text varchar;
            UPDATE mta_intervention_line SET duration_text = '';
            ALTER TABLE mta_intervention_line ALTER COLUMN duration_text SET NOT NULL;
            ALTER TABLE mta_intervention DROP COLUMN total_hours;
            """)
        cls.env.invalidate_all()

    def _migrate(self, stage):
        script = load_script(f"{FOLDER}/{stage}-migration.py", f"{stage}-migration")
        script.migrate(self.env.cr, "19.0.1.0.0")
        self.env.invalidate_all()

    def _old_call(self, state="draft", durations=(), **vals):
        """Insert a call as the old version stored it, and return its id."""
        row = {
            "name": "INT/OLD",
            "subject": "Old call",
            "kind": "corrective",
            "priority": "0",
            "state": state,
            "equipment_id": self.equipment.id,
            "company_id": self.company.id,
            "reported_at": NOW,
            **vals,
        }
        columns = ", ".join(row)
        self.env.cr.execute(
            f"INSERT INTO mta_intervention ({columns}) VALUES %s RETURNING id",
            [tuple(row.values())],
        )
        call_id = self.env.cr.fetchone()[0]
        for duration in durations:
            self.env.cr.execute(
                "INSERT INTO mta_intervention_line"
                " (intervention_id, company_id, date, user_id, name, duration_text)"
                " VALUES (%s, %s, %s, %s, 'Old work', %s)",
                [call_id, self.company.id, NOW, self.technician.id, duration],
            )
        return call_id

    def _call(self, call_id):
        return self.env["mta.intervention"].browse(call_id)

    def _columns(self, table):
        self.env.cr.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = %s",
            [table],
        )
        return {row[0] for row in self.env.cr.fetchall()}

    def test_readable_durations(self):
        call_id = self._old_call(durations=READABLE)
        self._migrate("pre")
        self._migrate("post")
        call = self._call(call_id)
        for text, line in zip(READABLE, call.line_ids.sorted("id"), strict=True):
            with self.subTest(text):
                self.assertAlmostEqual(line.duration, READABLE[text], 6)
        self.assertAlmostEqual(call.total_hours, sum(READABLE.values()), 6)
        self.assertFalse(call.message_ids)

    def test_unreadable_durations_stay_in_the_chatter(self):
        call_id = self._old_call(durations=[*UNREADABLE, "1h30"])
        self._migrate("pre")
        self._migrate("post")
        call = self._call(call_id)
        lines = call.line_ids.sorted("id")
        self.assertEqual(lines.mapped("duration"), [0] * len(UNREADABLE) + [1.5])
        self.assertEqual(call.total_hours, 1.5)
        body = call.message_ids.body
        for text in UNREADABLE:
            with self.subTest(text):
                # In full and as text: what looks like HTML must not become HTML.
                escaped = text.replace("&", "&amp;")
                escaped = escaped.replace("<", "&lt;").replace(">", "&gt;")
                self.assertIn(f"<li>{escaped}</li>", body.replace("&#39;", "'"))
        self.assertNotIn("1h30", body)

    def test_each_call_gets_its_own_note(self):
        calls = [self._old_call(durations=[f"odd {n}"]) for n in range(3)]
        self._migrate("pre")
        script = load_script(f"{FOLDER}/post-migration.py", "post-migration")
        script.BATCH = 2
        script.migrate(self.env.cr, "19.0.1.0.0")
        for number, call_id in enumerate(calls):
            message = self._call(call_id).message_ids
            self.assertEqual(len(message), 1)
            self.assertIn(f"odd {number}", message.body)
            self.assertEqual(message.author_id, self.env.ref("base.partner_root"))

    def test_states(self):
        planned = {"technician_id": self.technician.id, "planned_start": NOW}
        cases = [
            ("draft", {}, "new"),
            ("assigned", planned, "planned"),
            ("assigned", {}, "new"),
            ("assigned", {"technician_id": self.technician.id}, "new"),
            ("open", planned, "in_progress"),
            ("closed", planned, "done"),
            ("cancel", {}, "cancelled"),
            # Some were migrated already, by an interrupted attempt.
            ("waiting", planned, "waiting"),
            ("done", planned, "done"),
        ]
        ids = [self._old_call(old, **vals) for old, vals, _new in cases]
        self._migrate("pre")
        self._migrate("post")
        calls = self._call(ids)
        self.assertEqual(calls.mapped("state"), [new for _old, _vals, new in cases])
        self.assertFalse(calls.message_ids)

    def test_unknown_states_become_new_and_are_noted(self):
        self.env.cr.execute(
            "ALTER TABLE mta_intervention ALTER COLUMN state DROP NOT NULL",
        )
        odd = self._old_call("on <hold>")
        empty = self._old_call("")
        null = self._old_call(None)
        self._migrate("pre")
        self._migrate("post")
        calls = self._call([odd, empty, null])
        self.assertEqual(calls.mapped("state"), ["new"] * 3)
        self.assertIn("on &lt;hold&gt;", self._call(odd).message_ids.body)
        self.assertFalse(self._call(null).message_ids)

    def test_running_twice_changes_nothing(self):
        texts = ["1h30", "odd"]
        call_id = self._old_call("closed", durations=texts)
        for stage in ("pre", "pre", "post", "post", "pre", "post"):
            self._migrate(stage)
        call = self._call(call_id)
        self.assertEqual(call.state, "done")
        self.assertEqual(call.line_ids.sorted("id").mapped("duration"), [1.5, 0])
        self.assertEqual(call.total_hours, 1.5)
        self.assertEqual(len(call.message_ids), 1)

    def test_old_columns_are_gone_and_the_new_ones_have_no_hole(self):
        call_id = self._old_call()
        self._migrate("pre")
        self._migrate("post")
        self.assertNotIn("duration_text", self._columns("mta_intervention_line"))
        self.assertNotIn("legacy_state", self._columns("mta_intervention"))
        self.assertEqual(self._call(call_id).total_hours, 0)
        self.env.cr.execute("""
            SELECT (SELECT count(*) FROM mta_intervention WHERE total_hours IS NULL)
                 + (SELECT count(*) FROM mta_intervention_line WHERE duration IS NULL)
            """)
        self.assertEqual(self.env.cr.fetchone()[0], 0)

    def test_work_does_not_grow_with_the_number_of_rows(self):
        script = load_script(f"{FOLDER}/pre-migration.py", "pre-migration")
        for _call in range(3):
            self._old_call("open", durations=["1h", "odd", "5 min"])
        with self.assertQueryCount(20):
            script.migrate(self.env.cr, "19.0.1.0.0")
