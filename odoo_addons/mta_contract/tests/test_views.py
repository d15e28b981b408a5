from odoo.tests import Form, freeze_time, tagged

from .common import TODAY, MtaContractCase


@tagged("at_install")
class TestViews(MtaContractCase):
    @freeze_time(TODAY)
    def test_contract_form(self):
        # The technician of the last visit is proposed for the next ones.
        self._new_intervention(kind="preventive", technician_id=self.technician.id)
        with Form(self.env["mta.contract"].with_user(self.dispatcher)) as form:
            form.partner_id = self.customer
            with form.line_ids.new() as line:
                line.equipment_id = self.equipment
                line.interval_count = 3
                self.assertEqual(line.technician_id, self.technician)
        contract = form.record
        self.assertEqual(str(contract.date_end), "2027-06-14")
        self.assertEqual(contract.next_visit, TODAY)
        self.assertEqual(contract.responsible_id, self.dispatcher)
