from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import MtaInterventionCase


@tagged("at_install")
class TestAccess(MtaInterventionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mine = cls._worked_on()
        cls.theirs = cls._worked_on(technician_id=cls.technician_2.id)
        cls.calls = cls.mine | cls.theirs | cls.intervention

    @classmethod
    def _in_progress(cls, **vals):
        vals.setdefault("technician_id", cls.technician.id)
        return cls._new_intervention(state="in_progress", **vals)

    def _visible(self, user):
        records = self.env["mta.intervention"].with_user(user)
        return records.search([("id", "in", self.calls.ids)]).sudo(False)

    def test_technician_sees_their_own(self):
        visible = self._visible(self.technician)
        self.assertEqual(visible.ids, self.mine.ids)
        for call in (self.theirs, self.intervention):
            with self.assertRaises(AccessError):
                call.with_user(self.technician).read(["subject"])
            with self.assertRaises(AccessError):
                call.with_user(self.technician).write({"priority": "3"})

    def test_technician_sees_the_hours_of_their_own(self):
        lines = self.env["mta.intervention.line"].with_user(self.technician)
        visible = lines.search([("intervention_id", "in", self.calls.ids)])
        self.assertEqual(visible.ids, self.mine.line_ids.ids)
        with self.assertRaises(AccessError):
            lines.create(
                {"intervention_id": self.theirs.id, "name": "Not mine", "duration": 1},
            )

    def test_dispatcher_sees_all(self):
        self.assertEqual(
            sorted(self._visible(self.dispatcher).ids),
            sorted(self.calls.ids),
        )

    def test_what_a_technician_reports_is_theirs(self):
        vals = {"subject": "Saw a leak", "equipment_id": self.equipment.id}
        records = self.env["mta.intervention"]
        call = records.with_user(self.technician).create(vals)
        self.assertEqual(call.technician_id, self.technician)
        self.assertFalse(records.with_user(self.dispatcher).create(vals).technician_id)
        # Also called for users without any of the groups, e.g. by an import.
        employee = new_test_user(self.env, login="t_employee")
        self.assertFalse(records.with_user(employee)._default_technician())

    def test_technician_does_the_work(self):
        call = self.mine.with_user(self.technician)
        call.action_wait()
        call.action_start()
        call.action_done()
        self.assertEqual(call.state, "done")

    def test_only_dispatchers_assign(self):
        call = self.mine.with_user(self.technician)
        with self.assertRaisesRegex(AccessError, "Only a dispatcher assigns"):
            call.technician_id = self.technician_2
        # A form sends unchanged values as well.
        call.write({"technician_id": self.technician.id, "resolution": "Fixed."})
        self.mine.with_user(self.dispatcher).technician_id = self.technician_2
        self.assertEqual(self.mine.technician_id, self.technician_2)

    def test_technician_does_not_delete(self):
        call = self._new_intervention(technician_id=self.technician.id)
        with self.assertRaises(AccessError):
            call.with_user(self.technician).unlink()

    def test_technician_does_not_change_response_times(self):
        rules = self.env["mta.sla.rule"].search([]).with_user(self.technician)
        self.assertTrue(rules.read(["hours"]))
        with self.assertRaises(AccessError):
            rules.write({"hours": 999})

    def test_companies_do_not_see_each_other(self):
        company = self.env["res.company"].create({"name": "Test Sister"})
        stranger = self._new_user("t_stranger", "group_dispatcher", company)
        self.assertFalse(self._visible(stranger))
        lines = self.env["mta.intervention.line"].with_user(stranger)
        self.assertFalse(lines.search([("id", "in", self.mine.line_ids.ids)]))

    def test_company_is_that_of_the_equipment(self):
        company = self.env["res.company"].create({"name": "Test Sister"})
        pump = self.env["mta.equipment"].create(
            self._equipment_vals(company_id=company.id),
        )
        call = self._new_intervention(equipment_id=pump.id)
        self.assertEqual(call.company_id, company)
