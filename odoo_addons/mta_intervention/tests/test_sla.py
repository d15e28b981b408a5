from datetime import timedelta

import psycopg2

from odoo.fields import Domain
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .common import NOW, MtaInterventionCase


@tagged("at_install")
class TestSla(MtaInterventionCase):
    def _hours(self, **vals):
        call = self._new_intervention(**vals)
        return call.deadline and (call.deadline - NOW) / timedelta(hours=1)

    def test_deadline(self):
        other = self.category.copy({"code": "T-OTHER"})
        pump = self.equipment.copy({"category_id": other.id})
        cases = [
            ("the category's own", {"priority": "2"}, 4),
            ("the general one", {"priority": "2", "equipment_id": pump.id}, 8),
            ("the general one, as the category has none", {"priority": "0"}, 48),
            ("none for this priority", {"priority": "3"}, False),
            ("no promise for visits", {"kind": "preventive"}, False),
        ]
        for name, vals, hours in cases:
            with self.subTest(name):
                self.assertEqual(self._hours(**vals), hours)

    def test_follows_the_priority(self):
        self.intervention.priority = "2"
        self.assertEqual(self.intervention.deadline, NOW + timedelta(hours=4))

    def test_a_new_policy_keeps_promises(self):
        self.env["mta.sla.rule"].search([]).hours = 1
        self.assertEqual(self.intervention.deadline, NOW + timedelta(hours=48))

    def test_overdue_is_a_matter_of_seconds(self):
        deadline = self.intervention.deadline
        with freeze_time(deadline):
            self.assertFalse(self.intervention.is_overdue)
        self.intervention.invalidate_recordset(["is_overdue"])
        with freeze_time(deadline + timedelta(seconds=1)):
            self.assertTrue(self.intervention.is_overdue)

    @freeze_time(NOW + timedelta(days=30))
    def test_search_agrees_with_the_value(self):
        Intervention = self.env["mta.intervention"]
        calls = (
            self.intervention
            | self._new_intervention(priority="3")
            | self._new_intervention(reported_at=NOW + timedelta(days=30))
            | self._in_progress()
        )
        cancelled = self._new_intervention()
        cancelled.action_cancel()
        calls |= cancelled
        overdue = calls.filtered("is_overdue")
        self.assertEqual(len(overdue), 2)
        among = Domain("id", "in", calls.ids)
        for operator, value, expected in (
            ("=", True, overdue),
            ("=", False, calls - overdue),
            ("!=", True, calls - overdue),
            ("!=", False, overdue),
        ):
            with self.subTest(operator=operator, value=value):
                found = Intervention.search(
                    Domain("is_overdue", operator, value) & among,
                )
                self.assertEqual(found.sorted("id"), expected.sorted("id"))

    def test_one_rule_for_each_case(self):
        for vals in (
            {"priority": "0", "hours": 1},
            {"priority": "2", "hours": 1, "category_id": self.category.id},
        ):
            with (
                self.subTest(vals),
                mute_logger("odoo.sql_db"),
                self.assertRaises(psycopg2.errors.UniqueViolation),
                self.env.cr.savepoint(),
            ):
                self.env["mta.sla.rule"].create(vals)

    def test_no_time_is_no_promise(self):
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(psycopg2.errors.CheckViolation),
            self.env.cr.savepoint(),
        ):
            self.env["mta.sla.rule"].create({"priority": "3", "hours": 0})
