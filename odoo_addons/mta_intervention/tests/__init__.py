from . import (
    test_access,
    test_equipment,
    test_migration,
    test_overdue,
    test_sla,
    test_tour,
    test_views,
    test_work_lines,
    test_workflow,
)
