"""PROD's database in a throwaway server: fetched, neutralized, updated, anonymized, verified.

Data that is not anonymized yet is only in that server, whose files are in memory or encrypted with
a key that is in memory, and in the streams to and from it. No container that sees it leaves a layer
with it.
"""

import json
import secrets
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import dagger
from dagger import dag

from ..engine import containers
from ..engine.commands import CommandFailed, uncached
from ..engine.encrypted_files import encrypted_service, why_impossible
from ..engine.plan import Storage
from ..steps.graph import Graph
from ..steps.summary import planned
from .registry import Registry
from .vm import Vm

DATABASE, OUT = "refresh", "/out"
_TESTERS, _KEY = "/opt/testers", "/opt/report-key"
_CONFIRM = "this database may be overwritten"
#: Messages, statements and details would quote rows in the log, so they are not logged.
_QUIET = ["-c", "log_min_messages=panic", "-c", "log_min_error_statement=panic"]
_QUIET += ["-c", "log_error_verbosity=terse", "-c", "log_statement=none"]
#: Runs Odoo, and shows only the safe parts of an error.
_ALONE = "/opt/quiet"
_ENTRY = (
    "import sys\n\nfrom pipeline.core.process.quiet import main\n\nsys.exit(main(sys.argv[1:]))\n"
)
_FAST = ["-c", "fsync=off", "-c", "full_page_writes=off", "-c", "max_locks_per_transaction=512"]
#: What is copied into a new table is not in the write-ahead log as well.
_FAST += ["-c", "synchronous_commit=off", "-c", "wal_level=minimal", "-c", "max_wal_senders=0"]
#: In memory, a checkpoint costs nothing, and the log takes the room of data.
_IN_MEMORY = ["-c", "max_wal_size=256MB"]
#: On a disk, a page is written as seldom as possible.
_ENCRYPTED = ["-c", "max_wal_size=4GB", "-c", "checkpoint_timeout=1h", "-c", "wal_buffers=64MB"]
_ENCRYPTED += ["-c", "bgwriter_lru_maxpages=0"]
_DATA = "/var/lib/postgresql/data"


@dataclass(frozen=True)
class Images:
    """The images that both environments run, with the code of each."""

    prod: str
    uat: str
    registry: Registry

    def at(self, server: dagger.Service, password: dagger.Secret) -> list[dagger.Container]:
        """A container of each image, PROD's first, connected to the throwaway server."""
        return [
            self.registry.pulled(image)
            .with_env_variable("HOST", "db")
            .with_env_variable("USER", "odoo")
            .with_service_binding("db", server)
            .with_secret_variable("PASSWORD", password)
            for image in (self.prod, self.uat)
        ]


@dataclass(frozen=True)
class Treatment:
    """The treatment of the database before it goes to UAT."""

    base_url: str
    testers_password: dagger.Secret | None
    report_key: dagger.Secret | None
    anonymize: bool
    link: str
    level: str = ""
    #: Options of `privacy slice`; none: the whole database.
    part: Sequence[str] = ()

    @property
    def signing(self) -> list[str]:
        """The option that names the key, where the tools of :meth:`commands` have it."""
        return [f"--report-key-file={_KEY}"] if self.report_key is not None else []

    def signed(self, tools: dagger.Container) -> dagger.Container:
        """The tools with the key, if there is one."""
        if self.report_key is None:
            return tools
        return tools.with_mounted_secret(_KEY, self.report_key)

    @property
    def confirming(self) -> str:
        """The option that lets a command change the database."""
        return f"--confirm={_CONFIRM}"

    def commands(self, tools: dagger.Container) -> tuple[dagger.Container, list[list[str]]]:
        """The tools with the secrets, and the commands that make the database fit for UAT."""
        options = [self.confirming, f"--base-url={self.base_url}"]
        if self.testers_password is not None:
            tools = tools.with_mounted_secret(_TESTERS, self.testers_password)
            options.append(f"--password-file={_TESTERS}")
        if not self.anonymize:
            return tools.with_exec(["mkdir", OUT]), [["privacy", "neutralize", *options]]
        options += [f"--report={OUT}", f"--link={self.link}"]
        tools = self.signed(tools)
        options += self.signing
        options += self.levelled
        return tools, [["privacy", "anonymize", *options], ["privacy", "verify", *self.levelled]]

    @property
    def levelled(self) -> list[str]:
        """The option for what becomes of kept columns; none: as the repository declares."""
        return [f"--level={self.level}"] if self.level else []

    @property
    def cutting(self) -> list[str]:
        """The command that leaves a part of the database."""
        return ["privacy", "slice", self.confirming, *self.part]

    async def check(self, graph: Graph) -> None:
        """Find mistakes in the options and in the declaration before anything is fetched."""
        command = ["privacy", "anonymize", "--check-options", *self.levelled]
        await uncached(graph.tools(graph.files.filter(include=["**/*.toml"])), command)
        if self.part:
            await uncached(graph.tools(), [*self.cutting, "--check-options"])


@asynccontextmanager
async def prod_copy(
    graph: Graph, vm: Vm, images: Images, treatment: Treatment, confirm: str
) -> AsyncIterator[dagger.Container]:
    """The tools connected to PROD's treated database, while the throwaway server is up."""
    plan = await planned(graph)
    moment = str(time.time())
    image = dag.container().from_(f"postgres:{plan['postgres']}")
    client = _client(graph)
    options = [f"--confirm={confirm}", *(["--without-emptied"] if treatment.anonymize else [])]
    storage = await _storage(image, *vm.reach(client), options)
    password = dag.set_secret(f"refresh-{secrets.token_hex(8)}", secrets.token_hex(32))
    server = await _server(image, password, moment, storage)
    tools = _connected(client, server, password, moment)
    prod, uat = images.at(server, password)
    fetching, reach = vm.reach(tools)
    await server.start()
    try:
        fetch = ["privacy", "fetch", *reach, f"--into={DATABASE}", *options]
        fetch += [f"--image={images.prod}"] if "@" in images.prod else []  # the tag may have moved
        await uncached(fetching, fetch)
        if treatment.part:  # records that are not there are named before what takes long
            await uncached(tools, [*treatment.cutting, "--check-records"])
        await _run(graph, prod, moment, "neutralize")
        update = f"--update={','.join(plan['installable'])}"
        await _run(graph, uat, moment, "server", update, "--stop-after-init", "--no-http")
        await _run(graph, uat, moment, "neutralize")
        tools, commands = treatment.commands(tools)
        for command in commands:
            tools = tools.with_exec(["python", containers.PACKAGE, *command])
        yield await tools.sync()
    except dagger.ExecError as error:
        raise CommandFailed(f"\n{error.stdout}{error.stderr}") from error
    finally:
        await server.stop(kill=True)


async def _storage(
    image: dagger.Container, asking: dagger.Container, reach: list[str], options: list[str]
) -> Storage:
    """Where the server's files will be. Raises CommandFailed: there is no room, before any row of
    PROD was asked for."""
    command = ["privacy", "storage", *reach, *options, "--format=json"]
    storage: Storage = json.loads(await uncached(asking, command))
    if storage["place"] == "encrypted" and (reason := await why_impossible(image)):
        storage = json.loads(await uncached(asking, [*command, f"--impossible={reason}"]))
    return storage


async def _server(
    image: dagger.Container, password: dagger.Secret, moment: str, storage: Storage
) -> dagger.Service:
    """A PostgreSQL for this call alone, whose files nobody can read once it has ended."""
    container = (
        image.with_env_variable("PGDATA", f"{_DATA}/cluster")
        .with_env_variable("POSTGRES_USER", "odoo")
        .with_env_variable("POSTGRES_DB", DATABASE)
        .with_env_variable("REFRESH_AT", moment)
        .with_secret_variable("POSTGRES_PASSWORD", password)
        .with_exposed_port(5432)
    )
    command = [*await image.entrypoint(), "postgres", *_QUIET, *_FAST]
    if storage["place"] == "memory":
        return container.with_mounted_temp(_DATA).as_service(args=[*command, *_IN_MEMORY])
    cache = ["-c", f"shared_buffers={storage['cache'] >> 20}MB"]
    return encrypted_service(container, _DATA, [*command, *_ENCRYPTED, *cache])


def _client(graph: Graph) -> dagger.Container:
    """The pipeline and PostgreSQL's programs, whose errors quote rows: temporary files are in
    memory."""
    container = graph.tools(graph.files.filter(include=["**/*.toml"]))
    return containers.install(container, ["postgresql-client"]).with_mounted_temp("/tmp")


def _connected(
    client: dagger.Container, server: dagger.Service, password: dagger.Secret, moment: str
) -> dagger.Container:
    """The client at the database."""
    return (
        client.with_service_binding("db", server)
        .with_env_variable("PGHOST", "db")
        .with_env_variable("PGUSER", "odoo")
        .with_env_variable("PGDATABASE", DATABASE)
        .with_env_variable("REFRESH_AT", moment)
        .with_secret_variable("PGPASSWORD", password)
    )


async def _run(graph: Graph, container: dagger.Container, moment: str, *arguments: str) -> None:
    """A command of Odoo on the database. Its files are in memory, and its output is discarded: it
    could quote rows, and the engine shows and keeps all output."""
    options = [f"--database={DATABASE}", "--data-dir=/tmp/odoo", "--log-level=critical"]
    entry = await container.entrypoint()
    code = graph.package.filter(include=["pipeline/**"]).with_new_file("__main__.py", _ENTRY)
    quiet = ["python3", _ALONE, *entry, "odoo", *arguments, *options]
    await (
        container.with_mounted_temp("/tmp")
        .with_mounted_directory(_ALONE, code)
        .with_env_variable("REFRESH_AT", moment)
        .with_exec(quiet)
        .sync()
    )
