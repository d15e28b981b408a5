import psycopg2

from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import MtaContractCase


@tagged("at_install")
class TestVisits(MtaContractCase):
    def test_nothing_before_the_day(self):
        self._run_cron("2026-07-09")
        self.assertEqual(self._visits(), [])

    def test_created_on_the_day(self):
        self.line.technician_id = self.technician
        self._run_cron("2026-07-10")
        visit = self.contract.intervention_ids
        self.assertEqual(self._visits(), ["2026-07-10"])
        self.assertEqual(visit.kind, "preventive")
        self.assertEqual(visit.state, "new")
        self.assertEqual(visit.equipment_id, self.equipment)
        self.assertEqual(visit.partner_id, self.customer)
        self.assertEqual(visit.technician_id, self.technician)
        self.assertEqual(visit.responsible_id, self.dispatcher)
        self.assertIn(self.contract.name, visit.subject)
        self.assertEqual(str(self.contract.next_visit), "2026-08-10")

    def test_created_in_advance(self):
        self.contract.lead_days = 14
        self._run_cron("2026-06-25")
        self.assertEqual(self._visits(), [])
        self._run_cron("2026-06-26")
        self.assertEqual(self._visits(), ["2026-07-10"])

    def test_one_visit_however_often_it_runs(self):
        for _run in range(3):
            self._run_cron("2026-07-10")
        self.assertEqual(self._visits(), ["2026-07-10"])

    def test_missed_visits_are_caught_up(self):
        self._run_cron("2026-10-15")
        self.assertEqual(
            self._visits(),
            ["2026-07-10", "2026-08-10", "2026-09-10", "2026-10-10"],
        )

    def test_the_end_of_the_month_does_not_drift(self):
        self.line.first_visit = "2026-01-31"
        self._run_cron("2026-05-31")
        self.assertEqual(
            self._visits(),
            ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"],
        )

    def test_every_unit(self):
        for unit, expected in (
            ("days", ["2026-07-10", "2026-07-12", "2026-07-14"]),
            ("weeks", ["2026-07-10"]),
            ("months", ["2026-07-10"]),
        ):
            with self.subTest(unit):
                contract = self._new_contract(
                    [self._line_vals(interval_count=2, interval_unit=unit)]
                )
                contract.action_activate()
                self._run_cron("2026-07-15")
                self.assertEqual(self._visits(contract), expected)

    def test_a_deleted_visit_is_not_created_again(self):
        self._run_cron("2026-07-10")
        self.contract.intervention_ids.unlink()
        self._run_cron("2026-07-10")
        self.assertEqual(self._visits(), [])

    def test_a_restored_counter_creates_nothing_twice(self):
        # As after a restore of one table, or a correction of the first visit.
        self._run_cron("2026-08-10")
        self.line.visits_created = 0
        self._run_cron("2026-08-10")
        self.assertEqual(self._visits(), ["2026-07-10", "2026-08-10"])

    def test_the_database_refuses_a_second_visit(self):
        self._run_cron("2026-07-10")
        vals = self.line._visit_vals("2026-07-10")
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(psycopg2.errors.UniqueViolation),
            self.env.cr.savepoint(),
        ):
            self.env["mta.intervention"].create(vals)

    def test_a_new_rhythm_applies_from_the_next_visit(self):
        self._run_cron("2026-07-10")
        self.line.interval_unit = "weeks"
        self.assertEqual(str(self.line.next_visit), "2026-08-10")
        self._run_cron("2026-08-20")
        self.assertEqual(self._visits(), ["2026-07-10", "2026-08-10", "2026-08-17"])

    def test_a_rhythm_without_visits_keeps_the_first(self):
        self.line.interval_count = 3
        self.assertEqual(str(self.line.next_visit), "2026-07-10")

    def test_a_new_first_visit_starts_over(self):
        self._run_cron("2026-07-10")
        self.line.first_visit = "2026-07-20"
        self.assertEqual(str(self.line.next_visit), "2026-07-20")

    def test_retired_equipment_is_not_visited(self):
        self.equipment.action_retire()
        self._run_cron("2026-07-10")
        self.assertEqual(self._visits(), [])

    def test_a_copied_contract_starts_afresh(self):
        self._run_cron("2026-07-10")
        line = self.contract.copy().line_ids
        self.assertEqual(str(line.next_visit), "2026-07-10")
