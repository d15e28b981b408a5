from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

# States in which a contract covers its equipment.
RUNNING_STATES = ("active", "to_renew")

RENEW_ACTIVITY = "mta_contract.mail_activity_renew"


class MtaContract(models.Model):
    _name = "mta.contract"
    _description = "Maintenance Contract"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "date_end, id"
    _check_company_auto = True

    name = fields.Char(required=True, readonly=True, copy=False, default="/")
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda s: s.env.company
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        index=True,
        check_company=True,
        tracking=True,
    )
    responsible_id = fields.Many2one(
        "res.users",
        default=lambda self: self.env.user,
        tracking=True,
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("active", "Active"),
            ("to_renew", "To Renew"),
            ("expired", "Expired"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        readonly=True,
        copy=False,
        default="draft",
        tracking=True,
        index=True,
    )
    date_start = fields.Date(required=True, default=fields.Date.context_today)
    date_end = fields.Date(
        required=True,
        tracking=True,
        default=lambda self: self._default_date_end(),
    )
    auto_renew = fields.Boolean(help="Renew by itself on the day after its end.")
    renewal_months = fields.Integer(default=12, required=True)
    notice_days = fields.Integer(
        default=30, help="Ask for the renewal this many days before the end."
    )
    lead_days = fields.Integer(
        default=7,
        help="Create visits this many days before they are due.",
    )
    response_hours = fields.Float(
        help="Response time for repairs; 0 for the general response times."
    )
    line_ids = fields.One2many("mta.contract.line", "contract_id", copy=True)
    intervention_ids = fields.One2many("mta.intervention", "contract_id")
    intervention_count = fields.Integer(compute="_compute_intervention_count")
    next_visit = fields.Date(compute="_compute_next_visit", store=True)
    last_error = fields.Char(readonly=True, copy=False)

    _dates = models.Constraint(
        "CHECK(date_end >= date_start)", "A contract cannot end before it starts."
    )
    _renewal_months = models.Constraint(
        "CHECK(renewal_months > 0)", "A renewal lasts one month at least."
    )
    _days = models.Constraint(
        "CHECK(notice_days >= 0 AND lead_days >= 0)",
        "Days in advance cannot be negative.",
    )

    @api.model
    def _default_date_end(self):
        return fields.Date.context_today(self) + relativedelta(years=1, days=-1)

    @api.depends("intervention_ids")
    def _compute_intervention_count(self):
        counts = dict(
            self.env["mta.intervention"]._read_group(
                [("contract_id", "in", self.ids)], ["contract_id"], ["__count"]
            )
        )
        for contract in self:
            contract.intervention_count = counts.get(contract, 0)

    @api.depends("line_ids.next_visit")
    def _compute_next_visit(self):
        for contract in self:
            dates = [line.next_visit for line in contract.line_ids if line.next_visit]
            contract.next_visit = min(dates, default=False)

    @api.constrains("partner_id")
    def _check_equipment_of_customer(self):
        for contract in self:
            customer = contract.partner_id.commercial_partner_id
            for equipment in contract.line_ids.equipment_id:
                if equipment.partner_id.commercial_partner_id != customer:
                    raise ValidationError(
                        self.env._(
                            "%(equipment)s is not equipment of %(customer)s.",
                            equipment=equipment.display_name,
                            customer=customer.display_name,
                        )
                    )

    @api.model_create_multi
    def create(self, vals_list):
        contracts = super().create(vals_list)
        for contract in contracts.filtered(lambda c: c.name == "/"):
            sequence = self.env["ir.sequence"].with_company(contract.company_id)
            contract.name = sequence.next_by_code("mta.contract") or "/"
        return contracts

    @api.ondelete(at_uninstall=False)
    def _unlink_except_signed(self):
        for contract in self:
            if contract.state not in ("draft", "cancelled"):
                raise UserError(
                    self.env._("%s must be cancelled first.", contract.name),
                )

    def action_activate(self):
        for contract in self:
            if contract.state != "draft":
                raise UserError(self.env._("%s is not a draft.", contract.name))
            if not contract.line_ids:
                raise UserError(self.env._("%s covers nothing yet.", contract.name))
        self.state = "active"

    def action_cancel(self):
        for contract in self:
            if contract.state == "expired":
                raise UserError(self.env._("%s ended already.", contract.name))
        self.state = "cancelled"
        self.activity_unlink([RENEW_ACTIVITY])

    def action_reset(self):
        for contract in self:
            if contract.state != "cancelled":
                raise UserError(self.env._("%s is not cancelled.", contract.name))
        self.state = "draft"

    def action_renew(self):
        """Start another term where the last one ends, also after it expired."""
        for contract in self:
            if contract.state not in (*RUNNING_STATES, "expired"):
                raise UserError(self.env._("%s is not running.", contract.name))
            contract.write({"date_end": contract._renewed_end(), "state": "active"})
        self.activity_unlink([RENEW_ACTIVITY])

    def _renewed_end(self):
        # Counted from the first day of the term: a contract until 28 February
        # that lasts whole months ends on the last day of the month again.
        first_day = self.date_end + relativedelta(days=1)
        return first_day + relativedelta(months=self.renewal_months, days=-1)

    def action_view_interventions(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "mta_intervention.mta_intervention_action"
        )
        action["domain"] = [("contract_id", "=", self.id)]
        action["context"] = {"create": False}
        return action
