from odoo import models


class ResCompany(models.Model):
    _inherit = "res.company"

    def _mta_alert_user(self, candidates):
        """Return who gets an alert: a candidate who is there, else a dispatcher.

        An alert for somebody who left, or for OdooBot, would wait for ever.
        """
        self.ensure_one()
        group = self.env.ref("mta_equipment.group_dispatcher")
        return candidates.filtered("active")[:1] or self.env["res.users"].search(
            [("all_group_ids", "in", group.ids), ("company_ids", "in", self.ids)],
            order="id",
            limit=1,
        )
