from odoo.tests import HttpCase, tagged

from .common import MtaContractCase


@tagged("post_install", "-at_install")
class TestTour(HttpCase, MtaContractCase):
    def test_a_dispatcher_activates_a_contract(self):
        contract = self._new_contract()
        self.start_tour(
            f"/odoo/mta-contracts/{contract.id}", "mta_contract_activate", login="t_dispatcher"
        )
        self.assertEqual(contract.state, "active")
