from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from .common import MtaEquipmentCase


@tagged("at_install")
class TestEquipment(MtaEquipmentCase):
    def test_display_name_shows_the_serial_number(self):
        self.assertEqual(self.equipment.display_name, "Test Pump")
        self.equipment.serial_number = "P1"
        self.assertEqual(self.equipment.display_name, "Test Pump [P1]")

    def test_found_by_serial_number(self):
        self.equipment.serial_number = "FIND-ME-9"
        found = self.env["mta.equipment"].name_search("find-me-9")
        self.assertEqual([row[0] for row in found], self.equipment.ids)

    def test_each_machine_has_its_own_label(self):
        twin = self.equipment.copy()
        self.assertTrue(twin.label_code)
        self.assertNotEqual(twin.label_code, self.equipment.label_code)

    def test_site_must_belong_to_the_customer(self):
        self.equipment.location_id = self.site
        with self.assertRaisesRegex(ValidationError, "not a site of Test Dairy"):
            self.equipment.location_id = self.other_customer

    def test_history_of_a_life(self):
        equipment = self.equipment
        equipment.location_id = self.site
        equipment.action_out_of_service()
        self.assertEqual(equipment.state, "out_of_service")
        equipment.action_return_to_service()
        self.assertEqual(equipment.state, "in_service")
        equipment.action_retire()
        self.assertEqual(equipment.state, "retired")
        self.assertEqual(
            equipment.event_ids.sorted("id").mapped("kind"),
            ["installed", "moved", "out_of_service", "returned", "retired"],
        )
        self.assertEqual(equipment.event_count, 5)

    def test_the_move_names_the_place(self):
        self.equipment.location_id = self.site
        move = self.equipment.event_ids.filtered(lambda e: e.kind == "moved")
        self.assertEqual(move.note, self.site.display_name)

    def test_writing_the_same_place_is_not_a_move(self):
        self.equipment.write({"partner_id": self.customer.id, "location_id": False})
        self.assertNotIn("moved", self.equipment.event_ids.mapped("kind"))

    def test_same_state_twice_is_one_event(self):
        self.equipment.action_out_of_service()
        self.equipment.action_out_of_service()
        kinds = self.equipment.event_ids.mapped("kind")
        self.assertEqual(kinds.count("out_of_service"), 1)

    def test_retired_is_for_good(self):
        self.equipment.action_retire()
        with self.assertRaisesRegex(UserError, "retired for good"):
            self.equipment.action_return_to_service()
        self.assertEqual(self.equipment.state, "retired")

    def test_buttons_open_only_their_own_records(self):
        action = self.equipment.action_view_events()
        self.assertEqual(action["domain"], [("equipment_id", "=", self.equipment.id)])
        action = self.category.action_view_equipment()
        found = self.env["mta.equipment"].search(action["domain"])
        self.assertEqual(found, self.equipment)

    def test_category_counts_equipment(self):
        empty = self.category.copy({"code": "T-EMPTY"})
        self.equipment.copy()
        self.assertEqual((self.category | empty).mapped("equipment_count"), [2, 0])
