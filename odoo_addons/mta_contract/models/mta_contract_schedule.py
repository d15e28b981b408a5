import logging

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models

from .mta_contract import RENEW_ACTIVITY, RUNNING_STATES

_logger = logging.getLogger(__name__)


class MtaContract(models.Model):
    _inherit = "mta.contract"

    @api.model
    def _cron_run_contracts(self):
        """Create due visits, renew and expire; run as often as you like."""
        today = fields.Date.context_today(self)
        contracts = self.search([("state", "in", RUNNING_STATES)])
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(contracts))
        for contract in contracts:
            contract._run_guarded(today)
            # Out of time: the next run takes the rest, as nothing is done twice.
            if not cron._commit_progress(1):
                break

    def _run_guarded(self, today):
        """Run one contract, so that its failure stays its own."""
        self.ensure_one()
        try:
            with self.env.cr.savepoint():
                self._run(today)
                if self.last_error:
                    self.last_error = False
        except Exception as error:  # pylint: disable=broad-except
            # Whatever it is: every other customer's visits must still be created.
            _logger.warning("Contract %s failed", self.id, exc_info=True)
            self._report_failure(str(error))

    def _report_failure(self, message):
        # The cron fails again every day; the chatter tells it once.
        if self.last_error != message:
            self.last_error = message
            self._message_log(
                body=self.env._("The visits could not be created: %s", message),
            )

    def _run(self, today):
        self.ensure_one()
        # Equipment may have been sold since: its new owner did not order visits.
        self._check_equipment_of_customer()
        while self.auto_renew and self.date_end < today:
            self.action_renew()
        # Visits that were due before the end are still owed after it.
        horizon = today + relativedelta(days=self.lead_days)
        self.line_ids._create_visits(min(horizon, self.date_end))
        if self.date_end < today:
            self.state = "expired"
            self.activity_unlink([RENEW_ACTIVITY])
        elif self.state == "active" and not self.auto_renew:
            self._ask_for_renewal(today)

    def _ask_for_renewal(self, today):
        if today < self.date_end - relativedelta(days=self.notice_days):
            return
        self.state = "to_renew"
        self.activity_schedule(
            RENEW_ACTIVITY,
            date_deadline=self.date_end,
            user_id=self.company_id._mta_alert_user(self.responsible_id).id,
        )
