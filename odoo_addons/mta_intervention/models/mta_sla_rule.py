from odoo import api, fields, models

PRIORITIES = [("0", "Normal"), ("1", "High"), ("2", "Urgent"), ("3", "Critical")]


class MtaSlaRule(models.Model):
    _name = "mta.sla.rule"
    _description = "Response Time"
    _order = "category_id, priority desc, id"
    _rec_name = "priority"

    category_id = fields.Many2one(
        "mta.equipment.category",
        ondelete="cascade",
        help="Leave empty for every category without a response time of its own.",
    )
    priority = fields.Selection(PRIORITIES, required=True, default="0")
    hours = fields.Float(required=True, help="Around the clock, from the call on.")

    # An index, because "no category" (NULL) must exist only once as well.
    _category_priority_unique = models.UniqueIndex(
        "(COALESCE(category_id, 0), priority)",
        "There is a response time for this category and priority already.",
    )
    _hours_positive = models.Constraint(
        "CHECK(hours > 0)", "A response time must be longer than 0 hours."
    )

    @api.model
    def _find_hours(self, category, priority):
        """Return the hours for this category, else the general ones, else None."""
        rules = self.search(
            [("priority", "=", priority), ("category_id", "in", [category.id, False])]
        )
        rule = rules.filtered("category_id") or rules
        return rule.hours if rule else None
