from odoo.tests import HttpCase, tagged

from .common import NOW, MtaInterventionCase


@tagged("post_install", "-at_install")
class TestTour(HttpCase, MtaInterventionCase):
    def test_a_technician_starts_the_work(self):
        call = self._new_intervention(
            technician_id=self.technician.id, planned_start=NOW, state="planned"
        )
        self.start_tour(
            f"/odoo/mta-interventions/{call.id}",
            "mta_intervention_start_work",
            login="t_technician",
        )
        self.assertEqual(call.state, "in_progress")
