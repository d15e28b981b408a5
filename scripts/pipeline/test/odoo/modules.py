"""What the manifests of Odoo's own modules say about each other."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pipeline.core.addons.discovery import AddOn, read_addon
from pipeline.test.odoo.databases import OdooModule


def read_modules(folders: Iterable[Path]) -> dict[str, OdooModule]:
    """The modules in these folders by name; of several with one name, the first, as in Odoo.

    Those that cannot be read or installed are left out.
    """
    found: dict[str, OdooModule] = {}
    for folder in folders:
        for manifest in sorted(folder.glob("*/__manifest__.py")):
            addon = read_addon(folder, manifest.parent)
            if addon.installable and addon.name not in found:
                depends = () if addon.name == "base" else addon.depends
                found[addon.name] = OdooModule(depends, _automatic(addon))
    return found


def _automatic(addon: AddOn) -> tuple[str, ...] | None:
    """The modules with which Odoo installs this one unasked. One that is for some countries is not
    counted: it is installed for companies of these, and nobody can tell in advance.
    """
    value = addon.manifest.get("auto_install", False)
    if not value or addon.manifest.get("countries"):
        return None
    return tuple(value) if isinstance(value, (list, tuple, set)) else addon.depends
