"""Which add-ons need an update: the running code compared with the new code."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import dacite

from pipeline.core.errors import PipelineError, Refused, ToolError
from pipeline.core.sent import script
from pipeline.core.versions import older
from pipeline.core.wording import some_of
from pipeline.environment.host import docker, inside
from pipeline.environment.host.host import Host

#: Modules that are in use in an Odoo database. Imported ones have no code outside the database; a
#: database that was not updated since an early version of Odoo lacks the column for that.
INSTALLED = (
    "SELECT name, latest_version AS version, state, "
    "COALESCE((to_jsonb(m) ->> 'imported')::boolean, false) AS imported "
    "FROM ir_module_module m WHERE state IN "
    "('installed', 'to upgrade', 'to install', 'to remove') ORDER BY name"
)
#: Made by Odoo Studio: like an imported module, whatever the column contains.
_STUDIO = "studio_customization"

#: Modules that an update left unfinished.
UNFINISHED = "SELECT name, state FROM ir_module_module WHERE state LIKE 'to %' ORDER BY name"


@dataclass(frozen=True)
class Addon:
    """One add-on in an image; installed ones have hashes."""

    version: str
    installable: bool = True
    own: bool = False
    depends: tuple[str, ...] = ()
    code: str = ""
    update: str = ""


@dataclass(frozen=True)
class Code:
    """All add-ons of an image."""

    series: str
    addons: dict[str, Addon]


@dataclass(frozen=True)
class Change:
    """An add-on to update, and why."""

    addon: str
    reason: str


@dataclass(frozen=True)
class Comparison:
    """What a new image changes for a database.

    Attributes:
        updates: add-ons to update.
        code: add-ons whose files changed in a way that needs no update.
        elsewhere: modules that exist only in the database: made in Odoo Studio, or imported.
    """

    updates: tuple[Change, ...]
    code: tuple[str, ...]
    elsewhere: tuple[str, ...] = ()


def parse(text: str) -> Code:
    """Parse what the script in the container printed. Raises ToolError when it is malformed."""
    try:
        data = json.loads(text)
        return dacite.from_dict(Code, data, dacite.Config(cast=[tuple], strict=True))
    except (ValueError, TypeError, dacite.DaciteError) as error:
        raise ToolError(
            f"the image's add-ons cannot be listed: {error}",
            "check that it is an Odoo image, with Python",
        ) from error


def of_image(host: Host, image: str, wanted: Mapping[str, Any], name: str) -> Code:
    """The add-ons of an image, with hashes of the wanted ones.

    Args:
        host: the VM.
        image: an image on the VM.
        wanted: names of installed modules.
        name: of the container.
    """
    command = ("-c", script(inside, "addons"), ",".join(sorted(wanted)))
    argv = docker.one_off(host.environment.web_service, name, ("python3",), command)
    try:
        return parse(host.run(argv, image=image).stdout)
    except BaseException:  # an abandoned `docker compose run` keeps running without its client
        with suppress(PipelineError):
            host.daemon.remove(name)
        raise


def installed(host: Host) -> dict[str, dict[str, Any]]:
    """The installed modules of Odoo's database: version and state by name."""
    return {str(row["name"]): row for row in host.rows(INSTALLED)}


def compare(
    database: Mapping[str, Mapping[str, Any]],
    old: Mapping[str, Addon],
    new: Code,
    to_image: str,
    way_back: str,
) -> Comparison:
    """Compare the add-ons of two images.

    Args:
        database: the installed modules.
        old: the running add-ons; one that is missing here is updated.
        new: the new image's.
        to_image: the image's name, for errors.
        way_back: how to return to an older version, for errors.

    Raises:
        Refused: the image lacks an installed add-on, or has an older one, or an older Odoo.
    """
    elsewhere = tuple(sorted(name for name in database if _is_elsewhere(name, database, new)))
    database = {name: row for name, row in database.items() if name not in elsewhere}
    _check_series(database, new, to_image, way_back)
    _check_present(database, new, to_image)
    _check_age(database, new, to_image, way_back)
    updates, code = [], []
    for name, row in sorted(database.items()):
        before, after = old.get(name), new.addons[name]
        if str(row["state"]).startswith("to "):
            updates.append(Change(name, f"an earlier update left it in state `{row['state']}`"))
        elif row["version"] and older(str(row["version"]), after.version):
            updates.append(Change(name, f"version {row['version']} becomes {after.version}"))
        elif before is None or not before.update:
            updates.append(Change(name, "it is not known which code it was last updated with"))
        elif before.update != after.update:
            updates.append(Change(name, "its files changed"))
        elif before.code != after.code:
            code.append(name)
    return Comparison(tuple(updates), tuple(code), elsewhere)


def _is_elsewhere(name: str, database: Mapping[str, Mapping[str, Any]], new: Code) -> bool:
    """Whether a module exists only in the database."""
    here = name in new.addons and new.addons[name].installable
    return not here and bool(name == _STUDIO or database[name].get("imported"))


def _check_series(
    database: Mapping[str, Mapping[str, Any]], new: Code, image: str, way_back: str
) -> None:
    base = str(database.get("base", {}).get("version") or "")
    series = ".".join(base.split(".")[:2])
    if older(new.series, series):
        raise Refused(
            f"the database is from Odoo {series}, and {image} has Odoo {new.series}", way_back
        )


def _check_present(database: Mapping[str, Mapping[str, Any]], new: Code, image: str) -> None:
    missing = sorted(
        name for name in database if name not in new.addons or not new.addons[name].installable
    )
    if missing:
        raise Refused(
            f"the database has add-ons installed that {image} lacks: {', '.join(missing)}",
            "deploy an image that has them, or uninstall them first",
        )


def _check_age(
    database: Mapping[str, Mapping[str, Any]], new: Code, image: str, way_back: str
) -> None:
    newer = sorted(
        f"{name} {row['version']} (image: {new.addons[name].version})"
        for name, row in database.items()
        if row["version"] and older(new.addons[name].version, str(row["version"]))
    )
    if newer:
        raise Refused(
            f"the database is newer than {image}: {some_of(newer, 5)}",
            way_back,
        )


def fresh(code: Code, install: tuple[str, ...]) -> tuple[str, ...]:
    """Modules for an empty database: the given ones, otherwise the image's own installable ones."""
    own = (name for name, addon in code.addons.items() if addon.own and addon.installable)
    return install or tuple(sorted(own)) or ("base",)
