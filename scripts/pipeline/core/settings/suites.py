"""The suites that the tests outside Odoo can be split into: ``[python.suites.<name>]``."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.core.settings.constraints import INSIDE, Constraint, limited

WORKERS = Constraint("a number from 1 to 64", least=1, most=64)
#: It ends the names of steps and files, after a hyphen; a file with a dot is another kind of file.
NAME = Constraint(
    "lower-case letters, digits, `_` and `-` as names", pattern=r"[a-z0-9][a-z0-9_-]{0,40}"
)
#: In ``reads``: all files but those of add-ons.
EVERYTHING = "."


@dataclass(frozen=True)
class SuiteSettings:
    """Tests outside Odoo that run in a container of their own, which has only what they read.

    Attributes:
        paths: files and folders below `[python] paths` whose tests are in this suite; each test is
            in exactly one.
        reads: what else they read, files and folders; `"."` is everything except add-ons. Pytest's
            settings and each `conftest.py` above `paths` are there in any case.
        workers: processes that share this suite; default: its share of `[python] workers`.
    """

    paths: tuple[str, ...] = limited((), INSIDE)
    reads: tuple[str, ...] = limited((), INSIDE)
    workers: int | None = limited(None, WORKERS)
