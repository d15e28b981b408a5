from odoo import api, fields, models
from odoo.exceptions import UserError


class MtaInterventionLine(models.Model):
    _name = "mta.intervention.line"
    _description = "Work Line"
    _order = "date, id"

    intervention_id = fields.Many2one(
        "mta.intervention", required=True, ondelete="cascade", index=True
    )
    # Stored, because the multi-company rule filters on it.
    company_id = fields.Many2one(related="intervention_id.company_id", store=True)
    date = fields.Date(required=True, default=fields.Date.context_today)
    user_id = fields.Many2one(
        "res.users", string="Worker", required=True, default=lambda self: self.env.user
    )
    name = fields.Char(string="Work", required=True)
    duration = fields.Float(string="Hours", required=True)

    _duration_of_a_day = models.Constraint(
        "CHECK(duration >= 0 AND duration <= 24)",
        "A work line lasts between 0 and 24 hours.",
    )

    def _check_open(self):
        # Closed hours may be invoiced already; a dispatcher may still correct them.
        if self.env.su or self.env.user.has_group("mta_equipment.group_dispatcher"):
            return
        for intervention in self.intervention_id:
            if intervention.state in ("done", "cancelled"):
                raise UserError(
                    self.env._(
                        "%s is closed: ask a dispatcher to correct its hours.",
                        intervention.name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines._check_open()
        return lines

    def write(self, vals):
        self._check_open()
        result = super().write(vals)
        if "intervention_id" in vals:
            self._check_open()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_closed(self):
        self._check_open()
