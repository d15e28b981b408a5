"""What an image means for the database: what is installed, what is updated, and how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.core.versions.series import known_series
from pipeline.core.wording import some_of
from pipeline.environment.backup.manifest import Image
from pipeline.environment.host.host import Host
from pipeline.environment.odoo import installed_addons
from pipeline.environment.odoo.installed_addons import Addon
from pipeline.environment.operations.steps import deployed
from pipeline.environment.operations.steps.facts import Checked
from pipeline.environment.runs.context import RunContext
from pipeline.environment.runs.noted import Fact


@dataclass(frozen=True)
class Compared(Fact):
    """What an image means for the database.

    Attributes:
        install: add-ons to install in a new database.
        updates: add-ons to update, each with the reason.
        side: whether the versions change side by side.
        series: of Odoo, in the image.
        why: the same in words.
    """

    install: tuple[str, ...]
    updates: tuple[tuple[str, str], ...]
    side: bool
    series: str
    why: str


def compared(host: Host, checked: Checked, image: str, container: str, way_back: str) -> Compared:
    """What an image, which is on the machine, means for the database.

    Raises:
        InputError: a new database for a series of Odoo that is not known.
        Refused: the image lacks an installed add-on, or is older than the database.
    """
    if checked.fresh:
        code = installed_addons.of_image(host, image, {}, container)
        known_series(code.series, f"in {image}")
        install = installed_addons.fresh(code, host.environment.install)
        why = f"a new database with {', '.join(install)}"
        return Compared(install, updates=(), side=False, series=code.series, why=why)
    modules = installed_addons.installed(host)
    new = installed_addons.of_image(host, image, modules, container)
    running = running_code(host, checked.before, modules, container)
    result = installed_addons.compare(modules, running, new, image, way_back)
    updates = tuple((one.addon, one.reason) for one in result.updates)
    web = bool(host.containers(host.environment.web_service))
    side = not updates and web and bool(host.containers(host.environment.proxy_service))
    why = _why(updates, result.code, side) + _only_there(result.elsewhere)
    return Compared(install=(), updates=updates, side=side, series=new.series, why=why)


def side_by_side(run: RunContext) -> bool:
    """Whether the versions change side by side."""
    found = run.find(Compared)
    return found is not None and found.side


def running_code(
    host: Host, before: Image, modules: Mapping[str, Any], container: str
) -> dict[str, Addon]:
    """The add-ons that the database was last updated with: those of the running image.

    If that image is not on the machine, those that the last deployment recorded.
    """
    if before.id:
        return installed_addons.of_image(host, before.reference, modules, container).addons
    return deployed.read(host).addons


def _why(updates: tuple[tuple[str, str], ...], code: tuple[str, ...], side: bool) -> str:
    if updates:
        named = [f"{name} ({reason})" for name, reason in updates]
        return f"to update: {some_of(named, 8, '; ')}"
    changed = f"; changed code: {', '.join(code)}" if code else ""
    how = "the versions change side by side" if side else "Odoo is not running, it is started"
    return f"no installed add-on needs an update{changed}: {how}"


def _only_there(modules: tuple[str, ...]) -> str:
    return f"; in the database alone, and kept: {', '.join(modules)}" if modules else ""
