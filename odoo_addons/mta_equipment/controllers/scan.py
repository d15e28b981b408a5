from odoo import http
from odoo.http import request


class MtaEquipmentScan(http.Controller):
    @http.route("/mta/scan/<string:code>", type="http", auth="user", methods=["GET"])
    def scan(self, code):
        """Open the equipment whose label carries ``code``."""
        # Searched with the user's own rights: another company's machine is as
        # unknown to them as a code that does not exist.
        equipment = request.env["mta.equipment"].search(
            [("label_code", "=", code)],
            limit=1,
        )
        if not equipment:
            raise request.not_found()
        return request.redirect(f"/odoo/mta.equipment/{equipment.id}")
