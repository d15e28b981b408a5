"""PROD's anonymized database on a laptop."""

from typing import Annotated

import dagger
from dagger import Doc, function, object_type

from ..arguments import CopiesKey, CopiesKnownHosts, CopiesPlace
from ..engine import containers
from ..engine.commands import CommandFailed, uncached
from ..reach.copies import Copies
from ..steps.graph import Graph

_COPY, _KEY = "/opt/copy", "/run/secrets/report-key"


@object_type
class Privacy:
    """Copies of PROD's anonymized database."""

    pipeline: dagger.Directory
    source: dagger.Directory
    server: dagger.Service | None
    password: dagger.Secret | None
    report_key: dagger.Secret | None

    @function(cache="never")
    async def pull(
        self,
        copy: Annotated[
            dagger.Directory | None,
            Doc("A copy, as `anonymized-dump` exports it; default: the newest of `place`."),
        ] = None,
        place: CopiesPlace = "",
        ssh_key: CopiesKey = None,
        known_hosts: CopiesKnownHosts = None,
        database: Annotated[
            str, Doc("Name that it gets; empty: that of the local stack, such as mta-dev.")
        ] = "",
        unsigned: Annotated[
            bool, Doc("Accept a copy without a signature, which anybody can make.")
        ] = False,
    ) -> str:
        """Get the newest copy of a place, or the given one, check its signature, expiry and
        content, and load it into the local stack next to the database that is there; then swap
        their names. On failure, nothing has changed.
        """
        if self.server is None:
            raise CommandFailed(
                "\nerror: there is no server to load the copy into\n  what to do: start the local "
                "stack's, and give it before `pull`: --server tcp://127.0.0.1:15432"
            )
        graph = Graph(self.pipeline, self.source)
        [port] = [await one.port() for one in await self.server.ports()]
        container = (
            containers.install(graph.tools(graph.files), ["postgresql-client"])
            .with_service_binding("db", self.server)
            .with_env_variable("PGHOST", "db")
            .with_env_variable("PGPORT", str(port))
            .with_env_variable("PGUSER", "odoo")
        )
        if self.password is None:
            container = container.with_env_variable("PGPASSWORD", "odoo")
        else:
            container = container.with_secret_variable("PGPASSWORD", self.password)
        if copy is None:
            container, options = Copies(place, ssh_key, known_hosts).reach(container, "--from")
        else:
            container, options = container.with_mounted_directory(_COPY, copy), [f"--from={_COPY}"]
        command = ["privacy", "pull", *options, f"--database={database}"]
        command += ["--unsigned"] if unsigned else []
        if self.report_key is not None:
            container = container.with_mounted_secret(_KEY, self.report_key, mode=0o400)
            command.append(f"--report-key-file={_KEY}")
        return await uncached(container, command)
