"""Which log records are findings."""

from __future__ import annotations

import pytest

from pipeline.core.results import Finding
from pipeline.test.odoo.logs import IGNORED, findings
from pipeline.test.recording.reader import LogEntry, Places

PLACES = Places({"/src/odoo_addons/x": "odoo_addons/x", "/src/odoo_addons/y": "odoo_addons/y"})


def found(*entries: LogEntry, allowed: tuple[str, ...] = ()) -> list[Finding]:
    """Findings in the run of the add-on x."""
    return findings(entries, "x", "odoo_addons/x", PLACES, allowed)


def warning(message: str, logger: str = "odoo.models", **more: object) -> LogEntry:
    """A warning."""
    return LogEntry("WARNING", logger, message, **more)  # type: ignore[arg-type]


def test_record_is_placed_by_the_code_that_logged_it() -> None:
    frames = (("/src/odoo_addons/x/models/a.py", 4), ("/usr/lib/odoo/models.py", 9))
    (one,) = found(warning("odd", frames=frames))
    assert (one.path, one.line, one.code) == ("odoo_addons/x/models/a.py", 4, "odoo-warning")
    assert one.message == "odoo.models: odd"


@pytest.mark.parametrize(
    "message, line",
    [
        ('while parsing /src/odoo_addons/x/views/a.xml:12, somewhere inside\n<record id="a"/>', 12),
        ('in "/src/odoo_addons/x/views/a.xml", line 3', 3),
        ("cannot read /src/odoo_addons/x/views/a.xml", 0),
    ],
)
def test_record_is_placed_by_the_data_file_in_its_message(message: str, line: int) -> None:
    (one,) = found(LogEntry("CRITICAL", "odoo.service.server", message))
    assert (one.path, one.line, one.code) == ("odoo_addons/x/views/a.xml", line, "odoo-load")


def test_repeated_record_is_one_finding() -> None:
    assert len(found(warning("odd"), warning("odd"), warning("odder"))) == 2


def test_allowed_patterns_are_searched_anywhere_in_the_message() -> None:
    assert found(warning("some odd thing"), allowed=("odd t",)) == []


def test_records_of_other_modules_installations_are_theirs() -> None:
    assert found(warning("no access rules", module="mail")) == []
    assert len(found(warning("no access rules", module="x"))) == 1
    assert len(found(LogEntry("CRITICAL", "odoo", "Failed", module="y"))) == 1


@pytest.mark.parametrize(
    "logger, message",
    [
        ("odoo.modules.loading", "Module x: 1 failures, 0 errors of 3 tests"),
        ("odoo.modules.loading", "At least one test failed when loading the modules."),
        ("odoo.tests.result", "1 failed, 0 error(s) of 3 tests when loading database 'test'"),
        ("odoo.registry", "Failed to load registry"),
        ("odoo", "Python 3.14 is not officially supported, please use Python 3.13 instead"),
    ],
)
def test_known_repetitions_and_facts_of_the_image_are_left_out(logger: str, message: str) -> None:
    assert found(LogEntry("ERROR", logger, message)) == []
    assert len(found(LogEntry("ERROR", logger, f"other: {message}"))) == 1


def test_every_exception_has_a_reason() -> None:
    assert all(one.reason for one in IGNORED)


def test_python_warnings_count_in_own_files_alone() -> None:
    text = "{}:7: DeprecationWarning: old way\n  File ..."
    own = warning(text.format("/src/odoo_addons/x/models/a.py"), "py.warnings")
    others = [
        warning(text.format(path), "py.warnings")
        for path in ("/usr/lib/odoo/models.py", "/src/odoo_addons/y/a.py")
    ]
    (one,) = found(own, *others, warning("not in the known form", "py.warnings"))
    assert one == Finding(
        "odoo_addons/x/models/a.py", 7, "python-warning", "DeprecationWarning: old way"
    )
