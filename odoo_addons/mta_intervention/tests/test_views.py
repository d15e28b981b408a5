from odoo.tests import Form, tagged

from .common import MtaInterventionCase


@tagged("at_install")
class TestViews(MtaInterventionCase):
    def test_intervention_form(self):
        records = self.env["mta.intervention"].with_user(self.dispatcher)
        with Form(records) as form:
            form.subject = "From the form"
            form.equipment_id = self.equipment
            form.priority = "2"
            self.assertEqual(form.partner_id, self.customer)
            with form.line_ids.new() as line:
                line.name = "First look"
                line.duration = 0.5
        self.assertEqual(form.record.total_hours, 0.5)
        self.assertTrue(form.record.deadline)

    def test_kanban_shows_every_state(self):
        domain = [("id", "=", self.intervention.id)]
        # The context that the kanban view sends.
        calls = self.env["mta.intervention"].with_context(read_group_expand=True)
        groups = calls.web_read_group(domain, ["state"])["groups"]
        states = self.intervention._fields["state"].get_values(self.env)
        self.assertEqual([group["state"] for group in groups], states)
