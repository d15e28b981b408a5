"""A version of the add-on `mta` that needs an update of the database."""

from __future__ import annotations

MIGRATION = {
    "version": "19.0.2.0.0",
    "update": "CREATE TABLE new_in_v2 (id int); "
    "UPDATE ir_module_module SET latest_version = '19.0.2.0.0' WHERE name = 'mta'",
}
