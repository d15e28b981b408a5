from odoo import Command
from odoo.tests import TransactionCase, new_test_user


class MtaEquipmentCase(TransactionCase):
    """One customer with two addresses, a category and a machine.

    Nothing is taken from the demo data, so the tests pass with and without it.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.company
        cls.customer, cls.other_customer = cls.env["res.partner"].create(
            [
                {"name": "Test Dairy", "is_company": True},
                {"name": "Test Library", "is_company": True},
            ]
        )
        cls.site, cls.contact = cls.env["res.partner"].create(
            [
                {
                    "name": "Dairy Plant",
                    "parent_id": cls.customer.id,
                    "type": "delivery",
                },
                {"name": "Dairy Keeper", "parent_id": cls.customer.id},
            ]
        )
        cls.category = cls.env["mta.equipment.category"].create(
            {"name": "Test Pumps", "code": "T-PUMP", "warranty_months": 24}
        )
        cls.equipment = cls.env["mta.equipment"].create(cls._equipment_vals())
        cls.dispatcher = cls._new_user("t_dispatcher", "group_dispatcher")
        cls.technician = cls._new_user("t_technician", "group_technician")
        cls.technician_2 = cls._new_user("t_technician_2", "group_technician")

    @classmethod
    def _new_user(cls, login, group, company=None):
        company = company or cls.company
        return new_test_user(
            cls.env(context={**cls.env.context, "no_reset_password": True}),
            login=login,
            groups=f"base.group_user,mta_equipment.{group}",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )

    @classmethod
    def _equipment_vals(cls, **vals):
        return {
            "name": "Test Pump",
            "category_id": cls.category.id,
            "partner_id": cls.customer.id,
            "install_date": "2026-01-15",
            **vals,
        }
