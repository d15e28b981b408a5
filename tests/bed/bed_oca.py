"""Add-ons that nobody here wrote: OCA's, from PyPI, unpacked as a repository with nothing else."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from collections.abc import Iterable
from pathlib import Path

SERIES = "19.0"
#: Add-ons with tests. Some of them need others of the list, some Python packages, three a browser,
#: one a program that Odoo's image does not have.
ADDONS = (
    "auditlog",
    "auth_saml",
    "base_exception",
    "base_location",
    "base_partition",
    "base_technical_user",
    "base_tier_validation",
    "base_view_inheritance_extension",
    "component",
    "contract",
    "database_cleanup",
    "date_range",
    "dms",
    "fs_attachment",
    "fs_storage",
    "hr_employee_firstname",
    "iap_alternative_provider",
    "impersonate_login",
    "module_auto_update",
    "onchange_helper",
    "partner_contact_access_link",
    "partner_firstname",
    "partner_identification",
    "password_security",
    "pdf_xml_attachment",
    "product_code_unique",
    "queue_job",
    "report_xlsx",
    "report_xml",
    "scheduler_error_mailer",
    "server_environment",
    "tracking_manager",
    "uom_alias",
    "web_timeline",
)


def fetch(names: Iterable[str], folder: Path) -> None:
    """Put these add-ons into a folder, each in its own, with their tests.

    Args:
        names: technical names.
        folder: an existing folder.

    Raises:
        CalledProcessError: pip cannot get one of them.
    """
    wheels = folder.parent / "wheels"
    wanted = [f"odoo-addon-{name.replace('_', '-')}=={SERIES}.*" for name in names]
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet")
    subprocess.run(
        [*pip, "--no-deps", "--only-binary=:all:", f"--dest={wheels}", *wanted], check=True
    )
    for wheel in wheels.iterdir():
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(wheels / "unpacked")
    for name in names:
        (wheels / "unpacked/odoo/addons" / name).rename(folder / name)
