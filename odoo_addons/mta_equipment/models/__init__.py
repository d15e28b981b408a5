from . import (
    mta_equipment,
    mta_equipment_category,
    mta_equipment_event,
    res_company,
    res_partner,
)
