from odoo.tests import tagged

from .common import MtaEquipmentCase


@tagged("at_install")
class TestAlertUser(MtaEquipmentCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sister = cls.env["res.company"].create({"name": "Test Sister"})
        cls.sister_dispatcher = cls._new_user(
            "t_sister",
            "group_dispatcher",
            cls.sister,
        )

    def test_the_first_candidate_who_is_there(self):
        candidates = self.technician | self.technician_2
        alert = self.sister._mta_alert_user
        self.assertEqual(alert(candidates), self.technician)
        self.technician.active = False
        self.assertEqual(alert(candidates), self.technician_2)

    def test_else_a_dispatcher_of_the_company(self):
        nobody = self.env["res.users"]
        self.assertEqual(self.sister._mta_alert_user(nobody), self.sister_dispatcher)
        self._new_user("t_sister_technician", "group_technician", self.sister)
        self.sister_dispatcher.active = False
        self.assertFalse(self.sister._mta_alert_user(self.sister_dispatcher))
