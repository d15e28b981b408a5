import psycopg2

from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import MtaInterventionCase


@tagged("at_install")
class TestEquipment(MtaInterventionCase):
    def test_count_and_button(self):
        idle = self.equipment.copy()
        self._new_intervention()
        self.assertEqual((self.equipment | idle).mapped("intervention_count"), [2, 0])
        action = self.equipment.action_view_interventions()
        found = self.env["mta.intervention"].search(action["domain"])
        self.assertEqual(found, self.equipment.intervention_ids)

    def test_equipment_with_calls_is_not_deleted(self):
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(psycopg2.IntegrityError),
            self.env.cr.savepoint(),
        ):
            self.equipment.unlink()
        self.assertTrue(self.intervention.exists())
