"""Prepare a database once, so that each test run starts from a copy of it.

What is prepared depends on Odoo, its modules and the demo setting alone, never on an add-on of
the repository: in a container it is a layer that stays valid while the add-ons change. Another one
may start from it, and add modules.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import dacite

from pipeline.core.errors import InputError, ToolError
from pipeline.core.odoo import command
from pipeline.core.process import PROJECT, Completed, run, tail
from pipeline.core.versions.series import series_of_major
from pipeline.test.odoo import installation
from pipeline.test.odoo.postgres import ROLE, Cluster, Server, running

#: Its folder in containers.
DIRECTORY = Path("/var/lib/pipeline")
TEMPLATE = "template"
#: The database that tests run in. Its first copy is made here, so that a server that starts from
#: the prepared layer need not make one; it is renamed when it is used.
DATABASE, FRESH = "test", "fresh"
_MARK, _CONFIGURATION = "prepared.json", "prepare.conf"
_TIME_LIMIT = 3600

#: Otherwise the first HttpCase of every run would build the assets of Odoo's own modules.
_ASSETS = """\
qweb = env["ir.qweb"]
if hasattr(qweb, "_pregenerate_assets_bundles") and "web" in env.registry._init_modules:
    qweb._pregenerate_assets_bundles()
    env.cr.commit()
"""


@dataclass(frozen=True)
class Prepared:
    """A prepared database.

    Attributes:
        modules: the installed modules, except those that Odoo adds automatically.
        demo: whether it has demo data.
        major: Odoo's major version.
    """

    modules: tuple[str, ...]
    demo: bool
    major: int


def prepare(
    directory: Path,
    modules: Iterable[str],
    demo: bool,
    needed_by: dict[str, list[str]] | None = None,
    allow_unknown: bool = False,
    host: str | None = None,
    extend: bool = False,
    assets: bool = True,
) -> Prepared:
    """Make a database in which the modules are installed.

    Args:
        directory: gets Odoo's files; an earlier preparation there is replaced.
        modules: modules of Odoo to install.
        demo: whether to load demo data.
        needed_by: the add-ons that need each module, for the message when it is unknown.
        allow_unknown: leave out modules that this Odoo does not have.
        host: the server that gets the database; without it, a new cluster in the directory.
        extend: add the modules to the database that is prepared there, instead.
        assets: whether to make the files that browsers load.

    Raises:
        InputError: this Odoo does not have one of the modules; nothing to extend; or it has other
            demo data.
        ToolError: Odoo or PostgreSQL is missing or fails.
    """
    odoo = installation.find()
    wanted = {"base", *modules}
    unknown = odoo.missing(wanted)
    if unknown and not allow_unknown:
        raise unknown_modules(unknown, needed_by or {})
    before = _to_extend(directory, demo) if extend else None
    known = () if before is None else before.modules
    prepared = Prepared(tuple(sorted({*known, *wanted} - {*unknown})), demo, odoo.major)
    (directory / _MARK).unlink(missing_ok=True)
    if before is None:
        _clear(directory, new_cluster=host is None)
    with running(directory, host) as server:
        text = command.configuration(odoo.folders, server.host, ROLE, directory / "data")
        (directory / _CONFIGURATION).write_text(text, encoding="utf-8")
        if before is None:
            server.drop(TEMPLATE)
        if added := sorted({*prepared.modules} - {*known}):
            _install(directory, server, odoo, prepared, added)
        if assets:
            shell = ("shell", f"--config={directory / _CONFIGURATION}", f"--database={TEMPLATE}")
            _odoo(directory, (*shell, "--no-http"), stdin=_ASSETS)
        server.sql("ANALYZE", TEMPLATE)
        server.copy(TEMPLATE, FRESH)
    (directory / _MARK).write_text(json.dumps(asdict(prepared)), encoding="utf-8")
    return prepared


def _to_extend(directory: Path, demo: bool) -> Prepared:
    before = read_prepared(directory)
    if before.demo != demo:
        raise InputError(
            f"the database in {directory} has {'' if before.demo else 'no '}demo data",
            f"extend it with {'--demo' if before.demo else '--no-demo'}",
        )
    return before


def _clear(directory: Path, new_cluster: bool) -> None:
    """Empty folders for Odoo's files, and for those of a server of our own."""
    directory.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(directory / "data", ignore_errors=True)
    (directory / "data").mkdir()
    installation.own(directory, directory / "data")
    if new_cluster:
        Cluster(directory).create()


def read_prepared(directory: Path) -> Prepared:
    """The database that is prepared in a directory.

    Raises:
        InputError: there is none.
    """
    try:
        data = json.loads((directory / _MARK).read_text(encoding="utf-8"))
        return dacite.from_dict(Prepared, data, dacite.Config(cast=[tuple]))
    except (OSError, ValueError, dacite.DaciteError) as error:
        raise InputError(
            f"there is no prepared database in {directory}",
            "run `pipeline test prepare-database --modules base` first, with the modules that the "
            "add-ons need (`pipeline test plan` lists them)",
        ) from error


def fresh_copy(server: Server) -> None:
    """Make the test database a copy of the template: the unused copy, or a new one."""
    if server.has(FRESH):
        server.drop(DATABASE)
        server.sql(f'ALTER DATABASE "{FRESH}" RENAME TO "{DATABASE}"')
    else:
        server.copy(TEMPLATE, DATABASE)


def module_states(server: Server, database: str) -> dict[str, str]:
    """The state of each module of a database, by name; empty if Odoo never got that far."""
    try:
        rows = server.sql("SELECT name, state FROM ir_module_module", database)
    except ToolError:
        return {}
    return {row[0]: row[1] for row in rows}


def unknown_modules(unknown: Iterable[str], needed_by: dict[str, list[str]]) -> InputError:
    """The error about modules that neither the repository nor Odoo has."""
    parts = [
        f"{name} (needed by {', '.join(needed_by[name])})" if needed_by.get(name) else name
        for name in unknown
    ]
    return InputError(
        f"this Odoo has no module named {', '.join(parts)}",
        "check the spelling in `depends` of the manifest, add the module to the repository, or "
        "use an image that has it ([odoo] image in pipeline.toml)",
    )


def _install(
    directory: Path,
    server: Server,
    odoo: installation.Installation,
    prepared: Prepared,
    added: list[str],
) -> None:
    """Install modules into a new or the existing database."""
    options = command.install(directory / _CONFIGURATION, TEMPLATE, added)
    series = series_of_major(prepared.major, "the installed Odoo")
    log = _odoo(directory, (*options, "--no-http", *series.demo_options(prepared.demo)))
    states = module_states(server, TEMPLATE)
    absent = {name for name in prepared.modules if states.get(name) != "installed"}
    if absent:
        raise ToolError(
            f"Odoo did not install {', '.join(sorted(absent))}:\n{tail(log.stderr)}",
            "read the lines above: often a required Python package is missing "
            "([odoo] requirements and apt in pipeline.toml)",
        )


def _odoo(directory: Path, arguments: tuple[str, ...], stdin: str | None = None) -> Completed:
    """Run Odoo's command line as the user ``odoo``."""
    start = "import sys; from odoo.cli import main; sys.argv[0] = 'odoo'; main()"
    return run(
        installation.as_user((sys.executable, "-c", start, *arguments)),
        cwd=directory,
        env={"HOME": str(directory / "data"), "TZ": "UTC"},
        surroundings=PROJECT,
        stdin=stdin,
        timeout=_TIME_LIMIT,
    )
