from odoo import api, fields, models

from .mta_contract import RUNNING_STATES


class MtaEquipment(models.Model):
    _inherit = "mta.equipment"

    contract_line_ids = fields.One2many("mta.contract.line", "equipment_id")
    under_contract = fields.Boolean(
        compute="_compute_under_contract", search="_search_under_contract"
    )

    @api.depends("contract_line_ids.contract_id.state")
    def _compute_under_contract(self):
        covered = self.filtered_domain(self._search_under_contract("in", [True]))
        for equipment in self:
            equipment.under_contract = equipment in covered

    def _search_under_contract(self, operator, value):
        if operator != "in":
            return NotImplemented
        lines = [("contract_id.state", "in", RUNNING_STATES)]
        any_operator = "any" if True in value else "not any"
        return [("contract_line_ids", any_operator, lines)]
