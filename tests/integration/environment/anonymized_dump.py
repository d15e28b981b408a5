"""A dump as `pipeline privacy anonymize` leaves it, of what looks as Odoo's database."""

from __future__ import annotations

import subprocess
from pathlib import Path

from played_vm import Vm
from postgres_server import PROGRAMS

_ANONYMIZED = """
INSERT INTO ir_config_parameter (key, value) VALUES ('database.is_neutralized', 'True'),
  ('web.base.url.freeze', 'True');
CREATE TABLE ir_mail_server (smtp_host text);
INSERT INTO ir_mail_server VALUES ('invalid');
UPDATE res_partner SET name = 'somebody else';
"""


def write_dump(vm: Vm, path: Path, more: str = "", template: str = "template_odoo") -> Path:
    """Write it to a file; ``more`` are statements that change it before."""
    vm.server.sql(f'CREATE DATABASE made TEMPLATE "{template}"')
    vm.server.sql(_ANONYMIZED + more, "made")
    options = ["--host", str(vm.server.folder), "--username", "odoo", "--format=custom"]
    subprocess.run([f"{PROGRAMS}/pg_dump", *options, f"--file={path}", "made"], check=True)
    vm.server.sql("DROP DATABASE made")
    return path
