from datetime import date

from odoo import Command
from odoo.tests import freeze_time

from odoo.addons.mta_intervention.tests.common import MtaInterventionCase

TODAY = date(2026, 6, 15)


class MtaContractCase(MtaInterventionCase):
    """An active contract over 2026: one machine, a visit on the 10th of each month."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Contracts of the database (demo data) would run along with ours.
        cls.env["mta.contract"].search([]).write({"state": "draft"})
        cls.contract = cls._new_contract()
        cls.line = cls.contract.line_ids
        cls.contract.action_activate()

    @classmethod
    def _line_vals(cls, **vals):
        return {
            "equipment_id": cls.equipment.id,
            "interval_count": 1,
            "first_visit": "2026-07-10",
            **vals,
        }

    @classmethod
    def _new_contract(cls, lines=None, **vals):
        lines = [cls._line_vals()] if lines is None else lines
        return cls.env["mta.contract"].create(
            {
                "partner_id": cls.customer.id,
                "responsible_id": cls.dispatcher.id,
                "date_start": "2026-01-01",
                "date_end": "2026-12-31",
                "lead_days": 0,
                "line_ids": [Command.create(line) for line in lines],
                **vals,
            }
        )

    def _run_cron(self, day=TODAY):
        with freeze_time(day), self.enter_registry_test_mode():
            self.env.ref("mta_contract.cron_run_contracts").method_direct_trigger()

    def _visits(self, contract=None):
        contract = contract or self.contract
        visits = contract.intervention_ids.filtered("contract_line_id")
        return [str(day) for day in sorted(visits.mapped("visit_date"))]
