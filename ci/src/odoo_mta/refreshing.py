"""PROD's database, anonymized: fetched, neutralized, updated and anonymized in a throwaway server.

What is not anonymized yet is only in that server, whose files lie in memory, and in the streams to
it. No container that sees it leaves a layer with it.
"""

import secrets
import time
from typing import Annotated

import dagger
from dagger import Doc, dag, function

from . import images
from .graph import Graph
from .inputs import Source
from .publishing import Token, Username
from .steps import Run
from .verdict import CommandFailed, StepsFailed, said, verdict
from .vm import Host, KnownHosts, Port, SshKey, User, Vm

_DATABASE = "refresh"
_PASSWORD, _TESTERS, _KEY = "/opt/database", "/opt/testers", "/opt/report-key"
_OUT = "/out"
_CONFIRM = "this database may be overwritten"
#: Statements and details would quote rows in the log.
_QUIET = ["-c", "log_min_error_statement=panic", "-c", "log_error_verbosity=terse"]
_FAST = ["-c", "fsync=off", "-c", "full_page_writes=off", "-c", "max_locks_per_transaction=512"]


class Refreshing:
    """The refresh of UAT from PROD."""

    pipeline: dagger.Directory

    @function(cache="never")
    async def anonymized_dump(
        self,
        source: Source,
        prod_image: Annotated[
            str, Doc("Image that PROD runs, by digest or tag: its code neutralizes the database.")
        ],
        uat_image: Annotated[
            str, Doc("Image that UAT runs, by digest or tag: its code updates the database.")
        ],
        confirm: Annotated[str, Doc("The phrase: Refresh UAT database from PROD")] = "",
        host: Host = "",
        user: User = "",
        ssh_key: SshKey = None,
        known_hosts: KnownHosts = None,
        base_url: Annotated[str, Doc("Address of UAT's web site.")] = "http://localhost:8069",
        testers_password: Annotated[
            dagger.Secret | None, Doc("Password of the testers (TESTERS_PASSWORD).")
        ] = None,
        report_key: Annotated[
            dagger.Secret | None,
            Doc("Key that signs the report (ANONYMIZATION_REPORT_KEY); without it, a hash."),
        ] = None,
        registry: Annotated[str, Doc("Host of the registry of both images.")] = "docker.io",
        username: Username = "",
        token: Token = None,
        port: Port = 22,
    ) -> dagger.Directory:
        """Fetch PROD's database and return it anonymized and verified: `uat.dump` and the report.

        PROD is only read. What is fetched lives in memory, until it is anonymized or the call
        ends: fetch, `odoo neutralize` with PROD's code, update with UAT's, neutralize, anonymize,
        verify, dump.
        """
        settings, run = Graph(self.pipeline, source), Run()
        plan = await settings.plan(run)
        if plan is None:
            raise StepsFailed(await verdict(settings, run))
        vm = Vm("prod", host, user, ssh_key, known_hosts, port)
        moment = str(time.time())
        password = dag.set_secret(f"refresh-{secrets.token_hex(8)}", secrets.token_hex(32))
        server = _server(plan["postgres"], password, moment)
        tools = _client(settings, server, password, moment)
        odoo = [
            _odoo(image, registry, username, token).with_service_binding("db", server)
            for image in (prod_image, uat_image)
        ]
        prod, uat = (one.with_secret_variable("PASSWORD", password) for one in odoo)
        fetching, reach = vm.given(tools)
        await server.start()
        try:
            fetch = ["fetch-database", *reach, f"--into={_DATABASE}", f"--confirm={confirm}"]
            await said(fetching, fetch)
            await _run(prod, moment, "neutralize")
            update = f"--update={','.join(plan['installable'])}"
            await _run(uat, moment, "server", update, "--stop-after-init", "--no-http")
            await _run(uat, moment, "neutralize")
            options = [f"--confirm={_CONFIRM}", f"--base-url={base_url}", f"--report={_OUT}"]
            for option, path, secret in (
                ("--password-file", _TESTERS, testers_password),
                ("--report-key-file", _KEY, report_key),
            ):
                if secret is not None:
                    tools = tools.with_mounted_secret(path, secret)
                    options.append(f"{option}={path}")
            anonymized = tools.with_exec(["python", images.PACKAGE, "anonymize", *options])
            verified = anonymized.with_exec(["python", images.PACKAGE, "verify-anonymized"])
            dumped = verified.with_exec(
                ["pg_dump", "--format=custom", "--no-owner", "--no-privileges"]
                + [f"--file={_OUT}/uat.dump", _DATABASE]
            )
            return await dumped.directory(_OUT).sync()
        except dagger.ExecError as error:
            raise CommandFailed(f"\n{error.stdout}{error.stderr}") from error
        finally:
            await server.stop(kill=True)


def _server(version: int, password: dagger.Secret, moment: str) -> dagger.Service:
    """A PostgreSQL whose files are in memory, for this call alone."""
    return (
        dag.container()
        .from_(f"postgres:{version}")
        .with_mounted_temp("/var/lib/postgresql/data")
        .with_env_variable("PGDATA", "/var/lib/postgresql/data/cluster")
        .with_env_variable("POSTGRES_USER", "odoo")
        .with_env_variable("POSTGRES_DB", _DATABASE)
        .with_env_variable("REFRESH_AT", moment)
        .with_secret_variable("POSTGRES_PASSWORD", password)
        .with_exposed_port(5432)
        .as_service(args=["postgres", *_QUIET, *_FAST], use_entrypoint=True)
    )


def _client(
    graph: Graph, server: dagger.Service, password: dagger.Secret, moment: str
) -> dagger.Container:
    """The pipeline beside PostgreSQL's programs, at the database."""
    container = graph.tools(graph.files.filter(include=["**/*.toml"]))
    return (
        images.install(container, ["postgresql-client"])
        .with_service_binding("db", server)
        .with_env_variable("PGHOST", "db")
        .with_env_variable("PGUSER", "odoo")
        .with_env_variable("PGDATABASE", _DATABASE)
        .with_env_variable("REFRESH_AT", moment)
        .with_secret_variable("PGPASSWORD", password)
    )


def _odoo(
    image: str, registry: str, username: str, token: dagger.Secret | None
) -> dagger.Container:
    container = dag.container()
    if username and token is not None:
        container = container.with_registry_auth(registry, username, token)
    return container.from_(image).with_env_variable("HOST", "db").with_env_variable("USER", "odoo")


async def _run(container: dagger.Container, moment: str, *arguments: str) -> None:
    """A command of Odoo on the database. Its files go to memory; its log could quote rows."""
    options = [f"--database={_DATABASE}", "--data-dir=/tmp/odoo", "--log-level=critical"]
    await (
        container.with_mounted_temp("/tmp")
        .with_env_variable("REFRESH_AT", moment)
        .with_exec(["odoo", *arguments, *options], use_entrypoint=True)
        .sync()
    )
