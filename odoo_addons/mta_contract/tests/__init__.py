from . import (
    test_access,
    test_contract,
    test_coverage,
    test_cron,
    test_expiry,
    test_tour,
    test_views,
    test_visits,
)
