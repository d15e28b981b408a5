from odoo.tests import HttpCase, tagged

from .common import MtaEquipmentCase


# At install on purpose: an HttpCase after the installation makes Odoo build every
# asset bundle first, and these routes render no page.
@tagged("at_install")
class TestScan(HttpCase, MtaEquipmentCase):
    def _scan(self, code):
        return self.url_open(f"/mta/scan/{code}", allow_redirects=False)

    def test_opens_the_machine_of_the_label(self):
        self.authenticate("t_technician", "t_technician")
        response = self._scan(self.equipment.label_code)
        self.assertEqual(response.status_code, 303)
        self.assertURLEqual(
            response.headers["Location"], f"/odoo/mta.equipment/{self.equipment.id}"
        )

    def test_unknown_label(self):
        self.authenticate("t_technician", "t_technician")
        self.assertEqual(self._scan("no-such-label").status_code, 404)

    def test_label_of_another_company(self):
        company = self.env["res.company"].create({"name": "Test Sister"})
        self._new_user("t_stranger", "group_technician", company)
        self.authenticate("t_stranger", "t_stranger")
        self.assertEqual(self._scan(self.equipment.label_code).status_code, 404)

    def test_visitors_log_in_first(self):
        response = self._scan(self.equipment.label_code)
        self.assertEqual(response.status_code, 303)
        self.assertIn("/web/login", response.headers["Location"])
