"""The test build: an image, started with a database, and its health check."""

import dagger
from dagger import dag

from ..engine.plan import TestPlan
from .runner import ContainerStep

#: The prepared database, and its folder in a server for other containers.
_DATABASE = "template"
_PGDATA = "/pgdata"
_ACCESS = "/opt/pg_hba.conf"


def started(
    image: dagger.Container,
    tools: dagger.Container,
    prepared: dagger.Directory,
    plan: TestPlan,
) -> ContainerStep:
    """Start an image on the prepared database, install the add-ons, and check it over HTTP."""
    database = (
        dag.container()
        .from_(f"postgres:{plan['postgres']}")
        .with_directory(_PGDATA, prepared.directory("pgdata"), owner="postgres:postgres")
        .with_new_file(_ACCESS, "host all all all trust\n")
        .with_env_variable("PGDATA", _PGDATA)
        .with_exposed_port(5432)
        .as_service(
            args=["postgres", "-c", "listen_addresses=*", "-c", f"hba_file={_ACCESS}"]
            + ["-c", "unix_socket_directories=/tmp"],
            use_entrypoint=True,
        )
    )
    odoo = (
        image.with_directory("/var/lib/odoo", prepared.directory("data"), owner="odoo:odoo")
        .with_service_binding("db", database)
        .with_env_variable("HOST", "db")
        .with_env_variable("USER", "odoo")
        .with_env_variable("PASSWORD", "odoo")
        .with_exposed_port(8069)
        .as_service(
            args=["odoo", "--database", _DATABASE, "--init", ",".join(plan["installable"])],
            use_entrypoint=True,
        )
    )
    container = tools.with_service_binding("odoo", odoo)
    return ContainerStep("build", container, None, ["image", "smoke", "--url", "http://odoo:8069"])
