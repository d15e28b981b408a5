from . import (
    mta_contract,
    mta_contract_line,
    mta_contract_schedule,
    mta_equipment,
    mta_intervention,
)
