from odoo import fields, models


class MtaEquipmentEvent(models.Model):
    _name = "mta.equipment.event"
    _description = "Equipment History"
    _order = "date desc, id desc"

    equipment_id = fields.Many2one(
        "mta.equipment",
        required=True,
        ondelete="cascade",
        index=True,
    )
    # Stored, because the multi-company rule filters on it.
    company_id = fields.Many2one(related="equipment_id.company_id", store=True)
    date = fields.Datetime(required=True, default=fields.Datetime.now)
    user_id = fields.Many2one("res.users", default=lambda self: self.env.user)
    kind = fields.Selection(
        [
            ("installed", "Installed"),
            ("moved", "Moved"),
            ("out_of_service", "Out of Service"),
            ("returned", "Returned to Service"),
            ("retired", "Retired"),
            ("note", "Note"),
        ],
        required=True,
        default="note",
    )
    note = fields.Char()
