from datetime import datetime

from odoo import Command

from odoo.addons.mta_equipment.tests.common import MtaEquipmentCase

NOW = datetime(2026, 6, 15, 12, 0)


class MtaInterventionCase(MtaEquipmentCase):
    """A call that still has nothing but its equipment, and known response times."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # The rules of the installation may have been edited; these are ours.
        cls.env["mta.sla.rule"].search([]).unlink()
        cls.env["mta.sla.rule"].create(
            [
                {"priority": "0", "hours": 48},
                {"priority": "2", "hours": 8},
                {"priority": "2", "hours": 4, "category_id": cls.category.id},
            ]
        )
        cls.intervention = cls._new_intervention()

    @classmethod
    def _new_intervention(cls, **vals):
        vals.setdefault("subject", "Test call")
        vals.setdefault("equipment_id", cls.equipment.id)
        vals.setdefault("reported_at", NOW)
        vals.setdefault("responsible_id", cls.dispatcher.id)
        return cls.env["mta.intervention"].create(vals)

    @classmethod
    def _in_progress(cls, **vals):
        return cls._new_intervention(
            technician_id=cls.technician.id,
            state="in_progress",
            **vals,
        )

    @classmethod
    def _worked_on(cls, **vals):
        """Return a call that may be closed."""
        line = Command.create(
            {"name": "Work", "duration": 1.5, "user_id": cls.technician.id},
        )
        return cls._in_progress(line_ids=[line], resolution="Repaired.", **vals)
