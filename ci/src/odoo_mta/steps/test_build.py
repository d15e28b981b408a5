"""The test build: an image, started with a database, and its health check."""

import dagger

from ..engine import database
from ..engine.odoo import PREPARED, Prepared
from ..engine.plan import TestPlan
from .runner import ContainerStep

#: Name of the prepared database.
_DATABASE = "template"


def started(
    image: dagger.Container,
    tools: dagger.Container,
    prepared: Prepared,
    plan: TestPlan,
) -> ContainerStep:
    """Start an image on the prepared database, install the add-ons, and check it over HTTP."""
    files = prepared.odoo.directory(f"{PREPARED}/data")
    odoo = (
        image.with_directory("/var/lib/odoo", files, owner="odoo:odoo")
        .with_service_binding(database.HOST, database.server(prepared.database, "the test build"))
        .with_env_variable("HOST", database.HOST)
        .with_env_variable("USER", database.ROLE)
        .with_env_variable("PASSWORD", "odoo")
        .with_exposed_port(8069)
        .as_service(
            args=[
                *("odoo", "--database", _DATABASE, "--init", ",".join(plan["installable"])),
                "--http-interface=0.0.0.0",  # from 20.0 on Odoo listens on 127.0.0.1 alone
            ],
            use_entrypoint=True,
        )
    )
    container = tools.with_service_binding("odoo", odoo)
    return ContainerStep("build", container, None, ["image", "smoke", "--url", "http://odoo:8069"])
