"""What runs, as recorded by the last accepted deployment. `.env` names the image for Compose."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field

import dacite

from pipeline.core import files
from pipeline.core.references import digest_in
from pipeline.environment.backup.manifest import Image
from pipeline.environment.host import dotenv
from pipeline.environment.host.host import Host
from pipeline.environment.odoo.installed_addons import Addon

_FILE = "current.json"


@dataclass(frozen=True)
class State:
    """What runs.

    Attributes:
        image: the image.
        run: name of the run that deployed it.
        at: when, by the VM's clock.
        addons: the installed add-ons, with hashes of their code.
        tested: whether UAT ran it before.
    """

    image: Image = field(default_factory=Image)
    run: str = ""
    at: str = ""
    addons: dict[str, Addon] = field(default_factory=dict)
    tested: bool = True


def read(host: Host) -> State:
    """The recorded state; when `.env` differs, it takes precedence, because a person may have
    changed it."""
    variables = host.dotenv
    reference = variables.get("ODOO_IMAGE", "")
    try:
        data = json.loads((host.runs / _FILE).read_text(encoding="utf-8"))
        recorded = dacite.from_dict(State, data, dacite.Config(cast=[tuple]))
    except (OSError, ValueError, TypeError, dacite.DaciteError):
        recorded = State()
    if recorded.image.reference == reference:
        return recorded
    return State(image_of(host, reference, variables.get("ODOO_VERSION", "")))


def write(host: Host, state: State) -> None:
    """Record what runs: first in `.env` for Compose, then for the next deployment."""
    name(host, state.image)
    files.write(host.runs / _FILE, json.dumps(asdict(state), indent=2) + "\n")


def name(host: Host, image: Image) -> None:
    """Set the image that `docker compose up` starts."""
    new = {"ODOO_IMAGE": image.reference, "ODOO_VERSION": image.version}
    dotenv.update(host.environment.dotenv, new)


def image_of(host: Host, reference: str, version: str) -> Image:
    """An image by its name; the id is empty when it is not on the machine."""
    if not reference:
        return Image()
    return Image(reference, digest_in(reference), host.daemon.image_id(reference), version)
