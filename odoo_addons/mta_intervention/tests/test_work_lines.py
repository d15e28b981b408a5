import psycopg2

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import MtaInterventionCase


@tagged("at_install")
class TestWorkLines(MtaInterventionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.call = cls._worked_on()
        cls.line = cls.call.line_ids

    def _close(self):
        self.call.action_done()

    def test_hours_add_up(self):
        self.line.copy({"intervention_id": self.call.id, "duration": 2})
        self.assertEqual(self.call.total_hours, 3.5)
        self.line.unlink()
        self.assertEqual(self.call.total_hours, 2)

    def test_hours_of_one_day(self):
        for hours in (-0.5, 24.5):
            with (
                self.subTest(hours=hours),
                mute_logger("odoo.sql_db"),
                self.assertRaises(psycopg2.errors.CheckViolation),
                self.env.cr.savepoint(),
            ):
                self.line.duration = hours
                self.line.flush_recordset()
            self.line.invalidate_recordset()
        self.line.duration = 24
        self.line.flush_recordset()

    def test_technician_enters_hours(self):
        lines = self.env["mta.intervention.line"].with_user(self.technician)
        line = lines.create(
            {"intervention_id": self.call.id, "name": "More", "duration": 1},
        )
        self.assertEqual(line.user_id, self.technician)
        line.duration = 2
        line.unlink()

    def test_closed_hours_are_closed_for_technicians(self):
        self._close()
        line = self.line.with_user(self.technician)
        with self.assertRaisesRegex(UserError, "closed"):
            line.duration = 8
        with self.assertRaisesRegex(UserError, "closed"):
            line.unlink()
        with self.assertRaisesRegex(UserError, "closed"):
            line.create(
                {"intervention_id": self.call.id, "name": "Late", "duration": 1},
            )

    def test_hours_do_not_slip_into_a_closed_call(self):
        self._close()
        line = self._worked_on().line_ids.with_user(self.technician)
        with self.assertRaisesRegex(UserError, "closed"):
            line.intervention_id = self.call

    def test_dispatcher_corrects_closed_hours(self):
        self._close()
        self.line.with_user(self.dispatcher).duration = 2
        self.assertEqual(self.call.total_hours, 2)
