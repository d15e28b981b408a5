from datetime import datetime, timedelta

from odoo.fields import Domain
from odoo.tests import tagged

from .common import MtaContractCase

CALL = datetime(2026, 6, 15, 10, 0)


@tagged("at_install")
class TestCoverage(MtaContractCase):
    """Which repairs a contract covers, and what it promises for them."""

    def _call(self, **vals):
        return self._new_intervention(reported_at=CALL, **vals)

    def test_covered_repair(self):
        self.assertEqual(self._call().contract_id, self.contract)

    def test_only_while_it_runs(self):
        for name, vals in {
            "before": {"date_start": "2026-06-16"},
            "after": {"date_end": "2026-06-14"},
            "cancelled": {"state": "cancelled"},
            "expired": {"state": "expired"},
        }.items():
            with self.subTest(name):
                self.contract.write(vals)
                self.assertFalse(self._call().contract_id)
                self.contract.write(
                    {
                        "date_start": "2026-01-01",
                        "date_end": "2026-12-31",
                        "state": "active",
                    }
                )

    def test_first_and_last_day(self):
        self.contract.write({"date_start": "2026-06-15", "date_end": "2026-06-15"})
        self.assertTrue(self._call().contract_id)

    def test_the_day_is_that_of_the_caller(self):
        # 23:30 UTC on the 14th is the 15th in Brussels already.
        self.contract.date_start = "2026-06-15"
        late = datetime(2026, 6, 14, 23, 30)
        calls = self.env["mta.intervention"].with_context(tz="Europe/Brussels")
        vals = {"subject": "Late", "equipment_id": self.equipment.id}
        self.assertTrue(calls.create({**vals, "reported_at": late}).contract_id)

    def test_other_equipment_is_not_covered(self):
        pump = self.equipment.copy()
        self.assertFalse(self._call(equipment_id=pump.id).contract_id)

    def test_nothing_is_covered_without_equipment(self):
        self.assertFalse(self.env["mta.intervention"].new({}).contract_id)

    def test_response_time_of_the_contract(self):
        self.assertEqual(self._call().deadline, CALL + timedelta(hours=48))
        self.contract.response_hours = 3
        self.assertEqual(self._call().deadline, CALL + timedelta(hours=3))
        self.assertFalse(self._call(kind="installation").deadline)

    def test_the_best_promise_counts(self):
        for hours in (6, 2, 0):
            other = self._new_contract(response_hours=hours)
            other.action_activate()
        self.assertEqual(self._call().contract_id.response_hours, 2)

    def test_changing_the_contract_changes_the_deadline(self):
        call = self._call()
        call.contract_id = self._new_contract(response_hours=1)
        self.assertEqual(call.deadline, CALL + timedelta(hours=1))

    def test_equipment_under_contract(self):
        idle = self.equipment.copy()
        both = self.equipment | idle
        self.assertEqual(both.mapped("under_contract"), [True, False])
        among = Domain("id", "in", both.ids)
        for operator, value, expected in (
            ("=", True, self.equipment),
            ("=", False, idle),
            ("!=", True, idle),
        ):
            domain = Domain("under_contract", operator, value) & among
            self.assertEqual(both.search(domain), expected)
        self.contract.action_cancel()
        self.assertFalse(self.equipment.under_contract)
