from odoo.tests import Form, tagged

from .common import MtaEquipmentCase


@tagged("at_install")
class TestViews(MtaEquipmentCase):
    def test_equipment_form(self):
        with Form(self.env["mta.equipment"].with_user(self.dispatcher)) as form:
            form.name = "Form Pump"
            form.partner_id = self.customer
            form.category_id = self.category
            form.install_date = "2026-02-01"
            self.assertEqual(str(form.warranty_end), "2028-01-31")
        self.assertEqual(form.record.company_id, self.company)
        self.assertEqual(form.record.event_ids.kind, "installed")
