from odoo import api, fields, models


class MtaEquipment(models.Model):
    _inherit = "mta.equipment"

    intervention_ids = fields.One2many("mta.intervention", "equipment_id")
    intervention_count = fields.Integer(compute="_compute_intervention_count")

    @api.depends("intervention_ids")
    def _compute_intervention_count(self):
        counts = dict(
            self.env["mta.intervention"]._read_group(
                [("equipment_id", "in", self.ids)], ["equipment_id"], ["__count"]
            )
        )
        for equipment in self:
            equipment.intervention_count = counts.get(equipment, 0)

    def action_view_interventions(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "mta_intervention.mta_intervention_action"
        )
        action["domain"] = [("equipment_id", "=", self.id)]
        action["context"] = {"default_equipment_id": self.id}
        return action
