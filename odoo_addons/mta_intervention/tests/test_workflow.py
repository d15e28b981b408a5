from itertools import permutations

import psycopg2

from odoo.exceptions import UserError, ValidationError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .common import NOW, MtaInterventionCase

# Written out again rather than imported: the table is what is under test.
STATES = ("new", "planned", "in_progress", "waiting", "done", "cancelled")
STEPS = {
    ("new", "planned"),
    ("new", "cancelled"),
    ("planned", "new"),
    ("planned", "in_progress"),
    ("planned", "cancelled"),
    ("in_progress", "waiting"),
    ("in_progress", "done"),
    ("waiting", "in_progress"),
    ("waiting", "cancelled"),
    ("cancelled", "new"),
}


@tagged("at_install")
class TestWorkflow(MtaInterventionCase):
    def test_numbered(self):
        first, second = self._new_intervention() | self._new_intervention()
        self.assertRegex(first.name, r"^INT/\d{4}/\d{5,}$")
        self.assertNotEqual(first.name, second.name)
        self.assertEqual(first.display_name, f"{first.name} Test call")

    def test_customer_and_site_are_those_of_the_time_of_the_call(self):
        self.assertEqual(self.intervention.partner_id, self.customer)
        self.equipment.write(
            {"partner_id": self.other_customer.id, "location_id": False},
        )
        self.assertEqual(self.intervention.partner_id, self.customer)
        self.assertEqual(self._new_intervention().partner_id, self.other_customer)

    @freeze_time(NOW)
    def test_the_usual_way(self):
        call = self.intervention
        call.write({"technician_id": self.technician.id, "planned_start": NOW})
        call.action_plan()
        self.assertEqual(call.state, "planned")
        call.action_start()
        self.assertEqual((call.state, call.started_at), ("in_progress", NOW))
        call.action_wait()
        self.assertEqual(call.state, "waiting")
        call.action_start()
        call.line_ids.create(
            {"intervention_id": call.id, "name": "Seal", "duration": 0.75},
        )
        call.resolution = "New seal."
        call.action_done()
        self.assertEqual((call.state, call.done_at), ("done", NOW))
        self.assertEqual(call.total_hours, 0.75)

    def test_the_first_start_counts(self):
        call = self._in_progress()
        with freeze_time("2026-06-16 08:00"):
            call.started_at = "2026-06-15 09:00:00"
            call.action_wait()
            call.action_start()
        self.assertEqual(str(call.started_at), "2026-06-15 09:00:00")

    def test_no_step_is_skipped(self):
        for old, new in set(permutations(STATES, 2)) - STEPS:
            with self.subTest(old=old, new=new):
                call = self._worked_on(planned_start=NOW)
                self._force_state(call, old)
                with self.assertRaisesRegex(UserError, "cannot go from"):
                    call.state = new

    def test_every_step_is_possible(self):
        for old, new in STEPS:
            with self.subTest(old=old, new=new):
                call = self._worked_on(planned_start=NOW)
                self._force_state(call, old)
                call.state = new
                self.assertEqual(call.state, new)

    def _force_state(self, call, state):
        call.flush_recordset()
        self.env.cr.execute(
            "UPDATE mta_intervention SET state = %s WHERE id = %s", [state, call.id]
        )
        call.invalidate_recordset()

    def test_writing_the_same_state_is_no_step(self):
        call = self._in_progress()
        call.state = "in_progress"
        self.assertEqual(call.state, "in_progress")

    def test_plan_needs_technician_and_date(self):
        with self.assertRaisesRegex(ValidationError, "Technician, Planned Start"):
            self.intervention.action_plan()

    def test_a_planned_call_keeps_its_technician(self):
        call = self._new_intervention(
            technician_id=self.technician.id, planned_start=NOW, state="planned"
        )
        with self.assertRaisesRegex(ValidationError, "Technician"):
            call.technician_id = False

    def test_done_needs_a_resolution_and_hours(self):
        call = self._in_progress()
        with self.assertRaisesRegex(ValidationError, "Resolution, Total Hours"):
            call.action_done()

    def test_cancel_and_reopen(self):
        self.intervention.action_cancel()
        self.assertEqual(self.intervention.state, "cancelled")
        self.intervention.action_reset()
        self.assertEqual(self.intervention.state, "new")

    def test_only_calls_without_work_are_deleted(self):
        with self.assertRaisesRegex(UserError, "cancelled first"):
            self._in_progress().unlink()
        cancelled = self._new_intervention()
        cancelled.action_cancel()
        (self.intervention | cancelled).unlink()
        self.assertFalse(self.intervention.exists())

    def test_planned_end_after_start(self):
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(psycopg2.errors.CheckViolation),
            self.env.cr.savepoint(),
        ):
            self.intervention.write(
                {
                    "planned_start": "2026-06-15 10:00:00",
                    "planned_end": "2026-06-15 09:00:00",
                }
            )
            self.intervention.flush_recordset()

    def test_a_copy_starts_afresh(self):
        copy = self._worked_on().copy()
        self.assertEqual(copy.state, "new")
        self.assertFalse(copy.line_ids or copy.resolution or copy.started_at)
