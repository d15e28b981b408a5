"""PostgreSQL for tests runs alike as a service of the engine and on a developer's own machine."""

import ast
from pathlib import Path
from typing import Any

from pipeline.test.odoo import postgres

MODULE = Path(__file__).parents[4] / "ci/src/odoo_mta/engine/database.py"
#: What follows from where the server is reached, and where its log goes.
PLACE = {"listen_addresses", "unix_socket_directories", "hba_file"}
LOG = {"log_min_messages", "log_line_prefix"}


def constant(name: str) -> Any:
    """A constant of Dagger's module, which cannot be imported here; names in it become None."""
    for node in ast.parse(MODULE.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == name:
            if not isinstance(node.value, ast.Dict):
                return ast.literal_eval(node.value)
            pairs = zip(node.value.keys, node.value.values, strict=True)
            return {ast.literal_eval(key): getattr(value, "value", None) for key, value in pairs}
    raise LookupError(name)


def test_both_servers_have_the_same_settings() -> None:
    lines = postgres._CONFIGURATION.splitlines()
    ours = dict(line.split(" = ", 1) for line in lines)
    service = constant("_SETTINGS") | constant("_UNCOPIED")
    assert service["fsync"] == "off"  # the constants were found
    assert {name: value for name, value in ours.items() if name not in PLACE | LOG} == {
        name: value for name, value in service.items() if name not in PLACE | LOG
    }


def test_both_clusters_are_made_alike() -> None:
    assert list(postgres._INITDB) == constant("_INITDB")
