"""The test build: the image of the Dockerfile, started with a database, asked how it is."""

from __future__ import annotations

import typing

import dagger
from dagger import dag

from . import images
from .steps import Run, Step

if typing.TYPE_CHECKING:
    from .graph import Graph, Plan

#: The prepared database, and where a server that other containers reach keeps it.
_DATABASE = "template"
_PGDATA = "/pgdata"
_ACCESS = "/opt/pg_hba.conf"
_DOCKERFILE = "Dockerfile"


def build(source: dagger.Directory) -> dagger.Container:
    """The image of the Dockerfile."""
    return source.docker_build()


async def smoke(graph: Graph, plan: Plan, image: dagger.Container) -> Step:
    """Start the image on the prepared database, install the add-ons there, and ask over HTTP."""
    prepared = (await graph.odoo(plan)).directory(images.PREPARED)
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
    container = graph.tools().with_service_binding("odoo", odoo)
    return Step("build", container, None, ["smoke", "--url", "http://odoo:8069"])


async def smoke_test(run: Run, graph: Graph, plan: Plan) -> None:
    """The step `build` of `ci`."""
    if not await graph.files.glob(_DOCKERFILE):
        run.skipped("build", "there is no Dockerfile to build")
        return
    try:
        image = await build(graph.files).sync()
    except dagger.QueryError as error:
        run.broken("build", error)
        return
    await run.step(await smoke(graph, plan, image))
