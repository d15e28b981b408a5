"""The tools that lint can run, and how each is called so that it reports and changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pipeline.check.lint import odoo_reports, reports
from pipeline.core.results import Finding

PYTHON, STUBS = ".py", ".pyi"


@dataclass(frozen=True)
class Tool:
    """One tool.

    Attributes:
        name: how it is shown, and called by hand.
        package: its package in the index.
        call: what Python is started with.
        checking: arguments with which it reports and changes nothing.
        parse: makes findings of what it prints or, for flake8, of the file it writes; their paths
            are as the tool prints them.
        fix: the command that fixes what it reports; empty: a person has to.
        reads: regular expression of the paths that it reads.
        flags: options of the source's that are left out: they fix, hide, or change the output.
        valued: the same, for options with a value.
        variables: environment variables of its process.
        default: version that is used when the source names none and the pipeline's own environment
            does not have it.
    """

    name: str
    package: str
    call: tuple[str, ...]
    checking: tuple[str, ...]
    parse: Callable[[str], Iterator[Finding]]
    fix: str = ""
    reads: str = r"\.pyi?$"
    flags: tuple[str, ...] = ()
    valued: tuple[str, ...] = ()
    variables: tuple[tuple[str, str], ...] = ()
    default: str = ""


_QUIET = ("-q", "--quiet", "-v", "--verbose", "--diff", "--color", "--no-color")
_RUFF_FIXES = ("--fix", "--fix-only", "--unsafe-fixes", "--exit-non-zero-on-fix", "--show-fixes")
_RUFF_SHOWS = ("-s", "--silent", "--show-source", "--statistics", "--watch", "--check")
_RUFF = "0.17.5"
_HOOKS = "0.2.27"
_HOOK_FLAGS = ("--fix", "--list-msgs", "--no-verbose")
#: `ruff format` reads it as well, in the versions whose output has formats.
_JSON = (("RUFF_OUTPUT_FORMAT", "json"),)


def _hook(module: str) -> tuple[str, ...]:
    return ("-c", f"from oca_pre_commit_hooks.{module} import main; main()")


RUFF = Tool(
    "ruff check",
    "ruff",
    ("-m", "ruff", "check"),
    ("--no-fix", "--no-cache", "--force-exclude"),
    reports.parse_ruff,
    "ruff check --fix .",
    flags=(*_QUIET, *_RUFF_FIXES, *_RUFF_SHOWS),
    valued=("--output-format", "--format", "--output-file", "-o"),
    variables=_JSON,
    default=_RUFF,
)
RUFF_FORMAT = Tool(
    "ruff format",
    "ruff",
    ("-m", "ruff", "format"),
    ("--check", "--no-cache", "--force-exclude"),
    reports.parse_ruff_format,
    "ruff format .",
    flags=(*_QUIET, *_RUFF_FIXES, *_RUFF_SHOWS),
    valued=("--output-format",),
    variables=_JSON,
    default=_RUFF,
)
BLACK = Tool(
    "black", "black", ("-m", "black"), ("--check",), reports.parse_black, "black .", flags=_QUIET
)
ISORT = Tool(
    "isort",
    "isort",
    ("-m", "isort"),
    ("--check-only",),
    reports.parse_isort,
    "isort .",
    flags=_QUIET,
)
FLAKE8 = Tool(
    "flake8",
    "flake8",
    ("-m", "flake8"),
    (),
    reports.parse_flake8,
    reads=r"\.py$",
    flags=("-q", "--quiet", "-v", "--verbose", "--show-source", "--statistics", "--count"),
    valued=("--format", "--output-file", "--color"),
)
PYLINT = Tool(
    "pylint",
    "pylint-odoo",
    ("-m", "pylint"),
    ("--output-format=json", "--score=n", "--persistent=n", "--reports=n"),
    odoo_reports.parse_pylint,
    reads=r"\.py$",
    valued=("--output-format", "-f", "--msg-template", "--output", "--score", "--reports"),
)
MODULE_HOOKS = Tool(
    "oca-checks-odoo-module",
    "oca-odoo-pre-commit-hooks",
    _hook("cli"),
    (),
    odoo_reports.parse_hooks,
    reads=r"\.(csv|xml)$|(^|/)__(manifest|openerp)__\.py$",
    flags=_HOOK_FLAGS,
    default=_HOOKS,
)
PO_HOOKS = Tool(
    "oca-checks-po",
    "oca-odoo-pre-commit-hooks",
    _hook("cli_po"),
    (),
    odoo_reports.parse_hooks,
    reads=r"\.pot?$",
    flags=_HOOK_FLAGS,
    default=_HOOKS,
)
#: Those that only Odoo's add-ons need.
ODOO = (PYLINT, MODULE_HOOKS, PO_HOOKS)
#: By the ids of their hooks in a .pre-commit-config.yaml.
BY_HOOK = {
    "ruff": RUFF,
    "ruff-check": RUFF,
    "ruff-format": RUFF_FORMAT,
    "black": BLACK,
    "isort": ISORT,
    "flake8": FLAKE8,
    "pylint_odoo": PYLINT,
    "oca-checks-odoo-module": MODULE_HOOKS,
    "oca-checks-po": PO_HOOKS,
}
