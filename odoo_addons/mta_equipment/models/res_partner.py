from odoo import api, fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    # No inverse field: equipment counts for the whole company of a customer, so
    # that a site or a contact shows it as well.
    mta_equipment_count = fields.Integer(
        compute="_compute_mta_equipment_count",
        groups="mta_equipment.group_technician",
    )

    @api.depends("commercial_partner_id")
    def _compute_mta_equipment_count(self):
        counts = {}
        for partner, count in self.env["mta.equipment"]._read_group(
            [("partner_id", "child_of", self.commercial_partner_id.ids)],
            ["partner_id"],
            ["__count"],
        ):
            company = partner.commercial_partner_id
            counts[company] = counts.get(company, 0) + count
        for partner in self:
            partner.mta_equipment_count = counts.get(partner.commercial_partner_id, 0)

    def action_view_mta_equipment(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "mta_equipment.mta_equipment_action",
        )
        action["domain"] = [("partner_id", "child_of", self.commercial_partner_id.ids)]
        action["context"] = {"default_partner_id": self.commercial_partner_id.id}
        return action
