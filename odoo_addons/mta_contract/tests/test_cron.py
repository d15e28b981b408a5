from unittest.mock import patch

from odoo.tests import tagged

from .common import TODAY, MtaContractCase

LOGGER = "odoo.addons.mta_contract.models.mta_contract_schedule"


@tagged("at_install")
class TestCron(MtaContractCase):
    """A contract that fails must not hold up the others."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # It ends first, so the cron meets it first.
        cls.failing = cls._new_contract(date_end="2026-08-31")
        cls.failing.line_ids.equipment_id = cls.equipment.copy()
        cls.failing.action_activate()
        cls.sold = cls.failing.line_ids.equipment_id

    def _sell(self):
        self.sold.partner_id = self.other_customer

    def test_the_others_get_their_visits(self):
        self._sell()
        with self.assertLogs(LOGGER, "WARNING") as logs:
            self._run_cron("2026-07-10")
        self.assertEqual(len(logs.output), 1)
        self.assertEqual(self._visits(), ["2026-07-10"])
        self.assertEqual(self._visits(self.failing), [])

    def test_the_failure_is_told_once(self):
        self._sell()
        before = self.failing.message_ids
        for _run in range(2):
            with self.assertLogs(LOGGER, "WARNING"):
                self._run_cron("2026-07-10")
        notes = self.failing.message_ids - before
        self.assertEqual(len(notes), 1)
        self.assertIn("not equipment of Test Dairy", notes.body)
        self.assertIn("not equipment of Test Dairy", self.failing.last_error)

    def test_what_failed_is_caught_up(self):
        self._sell()
        with self.assertLogs(LOGGER, "WARNING"):
            self._run_cron("2026-07-10")
        self.sold.partner_id = self.customer
        self._run_cron("2026-08-10")
        self.assertEqual(self._visits(self.failing), ["2026-07-10", "2026-08-10"])
        self.assertFalse(self.failing.last_error)

    def test_a_failure_in_the_middle_leaves_nothing_behind(self):
        lines = type(self.line)
        original = lines._create_visits

        def create_then_fail(records, until):
            visits = original(records, until)
            if records.contract_id == self.failing:
                raise RuntimeError("disk full")
            return visits

        with (
            patch.object(lines, "_create_visits", create_then_fail),
            self.assertLogs(LOGGER, "WARNING"),
        ):
            self._run_cron("2026-07-10")
        self.assertEqual(self._visits(self.failing), [])
        self.assertEqual(str(self.failing.next_visit), "2026-07-10")
        self.assertEqual(self._visits(), ["2026-07-10"])

    def test_only_running_contracts(self):
        draft = self._new_contract()
        cancelled = self._new_contract()
        cancelled.action_cancel()
        self._run_cron("2026-07-10")
        self.assertFalse((draft | cancelled).intervention_ids)

    def test_out_of_time_leaves_the_rest_for_the_next_run(self):
        cron = type(self.env["ir.cron"])
        contracts = self.env["mta.contract"]
        with patch.object(cron, "_commit_progress", return_value=0) as progress:
            with patch.object(type(contracts), "_run_guarded") as run:
                contracts._cron_run_contracts()
        self.assertEqual(run.call_count, 1)
        progress.assert_any_call(remaining=2)

    def test_nothing_to_do(self):
        (self.contract | self.failing).action_cancel()
        self._run_cron(TODAY)
        self.assertFalse(self._visits())
