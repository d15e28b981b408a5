from odoo import api, fields, models


class MtaEquipmentCategory(models.Model):
    _name = "mta.equipment.category"
    _description = "Equipment Category"
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, help="Short code, unique, as used on labels.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    color = fields.Integer()
    warranty_months = fields.Integer(
        default=24, help="Warranty proposed for new equipment; 0 for none."
    )
    equipment_ids = fields.One2many("mta.equipment", "category_id")
    equipment_count = fields.Integer(compute="_compute_equipment_count")

    _code_unique = models.Constraint(
        "unique(code)",
        "Another category already uses this code.",
    )
    _warranty_positive = models.Constraint(
        "CHECK(warranty_months >= 0)", "A warranty cannot last less than 0 months."
    )

    @api.depends("equipment_ids")
    def _compute_equipment_count(self):
        counts = dict(
            self.env["mta.equipment"]._read_group(
                [("category_id", "in", self.ids)], ["category_id"], ["__count"]
            )
        )
        for category in self:
            category.equipment_count = counts.get(category, 0)

    def action_view_equipment(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "mta_equipment.mta_equipment_action",
        )
        action["domain"] = [("category_id", "=", self.id)]
        action["context"] = {"default_category_id": self.id}
        return action
