from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import MtaEquipmentCase


@tagged("at_install")
class TestAccess(MtaEquipmentCase):
    def test_technician_reads_and_does_not_change(self):
        equipment = self.equipment.with_user(self.technician)
        self.assertEqual(equipment.name, "Test Pump")
        with self.assertRaises(AccessError):
            equipment.name = "Mine"
        with self.assertRaises(AccessError):
            equipment.unlink()
        with self.assertRaises(AccessError):
            equipment.create(self._equipment_vals())

    def test_technician_adds_history_and_does_not_rewrite_it(self):
        event = self.env["mta.equipment.event"].with_user(self.technician)
        event = event.create({"equipment_id": self.equipment.id, "note": "Leaks"})
        self.assertEqual(event.user_id, self.technician)
        with self.assertRaises(AccessError):
            event.note = "Never leaked"

    def test_dispatcher_manages(self):
        vals = self._equipment_vals(name="New")
        equipment = self.env["mta.equipment"].with_user(self.dispatcher).create(vals)
        equipment.action_retire()
        self.assertEqual(equipment.state, "retired")
        self.category.with_user(self.dispatcher).warranty_months = 12

    def test_other_employees_see_nothing(self):
        employee = new_test_user(self.env, login="t_employee")
        with self.assertRaises(AccessError):
            self.equipment.with_user(employee).read(["name"])
        # The field of the partner is not even offered, so contacts still open.
        fields = self.customer.with_user(employee).fields_get()
        self.assertNotIn("mta_equipment_count", fields)

    def test_companies_do_not_see_each_other(self):
        company = self.env["res.company"].create({"name": "Test Sister"})
        stranger = self._new_user("t_stranger", "group_dispatcher", company)
        equipment = self.equipment.with_user(stranger)
        self.assertFalse(equipment.search([("id", "=", self.equipment.id)]))
        with self.assertRaises(AccessError):
            equipment.read(["name"])
        with self.assertRaises(AccessError):
            self.equipment.event_ids.with_user(stranger).read(["kind"])
