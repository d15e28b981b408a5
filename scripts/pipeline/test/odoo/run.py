"""Run the tests of one add-on in a copy of the prepared database, and report the outcome."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.core.addons.discovery import AddOn
from pipeline.core.odoo import command
from pipeline.core.process import PROJECT, Logged, run_logged
from pipeline.core.results import Finding, Outcome
from pipeline.core.settings import Settings
from pipeline.core.versions.series import series_of_major
from pipeline.test.odoo import browser, installation, logs, selection
from pipeline.test.odoo.postgres import ROLE, running
from pipeline.test.odoo.preconditions import (
    check_dependencies,
    check_packages_and_programs,
    check_readable,
    closure_of,
)
from pipeline.test.odoo.prepare import DATABASE, Prepared, fresh_copy, module_states, read_prepared
from pipeline.test.odoo.workplace import (
    Workplace,
    alone,
    copy_filestore,
    free_port,
    hand_out,
    set_up,
)
from pipeline.test.recording import findings as reports
from pipeline.test.recording import junit, measuring, reader
from pipeline.test.recording.inside.pipeline_browser import ALLOWED
from pipeline.test.recording.inside.pipeline_recording import STACKS_SIGNAL
from pipeline.test.recording.reader import Places, Recording


@dataclass(frozen=True)
class AddonRun:
    """Everything that a run left behind.

    Attributes:
        recording: tests and log records.
        logged: how Odoo ended.
        states: the state of each add-on of the closure afterwards, such as ``installed``.
    """

    recording: Recording
    logged: Logged
    states: dict[str, str]


def test_addon(
    root: Path,
    settings: Settings,
    addons: tuple[AddOn, ...],
    name: str,
    output: Path,
    directory: Path,
    host: str | None = None,
    unit: str | None = None,
) -> Outcome:
    """Install an add-on into a copy of the prepared database and run its tests.

    Args:
        root: the source.
        settings: its settings.
        addons: the add-ons of the repository, or at least those that this one needs.
        name: the add-on.
        output: gets log-, junit- and coverage- files of the add-on.
        directory: where Odoo's files of the prepared database are.
        host: the server that has the database; without it, the cluster in the directory.
        unit: name in these files; default: the add-on's.

    Raises:
        InputError: no such add-on, nothing prepared, a module, program or Python package missing.
        ToolError: Odoo or PostgreSQL is missing or fails.
    """
    root = root.resolve()
    closure = closure_of(addons, name)
    prepared, odoo = read_prepared(directory), installation.find()
    check_dependencies(closure, settings, odoo)
    check_packages_and_programs(closure)
    check_readable(root, closure)
    output.mkdir(parents=True, exist_ok=True)
    with alone(directory):
        workplace = set_up(directory / "work", root, closure)
        try:
            done = _run(root, settings, closure, workplace, directory, host, prepared, odoo)
            return _judge(root, settings, closure, workplace, done, unit or name, output)
        finally:
            hand_out(workplace, unit or name, output)


def _run(
    root: Path,
    settings: Settings,
    closure: Sequence[AddOn],
    workplace: Workplace,
    directory: Path,
    host: str | None,
    prepared: Prepared,
    odoo: installation.Installation,
) -> AddonRun:
    """Copy the database and the files of its attachments, run Odoo."""
    name, data = closure[-1].name, workplace.directory / "data"
    folders = (workplace.addons, *odoo.folders)
    copy_filestore(directory / "data", data)
    arguments = command.test(workplace.configuration, DATABASE, name)
    with running(directory, host) as server:
        text = command.configuration(folders, server.host, ROLE, data, free_port())
        workplace.configuration.write_text(text, encoding="utf-8")
        fresh_copy(server)
        logged = run_logged(
            installation.as_user(
                (
                    *measuring.UNMEASURED,
                    *(sys.executable, "-m", "coverage", "run"),
                    f"--rcfile={workplace.coverage_configuration}",
                    str(reader.INSIDE / "pipeline_odoo.py"),
                    *(str(workplace.events), str(workplace.stacks), name),
                    *arguments,
                    f"--screenshots={workplace.screenshots}",
                    *series_of_major(prepared.major, "the installed Odoo").demo_options(
                        prepared.demo
                    ),
                )
            ),
            log=workplace.log,
            timeout=settings.odoo.time_limit,
            last_words=STACKS_SIGNAL,
            cwd=root,
            surroundings=PROJECT,
            env={
                "HOME": str(data),
                "TZ": "UTC",
                "PYTHONDONTWRITEBYTECODE": "1",
                # Odoo reads this file, not the image's, when it is imported, before any option.
                "ODOO_RC": str(workplace.configuration),
                ALLOWED: json.dumps(settings.odoo.allowed_log),
            },
        )
        states = module_states(server, DATABASE)
    return AddonRun(reader.read(workplace.events), logged, states)


def _judge(
    root: Path,
    settings: Settings,
    closure: Sequence[AddOn],
    workplace: Workplace,
    run: AddonRun,
    unit: str,
    output: Path,
) -> Outcome:
    """Turn the run's records into the step's outcome, and write the JUnit file."""
    addon, record = closure[-1], run.recording
    record = browser.explained(record, unit, settings.odoo.allowed_log)
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
    found = [*([broken] if broken else []), *reports.failures(record, places, addon.path)]
    found += reports.unlisted_skips(
        record, settings.odoo.allowed_skips, "[odoo] allowed_skips", addon.path
    )
    found += logs.findings(record.log, addon.name, addon.path, places, settings.odoo.allowed_log)
    loaded = not any(finding.code == "odoo-load" for finding in found)
    files = selection.test_files(root / addon.path)
    left_out = reports.missing(record, settings.odoo.allowed_skips)
    if broken is None and loaded:
        found += _not_installed(closure, run.states)
        counted = (*record.tests, *record.collected)
        found += reports.not_run(left_out, "[odoo] allowed_skips", addon.path)
        found += selection.left_out(addon.path, files, record.modules, bool(counted))
    if run.logged.code and not found:
        said = reports.describe_exit(run.logged.code)
        found.append(Finding("", 0, "odoo", f"Odoo {said}", f"read log-{unit}.txt"))
    said = broken.message if broken else ""
    junit.write(record, unit, said, output / f"junit-{unit}.xml", left_out)
    summary = reports.summary(record) if files or record.tests else "it has no tests"
    return Outcome(summary, tuple(found), f"fix the findings; Odoo's log is log-{unit}.txt")


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


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
