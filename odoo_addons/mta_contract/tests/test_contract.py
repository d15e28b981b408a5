import psycopg2

from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import MtaContractCase


@tagged("at_install")
class TestContract(MtaContractCase):
    def test_numbered(self):
        other = self._new_contract()
        self.assertRegex(self.contract.name, r"^MC/\d{4,}$")
        self.assertNotEqual(self.contract.name, other.name)

    def test_a_contract_covers_something(self):
        with self.assertRaisesRegex(UserError, "covers nothing"):
            self._new_contract(lines=[]).action_activate()

    def test_activated_once(self):
        with self.assertRaisesRegex(UserError, "not a draft"):
            self.contract.action_activate()

    def test_cancel_and_start_again(self):
        self.contract.action_cancel()
        self.assertEqual(self.contract.state, "cancelled")
        self.contract.action_reset()
        self.assertEqual(self.contract.state, "draft")
        with self.assertRaisesRegex(UserError, "not cancelled"):
            self.contract.action_reset()

    def test_what_ended_is_not_cancelled(self):
        self._run_cron("2027-01-01")
        with self.assertRaisesRegex(UserError, "ended already"):
            self.contract.action_cancel()

    def test_only_drafts_and_cancelled_ones_are_deleted(self):
        with self.assertRaisesRegex(UserError, "cancelled first"):
            self.contract.unlink()
        self.contract.action_cancel()
        self.contract.unlink()
        self.assertFalse(self.line.exists())

    def test_visits_survive_their_contract(self):
        self._run_cron("2026-07-10")
        visit = self.contract.intervention_ids
        self.contract.action_cancel()
        self.contract.unlink()
        self.assertTrue(visit.exists())
        self.assertFalse(visit.contract_line_id)

    def test_only_equipment_of_the_customer(self):
        with self.assertRaisesRegex(ValidationError, "not equipment of Test Library"):
            self.contract.partner_id = self.other_customer

    def test_no_equipment_of_others(self):
        foreign = self.equipment.copy({"partner_id": self.other_customer.id})
        with self.assertRaisesRegex(ValidationError, "not equipment of Test Dairy"):
            line = Command.create(self._line_vals(equipment_id=foreign.id))
            self.contract.line_ids = [line]

    def test_equipment_of_a_site_is_the_customers(self):
        self.equipment.partner_id = self.site
        self.line.equipment_id = self.equipment
        self.assertTrue(self.line)

    def test_the_database_refuses_nonsense(self):
        cases = {
            "ends before it starts": (self.contract, {"date_end": "2025-12-31"}),
            "renewed for no time": (self.contract, {"renewal_months": 0}),
            "notice afterwards": (self.contract, {"notice_days": -1}),
            "visits afterwards": (self.contract, {"lead_days": -1}),
            "no interval": (self.line, {"interval_count": 0}),
        }
        for name, (record, vals) in cases.items():
            with (
                self.subTest(name),
                mute_logger("odoo.sql_db"),
                self.assertRaises(psycopg2.errors.CheckViolation),
                self.env.cr.savepoint(),
            ):
                record.write(vals)
                record.flush_recordset()
            record.invalidate_recordset()

    def test_a_machine_once_in_a_contract(self):
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(psycopg2.errors.UniqueViolation),
            self.env.cr.savepoint(),
        ):
            self.contract.line_ids = [Command.create(self._line_vals())]

    def test_next_visit_is_the_first_of_all_lines(self):
        pump = self.equipment.copy()
        self.contract.line_ids = [
            Command.create(
                self._line_vals(equipment_id=pump.id, first_visit="2026-06-20"),
            )
        ]
        self.assertEqual(str(self.contract.next_visit), "2026-06-20")
        self.contract.line_ids = [Command.clear()]
        self.assertFalse(self.contract.next_visit)

    def test_button_opens_what_was_counted(self):
        self._run_cron("2026-08-10")
        idle = self._new_contract()
        counts = (self.contract | idle).mapped("intervention_count")
        self.assertEqual(counts, [2, 0])
        action = self.contract.action_view_interventions()
        found = self.env["mta.intervention"].search(action["domain"])
        self.assertEqual(found, self.contract.intervention_ids)
