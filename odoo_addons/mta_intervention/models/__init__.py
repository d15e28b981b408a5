from . import (
    mta_equipment,
    mta_intervention,
    mta_intervention_line,
    mta_intervention_workflow,
    mta_sla_rule,
)
