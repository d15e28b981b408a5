from . import (
    test_access,
    test_alert_user,
    test_equipment,
    test_partner,
    test_scan,
    test_serial_number,
    test_tour,
    test_views,
    test_warranty,
)
