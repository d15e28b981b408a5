from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain

from .mta_intervention import OPEN_STATES

# Where a call may go from each state. Checked in write(), so that dragging a card
# or an import cannot skip a step that the buttons do not offer.
TRANSITIONS = {
    "new": ("planned", "cancelled"),
    "planned": ("new", "in_progress", "cancelled"),
    "in_progress": ("waiting", "done"),
    "waiting": ("in_progress", "cancelled"),
    "done": (),
    "cancelled": ("new",),
}

# What must be filled in while a call is in a state.
REQUIRED_FIELDS = {
    "planned": ("technician_id", "planned_start"),
    "in_progress": ("technician_id",),
    "waiting": ("technician_id",),
    "done": ("technician_id", "resolution", "total_hours"),
}

OVERDUE_ACTIVITY = "mta_intervention.mail_activity_overdue"


class MtaIntervention(models.Model):
    _inherit = "mta.intervention"

    @api.constrains("state", "technician_id", "planned_start", "resolution")
    def _check_required_fields(self):
        for intervention in self:
            required = REQUIRED_FIELDS.get(intervention.state, ())
            missing = [name for name in required if not intervention[name]]
            if missing:
                labels = self.fields_get(missing, ["string"])
                raise ValidationError(
                    self.env._(
                        "%(name)s still needs: %(fields)s.",
                        name=intervention.display_name,
                        fields=", ".join(labels[name]["string"] for name in missing),
                    )
                )

    def write(self, vals):
        if "technician_id" in vals:
            self._check_may_assign(vals["technician_id"])
        if "state" not in vals:
            return super().write(vals)
        self._check_transition(vals["state"])
        result = super().write(vals)
        self._after_state(vals["state"])
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_worked_on(self):
        for intervention in self:
            if intervention.state not in ("new", "cancelled"):
                raise UserError(
                    self.env._("%s must be cancelled first.", intervention.name),
                )

    def _check_may_assign(self, technician_id):
        if self.env.su or self.env.user.has_group("mta_equipment.group_dispatcher"):
            return
        if any(i.technician_id.id != technician_id for i in self):
            raise AccessError(self.env._("Only a dispatcher assigns technicians."))

    def _check_transition(self, state):
        for intervention in self:
            old = intervention.state
            if state != old and state not in TRANSITIONS.get(old, ()):
                states = dict(self._fields["state"]._description_selection(self.env))
                raise UserError(
                    self.env._(
                        "%(name)s cannot go from %(old)s to %(new)s.",
                        name=intervention.name,
                        old=states.get(old),
                        new=states.get(state, state),
                    )
                )

    def _after_state(self, state):
        now = fields.Datetime.now()
        if state == "in_progress":
            self.filtered(lambda i: not i.started_at).started_at = now
        elif state == "done":
            self.filtered(lambda i: not i.done_at).done_at = now
        if state not in OPEN_STATES:
            self.activity_unlink([OVERDUE_ACTIVITY])

    def action_plan(self):
        self.write({"state": "planned"})

    def action_start(self):
        self.write({"state": "in_progress"})

    def action_wait(self):
        self.write({"state": "waiting"})

    def action_done(self):
        self.write({"state": "done"})

    def action_cancel(self):
        self.write({"state": "cancelled"})

    def action_reset(self):
        self.write({"state": "new"})

    def _overdue_user(self):
        """Return who must act: the technician, else who dispatched the call."""
        self.ensure_one()
        candidates = self.technician_id | self.responsible_id
        return self.company_id._mta_alert_user(candidates)

    @api.model
    def _cron_notify_overdue(self):
        """Give each overdue call one activity; run as often as you like."""
        activity_type = self.env.ref(OVERDUE_ACTIVITY)
        alerted = Domain(
            "activity_ids",
            "any",
            [("activity_type_id", "=", activity_type.id)],
        )
        overdue = self.search(self._overdue_domain() & ~alerted)
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(overdue))
        for intervention in overdue:
            intervention.activity_schedule(
                OVERDUE_ACTIVITY,
                user_id=intervention._overdue_user().id,
                summary=self.env._("Overdue: %s", intervention.subject),
            )
            # Out of time: what is left is found again by the next run.
            if not cron._commit_progress(1):
                break
