"""The containers of the steps. Tools first, sources last: a changed source reinstalls nothing."""

import time

import dagger
from dagger import dag

from .plan import ToolEnvironment

TOOLS_IMAGE = "python:3.13-slim"
#: Paths in every container.
PACKAGE, SOURCE, RESULTS, CACHE = "/opt/pipeline", "/src", "/results", "/cache"
LINTERS = "/opt/linters"
#: Prints the files of the package that a command imports, one per line.
LISTING = """
import importlib
import sys

import pipeline.cli.main

importlib.import_module(sys.argv[1])
for name, module in sorted(sys.modules.items()):
    if name.partition(".")[0] == "pipeline":
        print(module.__file__)
"""

#: What the package adds to processes of tests, by PYTHONPATH: nothing imports it here.
_INSIDE = "pipeline/test/recording/inside/**"

VENV = "/opt/venv"
_PIP = [f"{VENV}/bin/python", "-m", "pip"]
_INSTALL = ["install", "-q", "--disable-pip-version-check"]
PIP_INSTALL = [*_PIP, *_INSTALL]
_ENTRY = "from pipeline.cli.main import main\n\nmain()\n"


def install(container: dagger.Container, packages: list[str]) -> dagger.Container:
    """Install Debian packages, without keeping the lists."""
    script = (
        "apt-get update -qq && apt-get install -y -qq --no-install-recommends "
        '"$@" >/dev/null && rm -rf /var/lib/apt/lists/*'
    )
    return container.with_env_variable("DEBIAN_FRONTEND", "noninteractive").with_exec(
        ["sh", "-c", script, "install", *packages]
    )


def now(container: dagger.Container) -> dagger.Container:
    """The container with a unique state: its next command is not taken from the cache."""
    return container.with_env_variable("PIPELINE_CALLED_AT", str(time.time()))


def with_lock(container: dagger.Container, lock: dagger.File) -> dagger.Container:
    """Install the packages of a lock in the virtual environment, which then is first on PATH."""
    return (
        container.with_mounted_cache("/root/.cache/pip", dag.cache_volume("odoo-mta-pip"))
        .with_file("/opt/requirements.lock", lock)
        .with_exec([*PIP_INSTALL, "--require-hashes", "--no-deps", "-r", "/opt/requirements.lock"])
        .with_env_variable("PATH", f"{VENV}/bin:$PATH", expand=True)
    )


def with_package(container: dagger.Container, pipeline: dagger.Directory) -> dagger.Container:
    """The pipeline's package, run as `python /opt/pipeline`: it is not on PYTHONPATH, so a source
    with a package of the same name is tested with its own."""
    code = pipeline.filter(include=["pipeline/**"]).with_new_file("__main__.py", _ENTRY)
    return container.with_mounted_directory(PACKAGE, code).with_workdir(SOURCE)


def _bare() -> dagger.Container:
    """git, ssh, and a virtual environment with nothing but pip."""
    container = install(dag.container().from_(TOOLS_IMAGE), ["git", "openssh-client"])
    return container.with_exec(["python3", "-m", "venv", VENV])


def without_package(pipeline: dagger.Directory, apt: list[str] | None = None) -> dagger.Container:
    """The container of the tools, to which the package is still to be added: what is installed
    until then is kept when the package changes.
    """
    container = with_lock(_bare(), pipeline.file("requirements/dev.lock"))
    return install(container, apt) if apt else container


def tools(
    pipeline: dagger.Directory,
    apt: list[str] | None = None,
    source: dagger.Directory | None = None,
) -> dagger.Container:
    """The container of everything that needs no Odoo: git, ssh and the locked tools.

    `apt` adds Debian packages; `source` is in the working directory.
    """
    container = with_package(without_package(pipeline, apt), pipeline)
    return container.with_mounted_directory(SOURCE, source) if source else container


async def with_linters(
    container: dagger.Container, environments: list[ToolEnvironment]
) -> dagger.Container:
    """Add tools in the versions that a source names. Each set is a layer of its own, which depends
    on the versions alone; one that cannot be installed is left to lint, which reports why.
    """
    for one in environments:
        folder = f"{LINTERS}/{one['folder']}"
        installing = (
            _bare()
            .with_mounted_cache("/root/.cache/pip", dag.cache_volume("odoo-mta-pip"))
            .with_exec([f"{VENV}/bin/python", "-m", "venv", "--without-pip", folder])
            .with_exec([*_PIP, "--python", f"{folder}/bin/python", *_INSTALL, *one["requirements"]])
        )
        try:
            installed = await installing.directory(folder).sync()
        except dagger.QueryError:
            continue
        container = container.with_directory(folder, installed)
    return container


async def preparation(pipeline: dagger.Directory) -> dagger.Directory:
    """The files of the package that prepare a database, with their imports and nothing else."""
    return pipeline.filter(include=await _imported(pipeline, "pipeline.cli.test.prepare_database"))


async def running_suites(pipeline: dagger.Directory) -> dagger.Directory:
    """The files of the package that run the tests outside Odoo, with their imports, and what goes
    into the processes of these tests.
    """
    files = await _imported(pipeline, "pipeline.cli.test.python")
    return pipeline.filter(include=[*files, _INSIDE])


async def _imported(pipeline: dagger.Directory, command: str) -> list[str]:
    container = tools(pipeline).with_env_variable("PYTHONPATH", PACKAGE)
    listed = await container.with_exec(["python", "-c", LISTING, command]).stdout()
    return [path.removeprefix(f"{PACKAGE}/") for path in listed.split()]
