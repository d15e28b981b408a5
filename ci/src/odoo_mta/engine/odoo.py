"""Odoo's unchanged image, with the tools next to its Python, and a prepared database."""

from dataclasses import dataclass

import dagger
from dagger import dag

from . import database
from .access import Access
from .containers import (
    PACKAGE,
    PIP_INSTALL,
    TOOLS_IMAGE,
    VENV,
    install,
    with_lock,
    with_package,
)
from .plan import DatabaseLayer, TestPlan
from .requirements import with_requirements

#: Odoo's files (`data`) of the prepared database.
PREPARED = "/var/lib/pipeline"

_PIP = "/opt/pip"
_TAKE_PIP = f"""
import os, pip, shutil
shutil.copytree(os.path.dirname(pip.__file__), "{_PIP}/pip", ignore=lambda *_: ["__pycache__"])
"""
#: A virtual environment of the Python that runs this, by hand: distributions pack neither the
#: module venv nor ensurepip with Python. pip then finds the packages of the system, so Odoo's own,
#: and installs next to them.
_ENVIRONMENT = f"""
import os, shutil, sys
python, version = os.path.realpath(sys.executable), "python%d.%d" % sys.version_info[:2]
os.makedirs("{VENV}/bin")
for name in ("python", "python3", version):
    os.symlink(python, "{VENV}/bin/" + name)
with open("{VENV}/pyvenv.cfg", "w") as file:
    print("home =", os.path.dirname(python), file=file)
    print("include-system-site-packages = true", file=file)
shutil.copytree("{_PIP}/pip", "{VENV}/lib/" + version + "/site-packages/pip")
with open("{VENV}/bin/pip", "w") as file:
    print("#!{VENV}/bin/python\\nfrom pip._internal.cli.main import main\\n\\nmain()", file=file)
os.chmod("{VENV}/bin/pip", 0o755)
"""
#: Odoo without its own requirements, for pip: where an add-on requires Odoo, pip would install
#: packages that the distribution has by other names or versions.
_ALONE = "/opt/odoo-alone"
_ODOO_ALONE = f"""
import importlib.metadata, os
try:
    version = importlib.metadata.version("odoo")
except importlib.metadata.PackageNotFoundError:
    raise SystemExit
folder = "{_ALONE}/odoo-" + version + ".dist-info"
os.makedirs(folder)
with open(folder + "/METADATA", "w") as file:
    print("Metadata-Version: 2.1", "Name: odoo", "Version: " + version, sep="\\n", file=file)
"""
_PROGRAMS, _FILES, _ARCHIVE = "/opt/postgres", "/opt/files", "server.tar"


@dataclass(frozen=True)
class Prepared:
    """Odoo and its database, each a container whose last layer is the preparation."""

    odoo: dagger.Container
    database: dagger.Container

    async def by_id(self) -> "Prepared":
        """The same, known by id: each call about it would repeat all calls that describe it. It is
        prepared no earlier than without."""
        return Prepared(
            dag.load_container_from_id(await self.odoo.id()),
            dag.load_container_from_id(await self.database.id()),
        )

    def at_server(self, whose: str, packages: list[str]) -> dagger.Container:
        """Odoo's container, connected to a database server that only containers of a name share.

        Args:
            whose: the name.
            packages: Python packages to add. Containers with the same packages share the layer,
                and one that cannot be installed affects no others.
        """
        server = database.server(self.database, whose)
        container = self.odoo
        if packages:
            container = container.with_exec([*PIP_INSTALL, "--", *packages])
        container = container.with_service_binding(database.HOST, server)
        return container.with_env_variable("PIPELINE_SERVER", database.HOST)


def prepare(
    odoo: dagger.Container,
    preparing: dagger.Directory,
    version: int,
    wanted: DatabaseLayer,
    demo: bool,
    after: Prepared | None,
) -> Prepared:
    """A prepared database, with or without demo data, and Odoo with its files.

    It depends on the images, on its modules and on `preparing`, the files that prepare it, alone:
    other changes of add-ons or of the pipeline do not affect it. One command installs and copies
    it: between two, the server could be restarted and emptied.

    Args:
        odoo: Odoo, without a database.
        preparing: the part of the package that prepares databases.
        version: PostgreSQL's major version.
        wanted: what to add.
        demo: whether it has demo data.
        after: what to add it to; None: an empty server.
    """
    command = ["test", "prepare-database", "--modules", ",".join(wanted["modules"])]
    command += ["--allow-unknown", "--demo" if demo else "--no-demo"]
    command += ["--assets" if wanted["assets"] else "--no-assets"]
    command += ["--extend"] if after else []
    # Its own server for each preparation: several that start alike run at the same time.
    before = after.database if after else database.empty(version)
    server = database.server(before, " ".join(command), copied=True)
    command += [f"--server={database.HOST}", f"--files={_FILES}/{_ARCHIVE}"]
    command += [f"--programs={_PROGRAMS}"]
    ended = (
        with_package(after.odoo if after else odoo, preparing)
        .with_service_binding(database.HOST, server)
        .with_mounted_directory(_PROGRAMS, database.programs(version))
        .with_mounted_directory(_FILES, dag.directory())
        .with_exec(["python", PACKAGE, *command])
    )
    files = ended.directory(_FILES).file(_ARCHIVE)
    odoo = odoo.with_directory(PREPARED, ended.directory(PREPARED), owner="odoo:odoo")
    return Prepared(odoo, database.filled(version, files))


def installed(
    pipeline: dagger.Directory, source: dagger.Directory, plan: TestPlan, access: Access
) -> dagger.Container:
    """The image, with the packages of the settings and of the lock next to Odoo's Python."""
    container = dag.container().from_(plan["odoo_image"]).with_user("root")
    if plan["apt"]:
        container = install(container, plan["apt"])
    taken = dag.container().from_(TOOLS_IMAGE).with_exec(["python3", "-c", _TAKE_PIP])
    container = (
        container.with_mounted_directory(_PIP, taken.directory(_PIP))
        .with_exec(["python3", "-c", _ENVIRONMENT])
        .without_mount(_PIP)
    )
    container = with_lock(container, pipeline.file("requirements/core.lock"))
    if not plan["requirements"]:
        return container
    container = container.with_exec(["python3", "-c", _ODOO_ALONE])
    container = container.with_env_variable("PYTHONPATH", _ALONE)
    names, others = plan["requirements"], plan["included_requirements"]
    container = with_requirements(container, source, names, others, access)
    return container.without_env_variable("PYTHONPATH")
