from datetime import timedelta
from unittest.mock import patch

from odoo.tests import freeze_time, tagged

from .common import NOW, MtaInterventionCase

LATER = NOW + timedelta(days=30)


@tagged("at_install")
class TestOverdue(MtaInterventionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.activity_type = cls.env.ref("mta_intervention.mail_activity_overdue")
        # Whatever else is in the database (demo data) is nobody's concern here.
        others = cls.env["mta.intervention"].search([]) - cls.intervention
        others.write({"reported_at": LATER})

    def _run_cron(self):
        with freeze_time(LATER), self.enter_registry_test_mode():
            self.env.ref("mta_intervention.cron_notify_overdue").method_direct_trigger()

    def _alerts(self, calls):
        return calls.activity_ids.filtered(
            lambda a: a.activity_type_id == self.activity_type,
        )

    def test_one_alert_however_often_it_runs(self):
        self._run_cron()
        alert = self._alerts(self.intervention)
        self.assertEqual(alert.user_id, self.dispatcher)
        self.assertEqual(alert.summary, "Overdue: Test call")
        self._run_cron()
        self.assertEqual(self._alerts(self.intervention), alert)

    def test_other_activities_do_not_count_as_alert(self):
        self.intervention.activity_schedule("mail.mail_activity_data_todo")
        self._run_cron()
        self.assertEqual(len(self._alerts(self.intervention)), 1)

    def test_the_technician_is_alerted_first(self):
        call = self._in_progress()
        self._run_cron()
        self.assertEqual(self._alerts(call).user_id, self.technician)

    def test_nobody_who_left_is_alerted(self):
        call = self._in_progress()
        self.technician.active = False
        self._run_cron()
        self.assertEqual(self._alerts(call).user_id, self.dispatcher)

    def test_somebody_is_always_alerted(self):
        root = self.env.ref("base.user_root")
        for nobody in (self.env["res.users"], root):
            call = self._new_intervention(responsible_id=nobody.id)
            self._run_cron()
            user = self._alerts(call).user_id
            self.assertTrue(user.active)
            self.assertTrue(user.has_group("mta_equipment.group_dispatcher"))

    def test_no_alert_for_calls_in_time_or_closed(self):
        in_time = self._new_intervention(reported_at=LATER)
        no_promise = self._new_intervention(priority="3")
        cancelled = self._new_intervention()
        cancelled.action_cancel()
        done = self._worked_on()
        done.action_done()
        self._run_cron()
        self.assertFalse(self._alerts(in_time | no_promise | cancelled | done))

    def test_closing_the_call_takes_the_alert_away(self):
        calls = self._worked_on() | self.intervention
        self._run_cron()
        self.assertEqual(len(self._alerts(calls)), 2)
        calls[0].action_done()
        calls[1].action_cancel()
        self.assertFalse(self._alerts(calls))

    def test_out_of_time_leaves_the_rest_for_the_next_run(self):
        calls = self.intervention | self._new_intervention()
        cron = type(self.env["ir.cron"])
        with (
            freeze_time(LATER),
            patch.object(cron, "_commit_progress", return_value=0) as progress,
        ):
            self.env["mta.intervention"]._cron_notify_overdue()
            self.assertEqual(progress.call_count, 2)
            self.assertEqual(len(self._alerts(calls)), 1)
            self.env["mta.intervention"]._cron_notify_overdue()
        self.assertEqual(len(self._alerts(calls)), 2)
