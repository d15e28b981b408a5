from odoo.tests import HttpCase, tagged

from .common import MtaEquipmentCase


@tagged("post_install", "-at_install")
class TestTour(HttpCase, MtaEquipmentCase):
    def test_a_dispatcher_takes_a_machine_out_of_service(self):
        self.start_tour("/odoo/mta-equipment", "mta_equipment_out_of_service", login="t_dispatcher")
        self.assertEqual(self.equipment.state, "out_of_service")
