from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from .mta_sla_rule import PRIORITIES

OPEN_STATES = ("new", "planned", "in_progress", "waiting")


class MtaIntervention(models.Model):
    _name = "mta.intervention"
    _description = "Intervention"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "priority desc, deadline, id desc"
    _check_company_auto = True

    name = fields.Char(required=True, readonly=True, copy=False, default="/")
    subject = fields.Char(required=True, tracking=True)
    description = fields.Html()
    kind = fields.Selection(
        [
            ("corrective", "Repair"),
            ("preventive", "Preventive Visit"),
            ("installation", "Installation"),
        ],
        required=True,
        default="corrective",
    )
    priority = fields.Selection(PRIORITIES, required=True, default="0", tracking=True)
    state = fields.Selection(
        [
            ("new", "New"),
            ("planned", "Planned"),
            ("in_progress", "In Progress"),
            ("waiting", "Waiting"),
            ("done", "Done"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        copy=False,
        default="new",
        tracking=True,
        group_expand=True,
        index=True,
    )
    equipment_id = fields.Many2one(
        "mta.equipment",
        required=True,
        ondelete="restrict",
        index=True,
        domain=[("state", "!=", "retired")],
    )
    category_id = fields.Many2one(
        related="equipment_id.category_id",
        string="Equipment Category",
    )
    # Taken when the call is made, not related: a machine that is sold later must
    # not move its past interventions to the new owner.
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        compute="_compute_from_equipment",
        store=True,
        precompute=True,
    )
    location_id = fields.Many2one(
        "res.partner",
        string="Site",
        compute="_compute_from_equipment",
        store=True,
        precompute=True,
        readonly=False,
    )
    company_id = fields.Many2one(
        "res.company",
        compute="_compute_from_equipment",
        store=True,
        precompute=True,
        index=True,
    )
    responsible_id = fields.Many2one(
        "res.users",
        string="Dispatcher",
        default=lambda self: self.env.user,
        tracking=True,
    )
    technician_id = fields.Many2one(
        "res.users",
        default=lambda self: self._default_technician(),
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
        index=True,
        tracking=True,
    )
    reported_at = fields.Datetime(
        required=True,
        copy=False,
        default=fields.Datetime.now,
    )
    planned_start = fields.Datetime(copy=False, tracking=True)
    planned_end = fields.Datetime(copy=False)
    started_at = fields.Datetime(readonly=True, copy=False)
    done_at = fields.Datetime(readonly=True, copy=False)
    deadline = fields.Datetime(compute="_compute_deadline", store=True)
    is_overdue = fields.Boolean(
        compute="_compute_is_overdue",
        search="_search_is_overdue",
    )
    resolution = fields.Text(copy=False)
    line_ids = fields.One2many("mta.intervention.line", "intervention_id")
    total_hours = fields.Float(compute="_compute_total_hours", store=True)

    _planned_dates = models.Constraint(
        "CHECK(planned_end >= planned_start)",
        "The planned end cannot be before the planned start.",
    )

    @api.model
    def _default_technician(self):
        # Technicians see only their own calls: what they report is theirs, or it
        # would vanish before their eyes.
        user = self.env.user
        if user.has_group("mta_equipment.group_dispatcher"):
            return False
        return user if user.has_group("mta_equipment.group_technician") else False

    @api.depends("equipment_id")
    def _compute_from_equipment(self):
        for intervention in self:
            equipment = intervention.equipment_id
            intervention.partner_id = equipment.partner_id
            intervention.location_id = equipment.location_id
            intervention.company_id = equipment.company_id

    def _sla_hours(self):
        """Return the hours to respond in, or None without a promise."""
        self.ensure_one()
        if self.kind != "corrective":
            return None
        return self.env["mta.sla.rule"]._find_hours(self.category_id, self.priority)

    # Not on the rules: a promise already made does not change with the policy.
    @api.depends("reported_at", "priority", "kind", "equipment_id")
    def _compute_deadline(self):
        for intervention in self:
            hours = intervention._sla_hours()
            intervention.deadline = (
                intervention.reported_at + timedelta(hours=hours)
                if hours and intervention.reported_at
                else False
            )

    @api.model
    def _overdue_domain(self):
        now = fields.Datetime.now()
        return Domain("state", "in", OPEN_STATES) & Domain("deadline", "<", now)

    @api.depends("deadline", "state")
    def _compute_is_overdue(self):
        now = fields.Datetime.now()
        for intervention in self:
            intervention.is_overdue = bool(
                intervention.state in OPEN_STATES
                and intervention.deadline
                and intervention.deadline < now
            )

    @api.model
    def _search_is_overdue(self, operator, value):
        # Odoo derives "=", "!=" and "not in" from this one operator.
        if operator != "in":
            return NotImplemented
        overdue = self._overdue_domain()
        return overdue if True in value else ~overdue

    @api.depends("line_ids.duration")
    def _compute_total_hours(self):
        for intervention in self:
            intervention.total_hours = sum(intervention.line_ids.mapped("duration"))

    @api.depends("name", "subject")
    def _compute_display_name(self):
        for intervention in self:
            parts = [intervention.name, intervention.subject]
            intervention.display_name = " ".join(part for part in parts if part)

    @api.model_create_multi
    def create(self, vals_list):
        interventions = super().create(vals_list)
        for intervention in interventions.filtered(lambda i: i.name == "/"):
            sequence = self.env["ir.sequence"].with_company(intervention.company_id)
            intervention.name = sequence.next_by_code("mta.intervention") or "/"
        return interventions
