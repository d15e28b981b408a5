from datetime import date

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import MtaContractCase


@tagged("at_install")
class TestExpiry(MtaContractCase):
    def _alerts(self):
        activity_type = self.env.ref("mta_contract.mail_activity_renew")
        return self.contract.activity_ids.filtered(
            lambda a: a.activity_type_id == activity_type,
        )

    def test_asks_for_the_renewal_in_time(self):
        self._run_cron("2026-11-30")
        self.assertEqual(self.contract.state, "active")
        self._run_cron("2026-12-01")
        self.assertEqual(self.contract.state, "to_renew")
        alert = self._alerts()
        self.assertEqual(alert.user_id, self.dispatcher)
        self.assertEqual(alert.date_deadline, date(2026, 12, 31))
        self._run_cron("2026-12-02")
        self.assertEqual(self._alerts(), alert)

    def test_asks_somebody_who_is_there(self):
        self.dispatcher.active = False
        self._run_cron("2026-12-01")
        user = self._alerts().user_id
        self.assertTrue(user.active)
        self.assertTrue(user.has_group("mta_equipment.group_dispatcher"))

    def test_the_last_day_still_counts(self):
        self._run_cron("2026-12-31")
        self.assertEqual(self.contract.state, "to_renew")
        self._run_cron("2027-01-01")
        self.assertEqual(self.contract.state, "expired")
        self.assertFalse(self._alerts())

    def test_no_visits_after_the_end(self):
        self.contract.lead_days = 60
        self._run_cron("2026-12-15")
        self.assertEqual(self._visits()[-1], "2026-12-10")

    def test_visits_missed_before_the_end_are_still_owed(self):
        self._run_cron("2027-03-01")
        self.assertEqual(len(self._visits()), 6)
        self.assertEqual(self._visits()[-1], "2026-12-10")
        self.assertEqual(self.contract.state, "expired")

    def test_renews_by_itself(self):
        self.contract.auto_renew = True
        self._run_cron("2026-12-31")
        self.assertEqual(self.contract.date_end, date(2026, 12, 31))
        self.assertFalse(self._alerts())
        self._run_cron("2027-01-01")
        self.assertEqual(self.contract.date_end, date(2027, 12, 31))
        self.assertEqual(self.contract.state, "active")

    def test_missed_renewals_are_caught_up(self):
        self.contract.write({"auto_renew": True, "renewal_months": 6})
        self._run_cron("2027-08-01")
        self.assertEqual(self.contract.date_end, date(2027, 12, 31))
        self.assertEqual(self._visits()[-1], "2027-07-10")

    def test_terms_end_with_the_month(self):
        self.contract.write({"date_end": "2026-02-28", "renewal_months": 1})
        self.contract.action_renew()
        self.assertEqual(self.contract.date_end, date(2026, 3, 31))

    def test_renewed_by_hand_in_time_or_late(self):
        for day in ("2026-12-15", "2028-01-15"):
            self._run_cron(day)
            self.contract.action_renew()
            self.assertEqual(self.contract.state, "active")
            self.assertFalse(self._alerts())
        self.assertEqual(self.contract.date_end, date(2028, 12, 31))

    def test_only_running_or_expired_contracts_are_renewed(self):
        with self.assertRaisesRegex(UserError, "not running"):
            self._new_contract().action_renew()
