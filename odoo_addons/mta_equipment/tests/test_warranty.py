import datetime

import psycopg2

from odoo.fields import Domain
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .common import MtaEquipmentCase

TODAY = "2026-06-15"


@tagged("at_install")
class TestWarranty(MtaEquipmentCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # The four sides of the two boundaries, and no warranty at all.
        cls.by_end = {
            end: cls.env["mta.equipment"].create(cls._equipment_vals(warranty_end=end))
            for end in (False, "2026-06-14", "2026-06-15", "2026-07-15", "2026-07-16")
        }
        cls.machines = cls.env["mta.equipment"].union(*cls.by_end.values())

    def test_ends_the_day_before_the_anniversary(self):
        self.assertEqual(self.equipment.warranty_start, datetime.date(2026, 1, 15))
        self.assertEqual(self.equipment.warranty_end, datetime.date(2028, 1, 14))

    def test_follows_the_install_date(self):
        self.equipment.install_date = "2026-03-01"
        self.assertEqual(self.equipment.warranty_end, datetime.date(2028, 2, 29))

    def test_none_for_a_category_without_warranty(self):
        category = self.category.copy({"code": "T-NONE", "warranty_months": 0})
        self.equipment.category_id = category
        self.assertFalse(self.equipment.warranty_end)

    def test_new_policy_keeps_granted_warranties(self):
        self.category.warranty_months = 6
        self.assertEqual(self.equipment.warranty_end, datetime.date(2028, 1, 14))

    @freeze_time(TODAY)
    def test_state_at_the_boundaries(self):
        states = {end: e.warranty_state for end, e in self.by_end.items()}
        self.assertEqual(
            states,
            {
                False: "none",
                "2026-06-14": "expired",
                "2026-06-15": "expiring",
                "2026-07-15": "expiring",
                "2026-07-16": "valid",
            },
        )

    @freeze_time(TODAY)
    def test_search_agrees_with_the_value(self):
        Equipment = self.env["mta.equipment"]
        among = Domain("id", "in", self.machines.ids)
        for state in ("none", "valid", "expiring", "expired"):
            expected = self.machines.filtered(lambda e, s=state: e.warranty_state == s)
            self.assertTrue(expected)
            for operator, result in (
                ("=", expected),
                ("!=", self.machines - expected),
            ):
                with self.subTest(state=state, operator=operator):
                    domain = Domain("warranty_state", operator, state) & among
                    self.assertEqual(Equipment.search(domain), result)

    @freeze_time(TODAY)
    def test_search_many_states_and_unknown_ones(self):
        Equipment = self.env["mta.equipment"]
        among = Domain("id", "in", self.machines.ids)
        domain = Domain("warranty_state", "in", ["valid", "expired", "nonsense"])
        found = Equipment.search(domain & among)
        self.assertEqual(found, self.by_end["2026-06-14"] | self.by_end["2026-07-16"])
        self.assertFalse(
            Equipment.search(Domain("warranty_state", "=", "nonsense") & among),
        )

    def test_cannot_end_before_it_starts(self):
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(psycopg2.errors.CheckViolation),
            self.env.cr.savepoint(),
        ):
            self.equipment.warranty_end = "2025-12-31"
            self.equipment.flush_recordset()
