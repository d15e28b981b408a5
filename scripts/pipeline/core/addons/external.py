"""What add-ons need other than modules: ``external_dependencies`` in their manifests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement

from pipeline.core.addons.discovery import AddOn

#: Distributions by the names under which they are imported, where the two differ. Manifests may
#: still have the latter: Odoo tries both (check_python_external_dependency in its
#: odoo/modules/module.py).
_BY_IMPORT = {
    "Crypto": "pycryptodome",
    "OpenSSL": "pyOpenSSL",
    "PIL": "Pillow",
    "bs4": "beautifulsoup4",
    "cups": "pycups",
    "cv2": "opencv-python-headless",
    "dateutil": "python-dateutil",
    "docx": "python-docx",
    "fitz": "PyMuPDF",
    "git": "GitPython",
    "jose": "python-jose",
    "jwt": "PyJWT",
    "ldap": "python-ldap",
    "magic": "python-magic",
    "serial": "pyserial",
    "sklearn": "scikit-learn",
    "slugify": "python-slugify",
    "stdnum": "python-stdnum",
    "usb": "pyusb",
    "yaml": "PyYAML",
}


def packages(addons: Iterable[AddOn]) -> tuple[str, ...]:
    """The Python packages that add-ons need, as pip takes them, sorted.

    Entries that are no requirement are left out: the manifest checks name them.
    """
    found = {entry for addon in addons for entry in _entries(addon, "python")}
    return tuple(sorted({text for entry in found if (text := _requirement(entry))}))


def programs(addon: AddOn) -> tuple[str, ...]:
    """The programs that an add-on needs, sorted."""
    return tuple(sorted({*_entries(addon, "bin")}))


def system_packages(addon: AddOn) -> tuple[str, ...]:
    """The Debian packages that an add-on's manifest names, which Odoo does not read; sorted."""
    return tuple(sorted({*_entries(addon, "apt"), *_entries(addon, "deb")}))


def _entries(addon: AddOn, key: str) -> Iterator[str]:
    """What a manifest has there; nothing where it has another type."""
    declared = addon.manifest.get("external_dependencies")
    value: Any = declared.get(key) if isinstance(declared, dict) else None
    if isinstance(value, dict):  # Debian packages may be given by Python package
        value = [*value.values()]
    if isinstance(value, (list, tuple)):
        yield from (entry for entry in value if isinstance(entry, str) and entry)


def _requirement(entry: str) -> str:
    """An entry as a requirement of pip; empty: it is none."""
    try:
        return str(Requirement(_BY_IMPORT.get(entry.partition(".")[0], entry)))
    except InvalidRequirement:
        return ""
