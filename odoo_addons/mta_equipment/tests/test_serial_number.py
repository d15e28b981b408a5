import psycopg2

from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import MtaEquipmentCase


@tagged("at_install")
class TestSerialNumber(MtaEquipmentCase):
    def _create(self, serial, **vals):
        return self.env["mta.equipment"].create(
            self._equipment_vals(serial_number=serial, **vals),
        )

    def _assert_refused(self, serial, **vals):
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(psycopg2.errors.UniqueViolation),
            self.env.cr.savepoint(),
        ):
            self._create(serial, **vals)

    def test_stored_trimmed_and_upper_case(self):
        self.assertEqual(self._create("  ab 12 ").serial_number, "AB 12")
        self.equipment.serial_number = "zz-1 "
        self.assertEqual(self.equipment.serial_number, "ZZ-1")

    def test_unique_for_category_and_manufacturer(self):
        self._create("S1", manufacturer_id=self.other_customer.id)
        self._assert_refused("S1", manufacturer_id=self.other_customer.id)

    def test_unique_whatever_the_case(self):
        self._create("S1")
        self._assert_refused(" s1")

    def test_unique_without_manufacturer(self):
        self._create("S1")
        self._assert_refused("S1")

    def test_free_for_another_manufacturer_or_category(self):
        category = self.category.copy({"code": "T-2"})
        self._create("S1", manufacturer_id=self.other_customer.id)
        self._create("S1", manufacturer_id=self.customer.id)
        self._create("S1")
        self._create("S1", category_id=category.id)
        count = self.env["mta.equipment"].search_count([("serial_number", "=", "S1")])
        self.assertEqual(count, 4)

    def test_many_machines_without_serial_number(self):
        machines = [self._create(value) for value in (False, "", "   ")]
        self.assertEqual([m.serial_number for m in machines], [False] * 3)

    def test_a_copy_has_no_serial_number(self):
        self.assertFalse(self._create("S1").copy().serial_number)
