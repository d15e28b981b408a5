import uuid

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

# A warranty that ends within this many days is worth a call to the customer.
WARRANTY_NOTICE_DAYS = 30

WARRANTY_STATES = [
    ("none", "No Warranty"),
    ("valid", "Under Warranty"),
    ("expiring", "Expiring Soon"),
    ("expired", "Expired"),
]


class MtaEquipment(models.Model):
    _name = "mta.equipment"
    _description = "Equipment"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "name, id"
    _check_company_auto = True
    _rec_names_search = ["name", "serial_number"]

    name = fields.Char(required=True, tracking=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    category_id = fields.Many2one(
        "mta.equipment.category", required=True, ondelete="restrict", index=True
    )
    manufacturer_id = fields.Many2one(
        "res.partner", domain=[("is_company", "=", True)], check_company=True
    )
    model_reference = fields.Char()
    serial_number = fields.Char(copy=False, tracking=True)
    label_code = fields.Char(
        required=True,
        readonly=True,
        copy=False,
        default=lambda self: uuid.uuid4().hex[:12],
        help="Printed as a QR code on the machine; opens this form.",
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        index=True,
        check_company=True,
        tracking=True,
    )
    location_id = fields.Many2one(
        "res.partner",
        string="Site",
        check_company=True,
        tracking=True,
        help="Address of the customer where the equipment stands.",
    )
    state = fields.Selection(
        [
            ("in_service", "In Service"),
            ("out_of_service", "Out of Service"),
            ("retired", "Retired"),
        ],
        required=True,
        readonly=True,
        copy=False,
        default="in_service",
        tracking=True,
    )
    install_date = fields.Date(default=fields.Date.context_today)
    warranty_start = fields.Date(
        compute="_compute_warranty_start",
        store=True,
        readonly=False,
    )
    warranty_end = fields.Date(
        compute="_compute_warranty_end",
        store=True,
        readonly=False,
    )
    warranty_state = fields.Selection(
        WARRANTY_STATES,
        compute="_compute_warranty_state",
        search="_search_warranty_state",
    )
    event_ids = fields.One2many("mta.equipment.event", "equipment_id")
    event_count = fields.Integer(compute="_compute_event_count")
    note = fields.Html()

    # An index rather than a constraint: two NULL manufacturers would count as
    # different, and machines without a known manufacturer must not repeat either.
    _serial_unique = models.UniqueIndex(
        "(category_id, COALESCE(manufacturer_id, 0), serial_number) "
        "WHERE serial_number IS NOT NULL",
        "This serial number already exists for this category and manufacturer.",
    )
    _label_code_unique = models.Constraint(
        "unique(label_code)", "Another machine already carries this label code."
    )
    _warranty_dates = models.Constraint(
        "CHECK(warranty_end >= warranty_start)",
        "The warranty cannot end before it starts.",
    )

    @api.depends("name", "serial_number")
    def _compute_display_name(self):
        for equipment in self:
            serial = equipment.serial_number
            parts = [equipment.name, serial and f"[{serial}]"]
            equipment.display_name = " ".join(part for part in parts if part)

    @api.depends("install_date")
    def _compute_warranty_start(self):
        for equipment in self:
            equipment.warranty_start = equipment.install_date

    # Not on category_id.warranty_months: a new policy of the category must not
    # rewrite the warranties that were already granted.
    @api.depends("warranty_start", "category_id")
    def _compute_warranty_end(self):
        for equipment in self:
            months = equipment.category_id.warranty_months
            equipment.warranty_end = (
                equipment.warranty_start + relativedelta(months=months, days=-1)
                if equipment.warranty_start and months
                else False
            )

    @api.depends("warranty_end")
    @api.depends_context("tz")
    def _compute_warranty_state(self):
        today = fields.Date.context_today(self)
        for equipment in self:
            end = equipment.warranty_end
            if not end:
                equipment.warranty_state = "none"
            elif end < today:
                equipment.warranty_state = "expired"
            elif end <= today + relativedelta(days=WARRANTY_NOTICE_DAYS):
                equipment.warranty_state = "expiring"
            else:
                equipment.warranty_state = "valid"

    @api.model
    def _search_warranty_state(self, operator, value):
        # Odoo derives "=", "!=" and "not in" from this one operator.
        if operator != "in":
            return NotImplemented
        today = fields.Date.context_today(self)
        notice = today + relativedelta(days=WARRANTY_NOTICE_DAYS)
        not_expired = Domain("warranty_end", ">=", today)
        domains = {
            "none": Domain("warranty_end", "=", False),
            "expired": Domain("warranty_end", "<", today),
            "expiring": not_expired & Domain("warranty_end", "<=", notice),
            "valid": Domain("warranty_end", ">", notice),
        }
        return Domain.OR(domains[state] for state in value if state in domains)

    @api.depends("event_ids")
    def _compute_event_count(self):
        for equipment in self:
            equipment.event_count = len(equipment.event_ids)

    @api.constrains("partner_id", "location_id")
    def _check_location(self):
        for equipment in self.filtered("location_id"):
            customer = equipment.partner_id.commercial_partner_id
            if equipment.location_id.commercial_partner_id != customer:
                raise ValidationError(
                    self.env._(
                        "%(site)s is not a site of %(customer)s.",
                        site=equipment.location_id.display_name,
                        customer=customer.display_name,
                    )
                )

    @api.model
    def _normalize_serial(self, vals):
        # Serial numbers are typed from a label on site: " ab 12" is "AB 12", and an
        # empty string must become NULL or the index would allow only one of them.
        if "serial_number" in vals:
            serial = (vals["serial_number"] or "").strip().upper()
            vals = dict(vals, serial_number=serial or False)
        return vals

    @api.model_create_multi
    def create(self, vals_list):
        equipment = super().create([self._normalize_serial(vals) for vals in vals_list])
        equipment._log_event("installed")
        return equipment

    def write(self, vals):
        vals = self._normalize_serial(vals)
        moved = self.browse()
        if "location_id" in vals or "partner_id" in vals:
            moved = self.filtered(
                lambda e: e.location_id.id != vals.get("location_id", e.location_id.id)
                or e.partner_id.id != vals.get("partner_id", e.partner_id.id)
            )
        result = super().write(vals)
        for equipment in moved:
            place = equipment.location_id or equipment.partner_id
            equipment._log_event("moved", place.display_name)
        return result

    def _log_event(self, kind, note=False):
        self.env["mta.equipment.event"].create(
            [{"equipment_id": e.id, "kind": kind, "note": note} for e in self]
        )

    def _set_state(self, state, event):
        for equipment in self:
            if equipment.state == "retired":
                raise UserError(
                    self.env._("%s is retired for good.", equipment.display_name),
                )
        changed = self.filtered(lambda e: e.state != state)
        changed.write({"state": state})
        changed._log_event(event)

    def action_out_of_service(self):
        self._set_state("out_of_service", "out_of_service")

    def action_return_to_service(self):
        self._set_state("in_service", "returned")

    def action_retire(self):
        self._set_state("retired", "retired")

    def action_view_events(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "mta_equipment.mta_equipment_event_action"
        )
        action["domain"] = [("equipment_id", "=", self.id)]
        action["context"] = {"default_equipment_id": self.id}
        return action
