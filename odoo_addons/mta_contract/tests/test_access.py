from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import MtaContractCase


@tagged("at_install")
class TestAccess(MtaContractCase):
    def test_technician_reads_and_does_not_change(self):
        contract = self.contract.with_user(self.technician)
        self.assertTrue(contract.read(["name", "next_visit"]))
        for record, vals in (
            (contract, {"lead_days": 1}),
            (self.line.with_user(self.technician), {"interval_count": 2}),
        ):
            with self.assertRaises(AccessError):
                record.write(vals)
        with self.assertRaises(AccessError):
            contract.action_cancel()

    def test_technician_reports_a_covered_repair(self):
        calls = self.env["mta.intervention"].with_user(self.technician)
        call = calls.create(
            {
                "subject": "Leak",
                "equipment_id": self.equipment.id,
                "reported_at": "2026-06-15 10:00:00",
            }
        )
        self.assertEqual(call.contract_id, self.contract)

    def test_dispatcher_manages(self):
        contract = self.contract.with_user(self.dispatcher)
        contract.action_renew()
        contract.line_ids.interval_count = 2
        contract.action_cancel()
        contract.unlink()

    def test_companies_do_not_see_each_other(self):
        company = self.env["res.company"].create({"name": "Test Sister"})
        stranger = self._new_user("t_stranger", "group_dispatcher", company)
        for record in (self.contract, self.line):
            records = record.with_user(stranger)
            self.assertFalse(records.search([("id", "in", record.ids)]))
            with self.assertRaises(AccessError):
                records.read(["company_id"])
