"""What Odoo sends on its own, and how a row of it is marked so that it waits: a declared table.

Checked against the sources of Odoo 17 to 19 and of OCA's queue_job. A kind whose table or columns
a database lacks is skipped, so that one list serves all versions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

#: The current time as in Odoo's columns.
NOW = "(now() AT TIME ZONE 'UTC')"
#: A date that never comes, where Odoo has no state for "not yet".
_NEVER = "'2999-12-31 00:00:00'::timestamp"
_QUARTER = "WHEN 'daily' THEN 1 WHEN 'weekly' THEN 7 WHEN 'monthly' THEN 30 ELSE 91"
#: Schedules whose work depends on dates in many tables: they send, or charge, when they run.
_CRONS = (
    "auth_signup.ir_cron_auth_signup_send_pending_user_reminder",
    "contract.contract_cron_for_invoice",
    "crm.ir_cron_crm_lead_assign",
    "crm_iap_enrich.ir_cron_lead_enrichment",
    "data_recycle.ir_cron_clean_records",
    "fleet.ir_cron_contract_costs_generator",
    "gamification.ir_cron_check_challenge",
    # Events without their id there are created again, with invitations.
    "google_calendar.ir_cron_sync_all_cals",
    "hr.ir_cron_data_employee_notify_expiring_contract_work_permit",
    "hr_expense.ir_cron_send_submitted_expenses_mail",
    "hr_skills.hr_job_skills_cron_add_certification_activity_to_employees",
    "l10n_es_edi_verifactu.cron_verifactu_batch",
    "mail_group.ir_cron_mail_notify_group_moderators",
    # Contacts that were added later receive all mails again, from the first step.
    "marketing_automation.ir_cron_campaign_sync_participants",
    "microsoft_calendar.ir_cron_sync_all_cals",
    "payment.cron_post_process_payment_tx",
    "project.ir_cron_rating_project",
    "purchase.purchase_send_reminder_mail",
    "sale.send_invoice_cron",
    "sale_subscription.account_analytic_cron_for_invoice",
    "website_crm_iap_reveal.ir_cron_crm_reveal_lead",
    "website_sale.ir_cron_send_availability_email",
    "website_sale_stock.ir_cron_send_availability_email",
)
#: The same, where the schedule has no name of its own, or not the same one in each version: what
#: they call. Orders of lunch, its messages, reminders of payments.
_CALLS = r"\.(_send_auto_email|_notify_chat|_cron_execute_followup)\("


@dataclass(frozen=True)
class RowKind:
    """Rows of one table that Odoo sends, or that make Odoo send something.

    Attributes:
        model: Odoo's model, for display.
        table: the table of the rows.
        where: SQL condition for rows that would be sent; ``t`` is the row.
        hold: SQL for each column that is set while a row is held; none: the row itself is moved
            away, because its table has no column for this.
        drop: SQL for each column that is set when a held row is dropped; ``w`` is the row with
            its original values. None: it stays as held. Empty: it is deleted.
        same: columns that show whether it was sent meanwhile, in addition to those that are set.
        uses: columns that ``where`` and ``drop`` read, in addition to these.
    """

    model: str
    table: str
    where: str
    hold: Mapping[str, str]
    drop: Mapping[str, str] | None = None
    same: tuple[str, ...] = ()
    uses: tuple[str, ...] = field(default=())

    @property
    def kept(self) -> tuple[str, ...]:
        """The columns whose values are stored."""
        return (*self.hold, *self.same)

    @property
    def columns(self) -> frozenset[str]:
        """All columns that the table must have."""
        return frozenset(("id", *self.kept, *self.uses, *(self.drop or ())))


def _state(model: str, where: str, held: str, *uses: str) -> RowKind:
    return RowKind(model, model.replace(".", "_"), where, {"state": f"'{held}'"}, uses=uses)


def _dated(model: str, column: str) -> RowKind:
    where = f"t.{column} < {_NEVER}"
    return RowKind(model, model.replace(".", "_"), where, {column: _NEVER}, drop={})


def _sent(model: str, column: str, where: str, *uses: str) -> RowKind:
    due = f"t.{column} IS NOT TRUE AND t.scheduled_date <= {NOW}{where}"
    return RowKind(
        model, model.replace(".", "_"), due, {column: "true"}, uses=("scheduled_date", *uses)
    )


def _cron(model: str, names: tuple[str, ...], drop: Mapping[str, str] | None) -> RowKind:
    listed = ", ".join(f"'{name}'" for name in names)
    known = (
        "SELECT d.res_id FROM public.ir_model_data d WHERE d.model = 'ir.cron' "
        f"AND d.module || '.' || d.name IN ({listed})"
    )
    where = f"t.active AND t.id IN ({known})"
    return RowKind(model, "ir_cron", where, {"active": "false"}, drop, same=("lastcall",))


_KINDS = (
    _state("mail.mail", "t.state = 'outgoing'", "cancel"),
    _state("sms.sms", "t.state = 'outgoing'", "canceled"),
    _state(
        "snailmail.letter",
        # After one of these errors, Odoo tries again.
        "t.state = 'pending' OR t.state = 'error' AND t.error_code IN ('TRIAL_ERROR', "
        "'CREDIT_ERROR', 'ATTACHMENT_ERROR', 'MISSING_REQUIRED_FIELDS')",
        "canceled",
        "error_code",
    ),
    _state("whatsapp.message", "t.state = 'outgoing'", "cancel"),
    _dated("mail.scheduled.message", "scheduled_date"),
    _dated("mail.message.schedule", "scheduled_datetime"),
    RowKind("mail.push", "mail_push", "true", {}),
    RowKind("mail.notification.web.push", "mail_notification_web_push", "true", {}),  # 17
    _state("mailing.mailing", "t.state IN ('in_queue', 'sending')", "draft"),
    RowKind(
        "utm.campaign",  # its A/B test sends the winner
        "utm_campaign",
        f"t.ab_testing_schedule_datetime <= {NOW} AND t.ab_testing_completed IS NOT TRUE "
        "AND t.ab_testing_winner_selection <> 'manual'",
        {"ab_testing_winner_selection": "'manual'"},
        uses=("ab_testing_schedule_datetime", "ab_testing_completed"),
    ),
    _state(
        "marketing.trace",
        f"t.state = 'scheduled' AND t.schedule_date <= {NOW}",
        "canceled",
        "schedule_date",
    ),
    _state("social.post", "t.state = 'scheduled'", "draft"),
    _state(
        "queue.job",
        "t.state IN ('wait_dependencies', 'pending', 'enqueued', 'started')",
        "cancelled",
    ),
    RowKind(
        "account.move",  # "Send" to many at once
        "account_move",
        "t.sending_data IS NOT NULL",
        {"sending_data": "NULL"},
    ),
    RowKind(
        "account.move",  # the same in Odoo 17
        "account_move",
        "t.send_and_print_values IS NOT NULL",
        {"send_and_print_values": "NULL"},
    ),
    RowKind(
        "account.edi.document",
        "account_edi_document",
        "t.state IN ('to_send', 'to_cancel') AND t.blocking_level IS DISTINCT FROM 'error'",
        {"blocking_level": "'error'"},
        uses=("state",),
    ),
    RowKind(
        "sale.order",
        "sale_order",
        "t.pending_email_template_id IS NOT NULL",
        {"pending_email_template_id": "NULL"},
    ),
    _sent("event.mail", "mail_done", " AND t.interval_type <> 'after_sub'", "interval_type"),
    _sent("event.mail.slot", "mail_done", ""),
    _sent("event.mail.registration", "mail_sent", ""),
    RowKind(
        "digest.digest",
        "digest_digest",
        "t.state = 'activated' AND t.next_run_date <= CURRENT_DATE",
        {"state": "'deactivated'"},
        {
            "state": "w.state",
            "next_run_date": f"CURRENT_DATE + CASE t.periodicity {_QUARTER} END",
        },
        same=("next_run_date",),
        uses=("periodicity",),
    ),
    RowKind(
        "base.automation",
        "base_automation",
        "t.active AND t.trigger IN ('on_time', 'on_time_created', 'on_time_updated')",
        {"active": "false"},
        {"active": "w.active", "last_run": NOW},
        same=("last_run",),
        uses=("trigger",),
    ),
    _cron(
        "calendar.alarm",
        ("calendar.ir_cron_scheduler_alarm",),
        {"active": "w.active", "lastcall": NOW},
    ),
    RowKind(
        "ir.cron",
        "ir_cron",
        "t.active AND t.ir_actions_server_id IN (SELECT s.id FROM public.ir_act_server s "
        f"WHERE s.code ~ '{_CALLS}')",
        {"active": "false"},
        same=("lastcall",),
        uses=("ir_actions_server_id",),
    ),
)


def kinds(schedules: tuple[str, ...] = ()) -> tuple[RowKind, ...]:
    """All kinds; ``schedules`` are a project's own, by external id."""
    return (*_KINDS, _cron("ir.cron", (*_CRONS, *schedules), None))


#: What is held when a kind itself cannot be held.
EVERY_SCHEDULE = RowKind("ir.cron", "ir_cron", "t.active", {"active": "false"}, same=("lastcall",))
MODELS = frozenset(kind.model for kind in kinds())
