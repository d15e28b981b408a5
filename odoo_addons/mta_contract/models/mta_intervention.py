from odoo import api, fields, models
from odoo.fields import Domain

from .mta_contract import RUNNING_STATES


class MtaIntervention(models.Model):
    _inherit = "mta.intervention"

    contract_id = fields.Many2one(
        "mta.contract",
        compute="_compute_contract_id",
        store=True,
        precompute=True,
        readonly=False,
        check_company=True,
        index="btree_not_null",
    )
    contract_line_id = fields.Many2one(
        "mta.contract.line", readonly=True, copy=False, ondelete="set null"
    )
    visit_date = fields.Date(readonly=True, copy=False)

    # The last word on "one visit once", also when two crons run at the same time.
    _visit_unique = models.UniqueIndex(
        "(contract_line_id, visit_date) WHERE contract_line_id IS NOT NULL",
        "This visit of the contract exists already.",
    )

    @api.depends("equipment_id", "reported_at")
    def _compute_contract_id(self):
        for intervention in self:
            intervention.contract_id = intervention._find_contract()

    def _find_contract(self):
        """Return the contract that covers the equipment on the day of the call."""
        self.ensure_one()
        if not (self.equipment_id and self.reported_at):
            return self.env["mta.contract"]
        # The day as the caller lives it, not as UTC counts it.
        day = fields.Datetime.context_timestamp(self, self.reported_at).date()
        domain = (
            Domain("line_ids.equipment_id", "=", self.equipment_id.id)
            & Domain("state", "in", RUNNING_STATES)
            & Domain("date_start", "<=", day)
            & Domain("date_end", ">=", day)
        )
        # With several, the best promise counts; 0 hours means none of its own.
        contracts = self.env["mta.contract"].search(domain)
        return contracts.sorted(lambda c: c.response_hours or float("inf"))[:1]

    def _sla_hours(self):
        if self.kind == "corrective" and self.contract_id.response_hours:
            return self.contract_id.response_hours
        return super()._sla_hours()

    @api.depends("contract_id")
    def _compute_deadline(self):
        return super()._compute_deadline()
