from dateutil.relativedelta import relativedelta

from odoo import api, fields, models


class MtaContractLine(models.Model):
    _name = "mta.contract.line"
    _description = "Covered Equipment"
    _order = "contract_id, next_visit, id"
    _rec_name = "equipment_id"
    _check_company_auto = True

    contract_id = fields.Many2one(
        "mta.contract",
        required=True,
        ondelete="cascade",
        index=True,
    )
    company_id = fields.Many2one(related="contract_id.company_id", store=True)
    equipment_id = fields.Many2one(
        "mta.equipment",
        required=True,
        ondelete="restrict",
        index=True,
        check_company=True,
    )
    technician_id = fields.Many2one("res.users", help="Proposed for the visits.")
    interval_count = fields.Integer(string="Every", required=True, default=6)
    interval_unit = fields.Selection(
        [("days", "Days"), ("weeks", "Weeks"), ("months", "Months")],
        required=True,
        default="months",
    )
    first_visit = fields.Date(required=True, default=fields.Date.context_today)
    visits_created = fields.Integer(readonly=True, copy=False)
    next_visit = fields.Date(compute="_compute_next_visit", store=True)

    _equipment_once = models.Constraint(
        "unique(contract_id, equipment_id)", "The contract covers this machine already."
    )
    # The catching up of missed visits ends because each step moves the date.
    _interval_positive = models.Constraint(
        "CHECK(interval_count > 0)", "The interval must be 1 at least."
    )

    # Counted from the first visit and not from the last one: from 31 January on,
    # monthly visits fall on 28 February and then on 31 March again.
    @api.depends("first_visit", "interval_count", "interval_unit", "visits_created")
    def _compute_next_visit(self):
        for line in self:
            line.next_visit = line.first_visit and (
                line.first_visit
                + relativedelta(
                    **{line.interval_unit: line.interval_count * line.visits_created},
                )
            )

    @api.constrains("contract_id", "equipment_id")
    def _check_equipment_of_customer(self):
        self.contract_id._check_equipment_of_customer()

    @api.onchange("equipment_id")
    def _onchange_equipment_id(self):
        last = self.env["mta.intervention"].search(
            [("equipment_id", "=", self.equipment_id.id), ("kind", "=", "preventive")],
            order="id desc",
            limit=1,
        )
        self.technician_id = last.technician_id

    def write(self, vals):
        # A new rhythm applies from the next visit on; the past is not recounted.
        if "first_visit" in vals:
            vals = {"visits_created": 0, **vals}
        elif {"interval_count", "interval_unit"} & vals.keys():
            for line in self.filtered("visits_created"):
                line.first_visit = line.next_visit
        return super().write(vals)

    def _visit_vals(self, date):
        self.ensure_one()
        contract = self.contract_id
        return {
            "subject": self.env._("Visit for %s", contract.name),
            "kind": "preventive",
            "equipment_id": self.equipment_id.id,
            "contract_id": contract.id,
            "contract_line_id": self.id,
            "visit_date": date,
            "technician_id": self.technician_id.id,
            "responsible_id": contract.responsible_id.id,
        }

    def _create_visits(self, until):
        """Create every visit due up to ``until`` that does not exist yet."""
        vals_list = []
        for line in self:
            if line.equipment_id.state == "retired":
                continue
            known = set(line._existing_visits())
            while line.next_visit <= until:
                if line.next_visit not in known:
                    vals_list.append(line._visit_vals(line.next_visit))
                line.visits_created += 1
        return self.env["mta.intervention"].create(vals_list)

    def _existing_visits(self):
        visits = self.env["mta.intervention"].search(
            [("contract_line_id", "=", self.id)],
        )
        return visits.mapped("visit_date")
