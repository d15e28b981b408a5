from odoo.tests import tagged

from .common import MtaEquipmentCase


@tagged("at_install")
class TestPartner(MtaEquipmentCase):
    def test_count_is_that_of_the_whole_company(self):
        self.equipment.copy({"partner_id": self.site.id})
        partners = self.customer | self.contact | self.other_customer
        self.assertEqual(partners.mapped("mta_equipment_count"), [2, 2, 0])

    def test_button_opens_what_was_counted(self):
        self.equipment.copy({"partner_id": self.site.id})
        action = self.contact.action_view_mta_equipment()
        found = self.env["mta.equipment"].search(action["domain"])
        self.assertEqual(len(found), self.contact.mta_equipment_count)
        self.assertEqual(action["context"], {"default_partner_id": self.customer.id})
