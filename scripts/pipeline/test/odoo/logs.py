"""Which records of Odoo's log have to be fixed. Pure: log entries in, findings out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pipeline.core.results import Finding
from pipeline.test.recording.findings import shorten
from pipeline.test.recording.reader import LogEntry, Places

#: A file and a line in a message, as in Odoo's ParseError; or a file alone.
_FILE_IN_MESSAGE = re.compile(
    r"(/[^\s:'\"]+\.(?:xml|csv|py|po|js|scss))(?:[:\"',]+(?: line )?(\d+))?"
)
_PYTHON_WARNING = re.compile(r"(?P<path>.+?):(?P<line>\d+): (?P<kind>\w+): (?P<text>.*)")


@dataclass(frozen=True)
class Ignored:
    """Records that do not concern the add-on.

    Attributes:
        logger: beginning of the logger's name.
        message: regular expression that the message begins with.
        reason: why they are left out.
    """

    logger: str
    message: str
    reason: str


#: Keep it short: what an add-on causes is a finding, or is listed in [odoo] allowed_log.
IGNORED = (
    Ignored("odoo.modules.loading", r"Module \S+: \d+ failures", "counts failures reported here"),
    Ignored("odoo.modules.loading", r"At least one test failed", "repeats failures reported here"),
    Ignored("odoo", r"\d+ failed, \d+ error\(s\) of \d+ tests", "counts failures reported here"),
    Ignored("odoo", r"Python [\d.]+ is not officially supported", "the image's choice of Python"),
    Ignored("odoo.registry", r"Failed to load registry", "the cause follows as a record"),
    Ignored("odoo.modules.registry", r"Failed to load registry", "the same, until Odoo 18"),
    Ignored("odoo.modules.loading", r"Transient module states were reset", "follows a failed load"),
    Ignored("odoo.sql_db", r"Connection to the database failed", "its cause ends Odoo"),
    Ignored("odoo", r"Error during browser shutdown", "its tests have ended"),
    Ignored("odoo", r"Killing chrome headless", "its tests have ended"),
)


def findings(
    log: Iterable[LogEntry],
    addon: str,
    folder: str,
    places: Places,
    allowed: Sequence[str],
) -> list[Finding]:
    """Warnings and errors that the add-on or its tests caused, each once.

    Args:
        log: the records.
        addon: the add-on under test.
        folder: its folder, relative to the source.
        places: which files are the project's.
        allowed: regular expressions of messages that the settings allow.
    """
    found: dict[tuple[str, int, str], Finding] = {}
    for entry in log:
        if _irrelevant(entry, addon) or any(re.search(one, entry.message) for one in allowed):
            continue
        finding = (
            _python_warning(entry, folder, places)
            if entry.logger == "py.warnings"
            else _record(entry, places)
        )
        if finding is not None:
            found.setdefault((finding.path, finding.line, finding.message), finding)
    return list(found.values())


def _irrelevant(entry: LogEntry, addon: str) -> bool:
    """Whether it is known noise, or about another module that was installed before."""
    if entry.module not in ("", addon) and entry.level != "CRITICAL":
        return True
    return any(
        entry.logger.startswith(one.logger) and re.match(one.message, entry.message)
        for one in IGNORED
    )


def _record(entry: LogEntry, places: Places) -> Finding:
    path, line = places.deepest(entry.frames)
    for name, number in _FILE_IN_MESSAGE.findall(entry.message):
        relative = places.relative(name)
        if relative is not None:  # data files, which no frame can show
            path, line = relative, int(number or 0)
            break
    if entry.level == "CRITICAL":
        return Finding(path, line, "odoo-load", shorten(entry.message), "the add-on does not load")
    code = "odoo-warning" if entry.level == "WARNING" else "odoo-error"
    message = f"{entry.logger}: {shorten(entry.message)}"
    fix = "fix the cause; a test that expects it declares that with `assertLogs` or `mute_logger`"
    return Finding(path, line, code, message, fix)


def _python_warning(entry: LogEntry, folder: str, places: Places) -> Finding | None:
    """A warning of the add-on's own files; those of other add-ons appear in their own runs."""
    match = _PYTHON_WARNING.match(entry.message)
    path = places.relative(match["path"]) if match else None
    if match is None or path is None or not (folder == "." or path.startswith(f"{folder}/")):
        return None
    return Finding(path, int(match["line"]), "python-warning", f"{match['kind']}: {match['text']}")
