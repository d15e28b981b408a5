"""Run the tests of one add-on in a copy of the prepared database, and say what came out."""

from __future__ import annotations

import shutil
import socket
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.addons import graph
from pipeline.addons.discovery import AddOn, discover
from pipeline.commands.step import Outcome
from pipeline.errors import InputError
from pipeline.odoo import command, installation, logs, selection
from pipeline.odoo.plan import checked_graph, unit_closure
from pipeline.odoo.postgres import ROLE, Cluster
from pipeline.odoo.prepare import TEMPLATE, Prepared, module_states, read, unknown_modules
from pipeline.process import Logged, run, run_logged
from pipeline.results import Finding
from pipeline.settings import Settings
from pipeline.testing import findings as reports
from pipeline.testing import junit, measuring, recording
from pipeline.testing.inside.pipeline_recording import STACKS_SIGNAL
from pipeline.testing.recording import Places, Recording

_DATABASE = "test"
#: Files whose execution says nothing about the tests: the tests themselves, and manifests.
_OMITTED = ("*/tests/*", "*/__manifest__.py", "*/__openerp__.py")


@dataclass(frozen=True)
class Workplace:
    """Files of one run, in a directory that the user odoo may write to."""

    directory: Path

    events = property(lambda self: self.directory / "events.jsonl")
    stacks = property(lambda self: self.directory / "stacks.txt")
    log = property(lambda self: self.directory / "log.txt")
    coverage = property(lambda self: self.directory / "coverage")
    coverage_configuration = property(lambda self: self.directory / "coverage.ini")
    configuration = property(lambda self: self.directory / "odoo.conf")
    addons = property(lambda self: self.directory / "addons")


@dataclass(frozen=True)
class Run:
    """All that a run left.

    Attributes:
        recording: tests and log records.
        logged: how Odoo ended.
        states: the state that each add-on of the closure is in afterwards.
    """

    recording: Recording
    logged: Logged
    states: dict[str, str]


def test_addon(root: Path, settings: Settings, name: str, output: Path, directory: Path) -> Outcome:
    """Install an add-on into a copy of the prepared database and run its tests.

    Args:
        root: the source.
        settings: its settings.
        name: the add-on.
        output: gets log-, junit- and coverage- files of the add-on.
        directory: where the prepared database is.

    Raises:
        InputError: no such add-on, nothing prepared, a dependency that nobody has.
        ToolError: Odoo or PostgreSQL is missing or fails.
    """
    root = root.resolve()
    closure = _closure(discover(root, settings), name)
    prepared, odoo = read(directory), installation.find()
    _check_dependencies(closure, odoo)
    _check_readable(root, closure)
    workplace = _set_up(directory / "work", root, closure)
    output.mkdir(parents=True, exist_ok=True)
    try:
        done = _run(root, settings, closure, workplace, Cluster(directory), prepared, odoo)
        return _judge(root, settings, closure, workplace, done, output)
    finally:
        _hand_out(workplace, name, output)


def _closure(addons: tuple[AddOn, ...], name: str) -> tuple[AddOn, ...]:
    by_name = {addon.name: addon for addon in addons}
    if name not in by_name:
        raise InputError(
            f"there is no add-on named {name!r}", f"name one of: {', '.join(sorted(by_name))}"
        )
    needs = graph.dependencies(addons)
    inside = graph.closure(needs, [name])
    needs = checked_graph(tuple(addon for addon in addons if addon.name in inside))
    return tuple(by_name[part] for part in unit_closure(needs, name))


def _check_dependencies(closure: Sequence[AddOn], odoo: installation.Installation) -> None:
    """Odoo would only warn, or fail later with less to say."""
    inside = {addon.name for addon in closure}
    needed_by: dict[str, list[str]] = {}
    for addon in closure:
        for module in set(addon.depends) - inside:
            needed_by.setdefault(module, []).append(addon.name)
    missing = odoo.missing(needed_by)
    if missing:
        raise unknown_modules(missing, needed_by)


def _check_readable(root: Path, closure: Sequence[AddOn]) -> None:
    """Root may read what the user odoo may not, such as a checkout in root's home."""
    for addon in closure:
        manifest = str(root / addon.manifest_path)
        if run(installation.as_user(("test", "-r", manifest)), ok=(0, 1)).code:
            raise InputError(
                f"the user {installation.USER} may not read {addon.manifest_path} in {root}",
                "let others read the source and enter the folders above it (chmod o+rX)",
            )


def _set_up(directory: Path, root: Path, closure: Sequence[AddOn]) -> Workplace:
    """An empty workplace, with a folder of links to the add-ons: Odoo sees these and no others."""
    shutil.rmtree(directory, ignore_errors=True)
    workplace = Workplace(directory)
    workplace.addons.mkdir(parents=True)
    for addon in closure:
        (workplace.addons / addon.name).symlink_to(root / addon.path)
    sources = [root / addon.path for addon in closure]
    text = measuring.configuration(workplace.coverage, sources, omit=_OMITTED)
    workplace.coverage_configuration.write_text(text, encoding="utf-8")
    installation.own(directory)
    return workplace


def _run(
    root: Path,
    settings: Settings,
    closure: Sequence[AddOn],
    workplace: Workplace,
    cluster: Cluster,
    prepared: Prepared,
    odoo: installation.Installation,
) -> Run:
    """Start PostgreSQL, copy the database and the files of its attachments, run Odoo."""
    name, data = closure[-1].name, workplace.directory / "data"
    folders = (workplace.addons, *odoo.folders)
    text = command.configuration(folders, cluster.socket, ROLE, data, _free_port())
    workplace.configuration.write_text(text, encoding="utf-8")
    _copy_filestore(cluster.directory / "data", data)
    arguments = command.test(workplace.configuration, _DATABASE, name)
    with cluster.running():
        cluster.copy(TEMPLATE, _DATABASE)
        logged = run_logged(
            installation.as_user(
                (
                    *measuring.UNMEASURED,
                    *(sys.executable, "-m", "coverage", "run"),
                    f"--rcfile={workplace.coverage_configuration}",
                    str(recording.INSIDE / "pipeline_odoo.py"),
                    *(str(workplace.events), str(workplace.stacks), name),
                    *arguments,
                    *command.demo(prepared.major, prepared.demo),
                )
            ),
            log=workplace.log,
            timeout=settings.odoo.time_limit,
            last_words=STACKS_SIGNAL,
            cwd=root,
            env={"HOME": str(data), "TZ": "UTC", "PYTHONDONTWRITEBYTECODE": "1"},
        )
        states = module_states(cluster, _DATABASE)
    return Run(recording.read(workplace.events), logged, states)


def _free_port() -> int:
    """A port for the web server, which HttpCase talks to."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _copy_filestore(prepared: Path, data: Path) -> None:
    """Attachments of the template, as links: Odoo replaces such files and never writes to them."""
    source, target = prepared / "filestore" / TEMPLATE, data / "filestore" / _DATABASE
    data.mkdir()
    if source.is_dir():
        shutil.copytree(source, target, copy_function=_link)
    installation.own(data, *(path for path in data.rglob("*") if path.is_dir()))


def _link(source: str, target: str) -> None:
    Path(target).hardlink_to(source)


def _judge(
    root: Path,
    settings: Settings,
    closure: Sequence[AddOn],
    workplace: Workplace,
    run: Run,
    output: Path,
) -> Outcome:
    """Turn what is known of the run into the step's outcome, and write the JUnit file."""
    addon, record = closure[-1], run.recording
    folders = {str(workplace.addons / one.name): one.path for one in closure}
    folders |= {str(root / one.path): one.path for one in closure}
    places = Places(folders)
    process = reports.Process(
        "Odoo",
        run.logged.code,
        run.logged.timed_out,
        settings.odoo.time_limit,
        "[odoo] time_limit",
        *(_text(path) for path in (workplace.log, workplace.stacks)),
    )
    broken = reports.interruption(record, process, places)
    found = [*([broken] if broken else []), *reports.failures(record, places)]
    found += reports.unlisted_skips(
        record, settings.odoo.allowed_skips, "[odoo] allowed_skips", addon.path
    )
    found += logs.findings(record.log, addon.name, addon.path, places, settings.odoo.allowed_log)
    loaded = not any(finding.code == "odoo-load" for finding in found)
    files = selection.test_files(root / addon.path)
    if broken is None and loaded:
        found += _not_installed(closure, run.states)
        found += selection.left_out(addon.path, files, record.modules, bool(record.tests))
    junit.write(
        record, addon.name, broken.message if broken else "", output / f"junit-{addon.name}.xml"
    )
    summary = reports.summary(record) if files or record.tests else "it has no tests"
    return Outcome(summary, tuple(found), f"mend the above; Odoo's log is log-{addon.name}.txt")


def _not_installed(closure: Sequence[AddOn], states: dict[str, str]) -> list[Finding]:
    """Add-ons that Odoo left out, which it only mentions in its log, if at all."""
    return [
        Finding(
            addon.manifest_path,
            0,
            "not-installed",
            f"Odoo did not install {addon.name}: its state is "
            f"{states.get(addon.name, 'unknown to Odoo')}",
            "check `installable`, the version (it begins with the Odoo series) and `depends`",
        )
        for addon in closure
        if states.get(addon.name) != "installed"
    ]


def _hand_out(workplace: Workplace, name: str, output: Path) -> None:
    """Copy what the user odoo wrote to where it is expected."""
    for path, target in (
        (workplace.log, f"log-{name}.txt"),
        (workplace.coverage, f"coverage-{name}"),
    ):
        if path.is_file():
            shutil.copyfile(path, output / target)


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
